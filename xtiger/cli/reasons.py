"""Why records are not in step, with equal reasons in one row: "12 Invoices: …"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xtiger.cli.app import App
from xtiger.cli.options import shortened
from xtiger.model.plans import Item
from xtiger.model.runs import Outcome

#: Names that a row of several records shows.
_NAMES = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one module with the same reasons."""

    records: tuple[Item | Outcome, ...]
    #: What happened and why; without what to do, which names the record.
    said: str
    #: Whose they are; commands name it where several are connected.
    connection_id: str = ""

    @property
    def code(self) -> str:
        """The code of the first reason."""
        cause = self.records[0].cause
        return cause.code if cause else ""


def grouped(app: App, records: Iterable[Item | Outcome], connection_id: str = "") -> list[Group]:
    """The records by result, module and reason, in the order of their first ones.

    Items of a plan do not know their connection: it is that of the plan.
    """
    found: dict[tuple[str, str, str, str], list[Item | Outcome]] = {}
    for one in records:
        said = app.xt.sentences.cause(one.cause, "command", one)[0]
        code = one.cause.code if one.cause else ""
        found.setdefault((one.result, one.module, code, said), []).append(one)
    return [
        Group(tuple(same), key[3], connection_id or getattr(same[0], "connection_id", ""))
        for key, same in found.items()
    ]


def reason_row(app: App, group: Group, *, all_names: bool = False) -> tuple[str, str, str, str]:
    """(name, why, what to do, code) of a group, as tables show it."""
    first = group.records[0]
    if len(group.records) == 1:
        return (
            shortened(first.name),
            *app.xt.sentences.cause(first.cause, "command", first, group.connection_id),
            group.code,
        )
    head = f"{app.words.number(len(group.records))} {first.module}"
    named = group.records if all_names else group.records[:_NAMES]
    names = ", ".join(shortened(one.name) for one in named)
    rest = ", …" if len(named) < len(group.records) else ""
    several = _Several(first.module)
    fix = app.xt.sentences.cause(first.cause, "command", several, group.connection_id)[1]
    return head, f"{group.said} ({names}{rest})", fix, group.code


@dataclass(frozen=True, slots=True)
class _Several:
    """Records of a module, none of which a command can name."""

    module: str
    crm_id: str | None = None


def described(app: App, groups: Sequence[Group]) -> list[dict[str, object]]:
    """The groups for --json, each with the records in it."""
    return [
        {
            "module": group.records[0].module,
            "result": group.records[0].result,
            "code": group.code,
            "sentence": group.said,
            "fix": app.xt.sentences.cause(
                group.records[0].cause, "data", _Several(group.records[0].module)
            )[1],
            "count": len(group.records),
            "records": [
                {"name": one.name, "crm_id": one.crm_id, "xero_id": one.xero_id}
                for one in group.records
            ],
        }
        for group in groups
    ]


def reasons(app: App, one: Item | Outcome) -> list[dict[str, str]]:
    """Each reason of a record for --json."""
    return [
        {"code": code, "sentence": said, "fix": fix}
        for code, said, fix in app.xt.sentences.reasons(one.cause, "data", one)
    ]
