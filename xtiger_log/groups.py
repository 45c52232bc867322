"""Entries with equal reasons as one row of a list: "12 Invoices: …"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from xtiger.i18n.language import Language
from xtiger.model.plans import STANDING, Face
from xtiger.model.runs import Outcome
from xtiger.ports import Context
from xtiger_log import search
from xtiger_log.rows import COLUMNS, LogRow, cells, in_words

#: Columns whose values of all entries stand one after the other.
_JOINED = ("CRM id", "Xero id", "Id")
#: Names and ids that a short row shows.
FEW = 3


@dataclass(frozen=True, slots=True)
class LogGroup:
    """Entries of one run and module with the same reasons; most have one alone."""

    rows: tuple[LogRow, ...]
    #: What to do next, without the name of one record where there are several.
    fix: str

    @property
    def first(self) -> LogRow:
        """The newest of them."""
        return self.rows[0]

    def in_words(self, words: Language) -> LogGroup:
        """The group in the language of its reader."""
        return replace(self, rows=tuple(in_words(row, words) for row in self.rows))

    def cells(self, words: Language, most: int | None = None) -> tuple[str, ...]:
        """In the order of COLUMNS; of several at most so many names and ids, None for all."""
        if len(self.rows) == 1:
            return cells(self.first)
        names = _listed([row.record for row in self.rows], most)
        joined = replace(
            self.first,
            mailed=tuple(dict.fromkeys(said for row in self.rows for said in row.mailed)),
            record=f"{words.number(len(self.rows))} {self.first.module}",
            sentence=f"{self.first.sentence} ({names})",
            fix=self.fix,
        )
        each = [cells(row) for row in self.rows]
        shown = list(cells(joined))
        for label in _JOINED:
            place = COLUMNS.index(label)
            shown[place] = _listed([one[place] for one in each if one[place]], most)
        return tuple(shown)


def grouped(
    context: Context,
    found: Sequence[Outcome],
    names: Mapping[str, str],
    face: Face,
    *,
    each: bool = False,
) -> list[LogGroup]:
    """The entries in the order of the first of each reason; `names` is connection id → name.

    What happened to a record that is in step stands for itself, with `each` every entry.
    """
    groups: dict[tuple[str | int | None, ...], list[tuple[Outcome, LogRow]]] = {}
    shown = search.rows_of(context, found, names, face)
    for place, (outcome, row) in enumerate(zip(found, shown, strict=True)):
        alone = each or outcome.result not in STANDING
        key = (
            outcome.run_id,
            outcome.connection_id,
            row.module,
            row.result,
            row.code,
            row.sentence,
            place if alone else None,
        )
        groups.setdefault(key, []).append((outcome, row))
    return [_group(context, same, face) for same in groups.values()]


def fields(group: LogGroup) -> dict[str, object]:
    """The group as JSON values, each with the records in it."""
    first = group.first
    return {
        "module": first.module,
        "result": first.result,
        "code": first.code,
        "sentence": first.sentence,
        "fix": group.fix,
        "run_id": first.run_id,
        "count": len(group.rows),
        "records": [
            {"id": row.id, "name": row.record, "crm_id": row.crm_id, "xero_id": row.xero_id}
            for row in group.rows
        ],
    }


def _group(context: Context, same: Sequence[tuple[Outcome, LogRow]], face: Face) -> LogGroup:
    outcome, row = same[0]
    fix = row.fix
    if len(same) > 1:
        unnamed = replace(outcome, crm_id=None, xero_id=None, proposals=())
        fix = context.sentence(unnamed, face)[1]
    return LogGroup(tuple(one for _, one in same), fix)


def _listed(texts: Sequence[str], most: int | None) -> str:
    shown = ", ".join(texts[:most])
    return f"{shown}, …" if most is not None and len(texts) > most else shown
