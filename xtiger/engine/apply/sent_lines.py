"""The lines of an invoice that was sent and never answered: the base that they make.

Cell by cell: what Xero holds as it was sent is agreed. A line that Xero does not show as sent
keeps what was agreed on before, so that nobody's edit is taken for ours.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xtiger.mapping.line_halves import AMOUNTS, HEAD_ROLES, xero_half
from xtiger.mapping.lines_to_xero import LINE_KEYS, line_keys
from xtiger.model.line_ids import ADJUSTMENT, CHARGES, lost
from xtiger.model.links import Pair
from xtiger.model.records import Module, XeroRecord
from xtiger.model.values import Plain
from xtiger.rules.line_pairs import weave

#: Cell of Xero → roles of the CRM's line that feed it.
FEEDS: Mapping[str, tuple[str, ...]] = {
    "ItemCode": ("product", "service"),
    "Description": ("description", "name"),
    "Quantity": ("quantity",),
    "UnitAmount": ("unit_price",),
    "DiscountRate": ("discount_percent", "discount_amount"),
    "DiscountAmount": ("discount_percent", "discount_amount"),
    "AccountCode": ("account",),
    "TaxType": ("taxes", "tax_name", "tax_rate"),
}
#: Line that the head makes → cell → role of the head.
_HEAD_FEEDS: Mapping[str, Mapping[str, str]] = {
    CHARGES: {"UnitAmount": "charges", "TaxType": "charges_tax"},
    ADJUSTMENT: {"UnitAmount": "adjustment"},
}
#: What tells a line of ours from one that somebody else added at the same time.
_TEXT, _MONEY = ("ItemCode", "Description"), ("Quantity", "UnitAmount")
Line = Mapping[str, Plain]
#: (pair of the lines, CRM line id → LineItemID)
Found = tuple[Pair, dict[str, str]]


@dataclass(frozen=True, slots=True)
class SentLines:
    """The lines of one intent, and what they were planned on."""

    module: Module
    #: The CRM's half when they were sent: lines by id, and what of the head makes lines.
    crm: Mapping[str, Line]
    head: Mapping[str, Plain]
    #: In the order sent: the CRM's id ("" for a line of Xero's own), LineItemID ("" for a new
    #: one), and what decides over the line.
    sent: tuple[tuple[str, str, Line], ...]
    #: LineItemID → what decided over the line when this was planned.
    planned: Mapping[str, Line]
    #: Whether lines were on their way to the CRM as well.
    both_ways: bool
    #: Whether the CRM's line ids last.
    stable: bool

    @classmethod
    def of(cls, kept: Mapping[str, Any], module: Module, *, stable: bool) -> SentLines:
        """The lines as an intent keeps them."""
        half = kept["crm"] or {}
        ids = [*kept["ids"], *[""] * len(kept["sent"])]
        return cls(
            module,
            {str(line.get("id")): line for line in half.get("lines") or ()},
            dict(half.get("head") or {}),
            tuple(
                (str(own), str(line.get("LineItemID") or ""), keys)
                for own, line, keys in zip(ids, kept["sent"], line_keys(kept["sent"]), strict=False)
            ),
            {str(line["LineItemID"]): line for line in kept["planned"]},
            bool(kept["both_ways"]),
            stable,
        )

    def half(self) -> dict[str, Any]:
        """The CRM's half as it was sent."""
        return {"lines": list(self.crm.values()), "head": dict(self.head)}


def lines_made(sent: SentLines, record: XeroRecord) -> Found:
    """The base of an invoice that exists by our write only: its lines were as sent at first."""
    now = {str(line["LineItemID"]): line for line in xero_half(record)}
    partners, _ = _partners([keys for _, _, keys in sent.sent], now, in_order=True)
    lines, links = [], {}
    for place, (own, _, keys) in enumerate(sent.sent):
        line_id = partners.get(place, lost(place))
        # What was not sent is Xero's own choice, such as the account of an item.
        chosen = {k: v for k, v in now.get(line_id, {}).items() if k in LINE_KEYS and k not in keys}
        lines.append({**chosen, **keys, "LineItemID": line_id})
        links[own] = line_id
    return Pair(sent.half(), lines), links


