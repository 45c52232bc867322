"""The proof that both sides agree, as people read it: sentences, a CSV list and a page to print."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from decimal import Decimal

import jinja2

from xtiger.i18n.cause_text import spoken_cause
from xtiger.i18n.harmless import csv_text
from xtiger.i18n.language import Language
from xtiger.model.plans import AGREED, DIFFERS, Face
from xtiger.model.runs import Run
from xtiger.model.values import Plain
from xtiger.rules.reconciliation import (
    REASONS,
    RECORD,
    Disagreement,
    Reconciliation,
    Standing,
    count_codes,
)

#: Amounts by their path in Xero → what people read.
AMOUNTS = {
    "Total": "Total",
    "TotalTax": "Tax",
    "AmountPaid": "Paid",
    "AmountDue": "Due",
    "Amount": "Amount",
}
#: Columns of the CSV list.
COLUMNS = ("module", "name", "crm_id", "xero_id", "field", "crm", "xero", "code", "cure", "command")
_LINE = re.compile(r"Line (\d+)(?:: (.+))?")
#: A command of a sentence that links with a Xero record, and may leave either open.
_OPEN_LINK = re.compile(r"xtiger link \S+ \S+ (?:XERO_ID|[0-9a-f][0-9a-f-]+)")


def verdict(words: Language, found: Reconciliation) -> str:
    """The one line that says it all."""
    if found.agrees:
        return words.counted(
            "Both sides agree: {count} record, 0 differences.",
            "Both sides agree: {count} records, 0 differences.",
            found.records,
        )
    if found.unexplained:
        return words.counted(
            "{count} difference between the CRM and Xero.",
            "{count} differences between the CRM and Xero.",
            len(found.unexplained),
        )
    return words.translate("The sums differ, though no single record does. Report it.")


def facts(words: Language, found: Reconciliation) -> str:
    """When it was read, and from which day on."""
    moment = words.moment(found.made_at)
    read = words.sentence("Read from the CRM and from Xero on {moment} UTC.", moment=moment)
    if found.since is None:
        return read
    since = words.sentence("Documents from {day} on.", day=found.since.isoformat())
    return f"{read} {since}"


def not_compared(words: Language, module: str) -> str:
    """That nothing is said about a module."""
    return words.sentence("{module} is not compared: Xero has no list of it.", module=module)


def proof_said(words: Language, run: Run, face: Face) -> str:
    """What a proof that was kept as a run found, and what to do about it."""
    sums = run.totals
    if run.state == AGREED:
        return words.counted(
            "Both sides agree: {count} record, 0 differences.",
            "Both sides agree: {count} records, 0 differences.",
            sums.get(AGREED, 0),
        )
    said = words.translate("The sums differ, though no single record does. Report it.")
    if sums.get(DIFFERS):
        said = words.counted(
            "{count} difference between the CRM and Xero.",
            "{count} differences between the CRM and Xero.",
            sums[DIFFERS],
        )
    if face == "browser":
        return said  # beside it stands the way to the page of all differences
    return f"{said} {words.translate('List what differs: xtiger reconcile')}"


def field_text(words: Language, label: str) -> str:
    """The name of a field; the CRM's own labels stay as they are."""
    line = _LINE.fullmatch(label)
    if line is None:
        return words.translate(label)
    number = words.sentence("Line {number}", number=line[1])
    return f"{number}: {words.translate(line[2])}" if line[2] else number


def value_text(words: Language, base_currency: str, one: Disagreement, value: Plain) -> str:
    """A value of either side as text."""
    _ = words.translate
    if value is None:
        return "—"
    if isinstance(value, bool):
        if one.field == RECORD:
            return _("there") if value else _("missing")
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        money = one.field in AMOUNTS.values()
        return words.amount(value, base_currency) if money else str(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def cure_text(words: Language, one: Disagreement, face: Face = "data") -> str:
    """What to do about a difference."""
    data = {name: str(value) for name, value in one.cure.data.items()}
    record = {"module": one.module, "crm_id": one.crm_id or "CRM_ID"}
    return words.sentence(one.cure.sentence(face), **{**record, **data})


def typed_cure(words: Language, one: Disagreement) -> str:
    """What to do about a difference, with what to type where the sentence does not say it."""
    said = cure_text(words, one, "command")
    return said if "xtiger " in said else f"{said}  {one.cure.command}".rstrip()


def reason_text(words: Language, reason: str) -> str:
    """Why records are out of scope."""
    return words.translate(REASONS.get(reason, reason))


def cause_text(words: Language, one: Standing, face: Face = "data") -> tuple[str, str]:
    """(why, what to do) of a record that stands."""
    return spoken_cause(one.cause, words, face, one)


def typed_cause(words: Language, one: Standing) -> tuple[str, str]:
    """(why, what to do) of a record that stands, with the command that names both records."""
    why, fix = cause_text(words, one, "command")
    if one.command and _OPEN_LINK.search(fix):
        return why, _OPEN_LINK.sub(lambda _: one.command, fix, count=1)
    return why, f"{fix} {one.command}".strip()


def standing_groups(found: Reconciliation) -> Iterator[tuple[int, Standing]]:
    """(number, first of them) of the standing records of each module and code."""
    first: dict[tuple[str, str], Standing] = {}
    for one in found.standing:
        first.setdefault((one.module, one.cause.code), one)
    for key, number in count_codes(found.standing).items():
        yield number, first[key]


def left_out_rows(found: Reconciliation) -> list[tuple[str, str, int, int]]:
    """(module, reason, records of the CRM, records of Xero) out of scope."""
    return [
        (one.module, reason, one.crm.left_out.get(reason, 0), one.xero.left_out.get(reason, 0))
        for one in found.modules
        for reason in sorted({*one.crm.left_out, *one.xero.left_out})
    ]


def reconciliation_csv(words: Language, found: Reconciliation) -> str:
    """One row per difference; values as they are, amounts with a point."""
    return csv_text(
        COLUMNS,
        (
            (
                one.module,
                one.name,
                one.crm_id,
                one.xero_id,
                one.field,
                one.crm,
                one.xero,
                one.cure.code,
                cure_text(words, one),
                one.cure.command,
            )
            for one in found.differences
        ),
    )


def reconciliation_html(words: Language, found: Reconciliation) -> str:
    """A page of its own to keep or print: no script, nothing fetched, every value escaped."""
    return (
        _environment()
        .get_template("xtiger/reconciliation.html")
        .render(
            found=found,
            words=words,
            _=words.translate,
            verdict=verdict(words, found),
            facts=facts(words, found),
            not_compared=functools.partial(not_compared, words),
            sums_title=lambda module: words.sentence("Sums of {module}", module=module),
            amounts=AMOUNTS,
            left_out=left_out_rows(found),
            standing=[(one, *cause_text(words, one)) for one in found.standing],
            field_text=functools.partial(field_text, words),
            value_text=functools.partial(value_text, words, found.base_currency),
            cure_text=functools.partial(cure_text, words),
            reason_text=functools.partial(reason_text, words),
        )
    )


# Reading the template is the dear part, and it gives the same each time.
@functools.lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("xtiger.panels", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
