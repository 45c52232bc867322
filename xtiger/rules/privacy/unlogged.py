"""Takes the values of fields that are never to be stored in the log out of an outcome."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from xtiger.model.plans import Cause, Difference
from xtiger.model.runs import Outcome
from xtiger.model.values import Plain

#: What stands in the log in place of a value.
UNLOGGED: Final = "[not stored]"
#: A shorter text may stand in any sentence by chance.
_SHORTEST: Final = 3


def without_unlogged(
    outcome: Outcome, fields: Collection[str], names: Mapping[str, Collection[str]]
) -> Outcome:
    """The outcome without values of these fields, as an administrator typed them.

    `names` are all words for a field by the key of its differences: of the CRM and of Xero. A
    cause that quotes such a value loses it, too.
    """
    if not fields:
        return outcome
    typed = {field.casefold() for field in fields}
    hidden = [one for one in outcome.differences if _is_hidden(one, typed, names)]
    values = [str(v) for one in hidden for v in (one.base, one.crm, one.xero) if v is not None]
    quoted = sorted((one for one in values if len(one) >= _SHORTEST), key=len, reverse=True)
    return replace(
        outcome,
        differences=tuple(_bare(one) if one in hidden else one for one in outcome.differences),
        cause=outcome.cause and _cause_without(outcome.cause, quoted),
    )


def _is_hidden(
    one: Difference, typed: Collection[str], names: Mapping[str, Collection[str]]
) -> bool:
    words = {one.field, *names.get(one.field, ())}
    return any(word.casefold() in typed for word in words)


def _bare(one: Difference) -> Difference:
    """A difference that says which sides have a value, and none of them."""
    base, crm, xero = (None if v in (None, "") else UNLOGGED for v in (one.base, one.crm, one.xero))
    return replace(one, base=base, crm=crm, xero=xero)


def _cause_without(cause: Cause, quoted: Sequence[str]) -> Cause:
    data = {name: _text_without(value, quoted) for name, value in cause.data.items()}
    return replace(cause, data=data, also=tuple(_cause_without(one, quoted) for one in cause.also))


def _text_without(value: Plain, quoted: Sequence[str]) -> Plain:
    if not isinstance(value, str):
        return value
    for one in quoted:
        value = value.replace(one, UNLOGGED)
    return value