def lines_arrived(
    sent: SentLines, before: Pair | None, links: Mapping[str, str], record: XeroRecord
) -> Found | None:
    """The base after an update, as far as Xero shows that it arrived; None leaves it as it was."""
    half = xero_half(record)
    now = {str(line["LineItemID"]): line for line in half}
    if not sent.both_ways and _all_there(sent, half):
        return Pair(sent.half(), half), {
            own: str(line["LineItemID"])
            for (own, _, _), line in zip(sent.sent, half, strict=True)
            if own
        }
    gross = any(AMOUNTS in line for line in (*sent.planned.values(), *half))
    usable = before is not None and isinstance(before.crm, Mapping)
    if not sent.stable or gross or not usable:
        return None
    assert before is not None  # usable
    return _Mixed(sent, before, links, now).found()


def _all_there(sent: SentLines, half: Sequence[Line]) -> bool:
    """Whether Xero has exactly the lines that were sent, in their order."""
    return len(sent.sent) == len(half) and all(
        (not line_id or line_id == line["LineItemID"])
        and all(line.get(key) == value for key, value in keys.items())
        for (_, line_id, keys), line in zip(sent.sent, half, strict=True)
    )


def _partners(
    wanted: Sequence[Line], there: Mapping[str, Line], *, in_order: bool
) -> tuple[dict[int, str], bool]:
    """(place → LineItemID, whether it is unsure) of new lines among those that nobody knows.

    First equal ones, then those of which somebody changed either the text or the amounts since,
    and in a document that is ours alone the rest by their order.
    """
    found: dict[int, str] = {}
    for parts in (None, _TEXT, _MONEY):
        for place, keys in enumerate(wanted):
            free = (one for one in there if one not in found.values())
            match = next((one for one in free if _alike(keys, there[one], parts)), None)
            if place not in found and match is not None:
                found[place] = match
    left = [place for place in range(len(wanted)) if place not in found]
    rest = [one for one in there if one not in found.values()]
    if in_order and len(left) == len(rest):
        found.update(zip(left, rest, strict=True))
    return found, bool(left and rest)


def _alike(keys: Line, there: Line, parts: Sequence[str] | None) -> bool:
    if parts is None:
        return all(there.get(key) == value for key, value in keys.items())
    given = [part for part in parts if keys.get(part) is not None]
    return bool(given) and all(there.get(part) == keys.get(part) for part in parts)


def _has(now: Line | None, key: str, keys: Line) -> bool:
    return now is not None and now.get(key) == keys.get(key)


