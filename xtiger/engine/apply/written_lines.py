"""The lines of an invoice that were written in the CRM by a run that died: the base they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xtiger.engine.apply.sent_lines import FEEDS, Found, Line, in_order
from xtiger.mapping.line_halves import HEAD_ROLES
from xtiger.model.links import Pair
from xtiger.model.records import Module
from xtiger.model.values import Plain, canon


@dataclass(frozen=True, slots=True)
class WrittenLines:
    """The lines of one change, and what they were planned on."""

    module: Module
    #: In the order written: the CRM's values with "id" where the line was there, and LineItemID.
    rows: tuple[tuple[Line, str], ...]
    #: What was written besides the lines, by CRM field.
    values: Mapping[str, Plain]
    #: CRM id → line when this was planned.
    planned: Mapping[str, Line]
    #: LineItemID → what decides over Xero's line.
    xero: Mapping[str, Line]
    #: Whether the CRM's line ids last.
    stable: bool

    @classmethod
    def of(cls, kept: Mapping[str, Any], module: Module, *, stable: bool) -> WrittenLines:
        """The lines as an announcement keeps them."""
        rows, about = kept["values"]["lines"], kept["lines"]
        items = [*about["items"], *[""] * len(rows)]
        planned = (about["planned"] or {}).get("lines") or ()
        return cls(
            module,
            tuple(zip(rows, items, strict=False)),
            kept["values"],
            {str(line.get("id")): line for line in planned},
            {str(line["LineItemID"]): line for line in kept["xero"]["lines"]},
            stable,
        )

    def cells(self, row: Line) -> dict[str, Plain]:
        """The values of a row without its id."""
        return {name: canon(value) for name, value in row.items() if name != "id"}

    def whole(self, row: Line) -> dict[str, Plain]:
        """The line as it stood right after the change, as far as it goes to Xero.

        Only what changed is written: the rest is as planned, or a person typed it since.
        """
        planned, given = self.planned.get(str(row.get("id") or ""), {}), self.cells(row)
        names = {name for roles in FEEDS.values() for name in _names(self.module, roles)}
        return {**{k: canon(v) for k, v in planned.items() if k in names}, **given}


def lines_written(
    written: WrittenLines, before: Pair | None, links: Mapping[str, str], half: Mapping[str, Any]
) -> Found | None:
    """The base after a change, as far as the CRM shows it; None leaves it as it was."""
    now = [dict(line) for line in half["lines"]]
    ids = [str(line["id"]) for line in now]
    if len(now) == len(written.rows) and all(
        _holds(line, written.whole(row)) for line, (row, _) in zip(now, written.rows, strict=True)
    ):
        items = [item for _, item in written.rows]
        if all(item in written.xero for item in items) and len(items) == len(written.xero):
            return Pair(dict(half), list(written.xero.values())), dict(zip(ids, items, strict=True))
    if not written.stable or before is None or not isinstance(before.crm, Mapping):
        return None
    return _mixed(written, before, links, {str(line["id"]): line for line in now})


def _holds(line: Line, wanted: Mapping[str, Plain]) -> bool:
    return all(canon(line.get(name)) == value for name, value in wanted.items())


def _mixed(
    written: WrittenLines, before: Pair, links: Mapping[str, str], now: Mapping[str, Line]
) -> Found | None:
    """Cell by cell: what the CRM holds as written is agreed, all else as it was before."""
    ours = {str(line.get("id")): line for line in before.crm["lines"]}
    theirs = {str(line.get("LineItemID")): line for line in before.xero or ()}
    rows = {str(row["id"]): (row, item) for row, item in written.rows if row.get("id")}
    lines: dict[str, tuple[Line | None, Line]] = {}
    for own, item in links.items():
        left = own in written.planned and own not in rows and own not in now
        if item not in theirs or (own in ours and left):
            continue  # taken away by the change; what people took away before is still to go
        lines[own] = (ours.get(own), theirs[item])
        if own in rows and own in now and own in ours and item in written.xero:
            lines[own] = _cells(written, own, rows[own][0], now[own], lines[own], item)
    new = [(row, item) for row, item in written.rows if not row.get("id")]
    strange = {own: line for own, line in now.items() if own not in rows and own not in links}
    if len(new) != len(strange) and new and strange:
        return Pair(None, None), {}
    for (row, item), (own, line) in zip(new, strange.items(), strict=False):
        if item in written.xero:
            lines[own] = ({**line, **written.cells(row)}, written.xero[item])
    head = {k: v for k, v in (before.crm.get("head") or {}).items() if k in HEAD_ROLES}
    first, second = _orders(written, before, lines, now)
    found = {own: str(there["LineItemID"]) for own, (_, there) in lines.items()}
    half = {"lines": [mine for own in first if (mine := lines[own][0]) is not None], "head": head}
    return Pair(half, [lines[own][1] for own in second], before.asked), found


def _orders(
    written: WrittenLines,
    before: Pair,
    lines: Mapping[str, tuple[Line | None, Line]],
    now: Mapping[str, Line],
) -> tuple[list[str], list[str]]:
    """CRM ids in the order of either half: as written where the CRM shows it, else as before."""
    names = {str(there["LineItemID"]): own for own, (_, there) in lines.items()}
    rows = [names[item] for _, item in written.rows if item in names]
    if [own for own in now if own in rows] == rows:
        return in_order(lines, rows, ()), in_order(lines, rows, ())
    ours = [str(line.get("id")) for line in before.crm["lines"]]
    theirs = [names.get(str(line.get("LineItemID")), "") for line in before.xero or ()]
    there = [names.get(item, "") for item in written.xero]
    return in_order(lines, ours, list(now)), in_order(lines, theirs, there)


def _cells(
    written: WrittenLines,
    own: str,
    row: Line,
    now: Line,
    known: tuple[Line | None, Line],
    item: str,
) -> tuple[Line, Line]:
    planned, there = written.planned.get(own, {}), written.xero[item]
    mine, theirs = dict(known[0] or {}), dict(known[1])
    for cell, roles in FEEDS.items():
        names = _names(written.module, roles)
        given = {name: canon(row[name]) for name in names if name in row}
        changed = any(canon(planned.get(name)) != value for name, value in given.items())
        if changed and _holds(now, given):
            mine |= {name: now.get(name) for name in names}
            theirs.pop(cell, None)
            if there.get(cell) is not None:
                theirs[cell] = there[cell]
    return mine, theirs


def _names(module: Module, roles: Sequence[str]) -> list[str]:
    found = (module.by_role(f"line.{role}") for role in roles)
    return [described.name for described in found if described is not None]