@dataclass(slots=True)
class _Mixed:
    """The base put together of what was agreed on before and what surely arrived."""

    sent: SentLines
    before: Pair
    links: Mapping[str, str]
    now: Mapping[str, Line]

    def found(self) -> Found:
        """The new base; an empty one where nobody can tell which of two new lines is ours."""
        new = [(own, keys) for own, line_id, keys in self.sent.sent if not line_id and own]
        known = {*self.sent.planned, *self.links.values()}
        strange = {key: line for key, line in self.now.items() if key not in known}
        partners, unsure = _partners([keys for _, keys in new], strange, in_order=False)
        if unsure:
            # Ours and somebody else's: without a base both lists are shown to a person.
            return Pair(None, None), {}
        added = {own: (partners[n], keys) for n, (own, keys) in enumerate(new) if n in partners}
        lines, head = self._old(), dict(self.before.crm.get("head") or {})
        for own, (line_id, keys) in added.items():
            lines[own] = (line_id, self.sent.crm.get(own), {**keys, "LineItemID": line_id})
            self._take_head(own, head, set(_HEAD_FEEDS.get(own, ())))
        for own, line_id, keys in self.sent.sent:
            if own in lines and own not in added and line_id:
                self._take_cells(own, keys, lines, head)
        return self._put_together(lines, head)

    def _old(self) -> dict[str, tuple[str, Line | None, Line]]:
        """CRM id → (LineItemID, CRM line, Xero line) as agreed before, without what we removed.

        A line that Xero's people removed before is still to go in the CRM.
        """
        theirs = {str(line.get("LineItemID")): line for line in self.before.xero or ()}
        ours = {str(line.get("id")): line for line in self.before.crm["lines"]}
        kept = {line_id for _, line_id, _ in self.sent.sent if line_id}
        return {
            own: (line_id, ours.get(own), theirs[line_id])
            for own, line_id in self.links.items()
            if line_id in theirs
            and (line_id in kept or line_id in self.now or line_id not in self.sent.planned)
        }

    def _take_cells(
        self,
        own: str,
        keys: Line,
        lines: dict[str, tuple[str, Line | None, Line]],
        head: dict[str, Plain],
    ) -> None:
        line_id, ours, theirs = lines[own]
        now, planned = self.now.get(line_id), self.sent.planned.get(line_id, {})
        cells = {
            key for key in LINE_KEYS if keys.get(key) != planned.get(key) and _has(now, key, keys)
        }
        kept = {k: v for k, v in theirs.items() if k not in cells}
        given = {k: keys[k] for k in cells if keys.get(k) is not None}
        if ours is not None and own in self.sent.crm:
            ours = self._with_feeds(ours, self.sent.crm[own], cells)
        self._take_head(own, head, cells)
        lines[own] = (line_id, ours, {**kept, **given})

    def _with_feeds(self, old: Line, new: Line, cells: set[str]) -> Line:
        names = {
            described.name
            for cell in cells
            for role in FEEDS[cell]
            if (described := self.sent.module.by_role(f"line.{role}")) is not None
        }
        return {k: (new if k in names else old).get(k) for k in {**old, **new}}

    def _take_head(self, own: str, head: dict[str, Plain], cells: set[str]) -> None:
        for cell, role in _HEAD_FEEDS.get(own, {}).items():
            if cell in cells:
                head.pop(role, None)
                if role in self.sent.head:
                    head[role] = self.sent.head[role]

    def _put_together(
        self, lines: Mapping[str, tuple[str, Line | None, Line]], head: Mapping[str, Plain]
    ) -> Found:
        gone = {
            role
            for own, feeds in _HEAD_FEEDS.items()
            if own not in lines
            for role in feeds.values()
        }
        ours, theirs = self._orders(lines)
        half = {
            "lines": [line for own in ours if (line := lines[own][1]) is not None],
            "head": {k: v for k, v in head.items() if k in HEAD_ROLES and k not in gone},
        }
        # What a person is asked about stays asked where nothing of it arrived.
        pair = Pair(half, [lines[own][2] for own in theirs], self.before.asked)
        return pair, {own: lines[own][0] for own in ours}

    def _orders(self, known: Collection[str]) -> tuple[list[str], list[str]]:
        """CRM ids in the order of either half: as sent where that is the CRM's and Xero shows it.

        An order that Xero's people made is still on its way to the CRM; then both are as agreed on
        before, and lines that came since stand beside their neighbours.
        """
        there = [line_id for _, line_id, _ in self.sent.sent if line_id in self.now]
        led = [own for own, _, _ in self.sent.sent if own in self.sent.crm]
        sent = [own for own, _, _ in self.sent.sent if own]
        shown = there == [one for one in self.now if one in there]
        if shown and led == [own for own in self.sent.crm if own in led]:
            return in_order(known, sent, ()), in_order(known, sent, ())
        names = {line_id: own for own, line_id in self.links.items()}
        ours = [str(line.get("id")) for line in self.before.crm["lines"]]
        theirs = [names.get(str(line.get("LineItemID")), "") for line in self.before.xero or ()]
        return in_order(known, ours, list(self.sent.crm)), in_order(known, theirs, sent)


def in_order(known: Collection[str], leading: Sequence[str], other: Sequence[str]) -> list[str]:
    """The known ids in the leading order, what only the other has beside its neighbour there."""
    found = weave([one for one in leading if one in known], [one for one in other if one in known])
    return [*found, *(one for one in known if one not in found)]
