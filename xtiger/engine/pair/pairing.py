"""Dirty keys become pairings: the CRM record and the Xero record that belong together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from xtiger.engine.observe.both_sides import read_xero, save_elements
from xtiger.engine.pair.candidates import crm_candidate, known_crm, xero_candidate
from xtiger.engine.pair.contact_owners import contact_owners
from xtiger.engine.pair.decisions import take_decisions
from xtiger.engine.pair.duplicates import SAME, handles, sent_before
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.told_apart import (
    Apart,
    are_apart,
    strangers,
    told_apart,
    without_strangers,
)
from xtiger.engine.workbench.limits import Wanted
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import UnreadableAnswer
from xtiger.mapping.matching.rule_text import once_only
from xtiger.model.calls import Intent
from xtiger.model.links import DirtyKey, Link, Shadow, Side
from xtiger.model.records import Record, Ref
from xtiger.model.setting_keys import create_anyway
from xtiger.rules.causes import cause_of
from xtiger.rules.match_rules.deciding import Matching
from xtiger.rules.match_rules.marks import wanted_marks
from xtiger.rules.matching import Candidate, Match, MatchHow, MatchIndex, exact_name

#: The ways of matching that name one Xero record.
_FOUND = ("key", "number", "found", "same_name", "near_name", "proposed")
#: Records that are read at once: all of a large module do not fit into the memory.
PART = 500


#: Judges those of some pairings just read that depend on no other.
Early = Callable[[Sequence[Pairing]], None]


class Pairer:
    """Makes the pairings of one module; reads the store and the host, writes nothing there.

    Indexes of unlinked records are built only when an unlinked record turns up. `claimed` holds
    the Xero ids that the plan gives to a record; modules of one kind share it.
    """

    def __init__(self, bench: Workbench, scope: Scope, claimed: set[str] | None = None) -> None:
        self.bench, self.scope = bench, scope
        self._claimed: set[str] = set() if claimed is None else claimed
        self._gone: set[str] = set()
        self._reader = bench.reader(scope.kind)
        self._xero_index: MatchIndex | None = None
        self._crm_index: MatchIndex | None = None
        self._unsettled: dict[str, list[Intent]] | None = None
        self._apart: Apart | None = None
        self._different: Mapping[tuple[Side, str], frozenset[str]] | None = None
        self._in_xero: Matching | None = None
        self._in_crm: Matching | None = None

    def pairings(
        self, wanted: Wanted | None = None, early: Early = lambda _part: None
    ) -> list[Pairing]:
        """The pairings of all dirty keys of the module, or of these records alone.

        For these alone Xero's feed is read first: one call, and no edit there is overwritten.
        `early` gets them in parts, each as soon as it is read.
        """
        if wanted is not None and self.bench.reads_feeds:
            self._refresh()
        # A record linked to another kind is the module's other part's.
        every = self._linked_and_new(wanted)
        found = [made for made in every if made.link is None or made.link.kind == self.scope.kind]
        self._see([pairing.xero_id for pairing in found if pairing.xero_id])
        for start in range(0, len(found), PART):
            part = found[start : start + PART]
            self._load(part)
            early(part)
        return [*self._follow_merges(self._own_part(found)), *self._unread(every)]

    def _unread(self, every: Sequence[Pairing]) -> list[Pairing]:
        """Records of the module's part that the connection may not read: each waits and says so."""
        kind, crm = self.scope.unread, [made for made in every if made.crm_id is not None]
        waiting = [made for made in crm if kind and made.link and made.link.kind == kind]
        ids = [made.crm_id for made in waiting if made.crm_id]
        records = self.bench.host.get(self.scope.name, ids) if ids else {}
        for made in waiting:
            made.record = records.get(made.crm_id or "")
            # Its id in Xero is of another kind than the others of this part.
            made.cause, made.xero_id = cause_of("scope_missing"), None
        return waiting

    def _refresh(self) -> None:
        read_xero(self.bench, self.scope.kind)

    def _own_part(self, found: Sequence[Pairing]) -> list[Pairing]:
        """Those that this part of the module has."""
        return [pairing for pairing in found if self._mine(pairing)]

    def _mine(self, _pairing: Pairing) -> bool:
        """Whether this part of the module has the record; a module of one kind has all."""
        return True

    def _crm_keys(self, only: Sequence[str] | None) -> list[DirtyKey]:
        bench = self.bench
        keys = bench.store.dirty(bench.connection_id, "crm", self.scope.name)
        wanted = None if only is None else set(only)
        # No record has an empty id; one asked for by mistake must not stop every later run.
        return [key for key in keys if key.id and (wanted is None or key.id in wanted)]

    def _xero_keys(
        self, wanted: Wanted | None, by_crm: Mapping[str, Link]
    ) -> tuple[list[DirtyKey], Mapping[str, Link]]:
        """Dirty Xero keys that are this module's, linked to it or its to take in; and their links.

        A link to a CRM record at hand is known and not read again.
        """
        if wanted is not None and not wanted.xero:
            return [], {}
        store, connection_id, kind = self.bench.store, self.bench.connection_id, self.scope.kind
        keys = store.dirty(connection_id, "xero", kind)
        named = {key.id for key in keys} if wanted is None else set(wanted.xero)
        keys = [key for key in keys if key.id in named]
        at_hand = {
            link.xero_id: link
            for link in by_crm.values()
            if (link.role, link.kind) == ("primary", kind)
        }
        ids = [key.id for key in keys if key.id not in at_hand]
        links = {
            **at_hand,
            **store.links_by_xero(connection_id, kind, ids),
            **store.xero_aliases(connection_id, kind, ids),
        }
        owners = self.owners([one for one in ids if one not in links])
        return [
            key
            for key in keys
            if (links[key.id].module if key.id in links else owners[key.id]) == self.scope.name
        ], links

    def owners(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Which module takes in each new Xero record: that of its code, else the usual one.

        Usual is the first of the kind, or the one that the mapping option new_items names.
        """
        bench, kind = self.bench, self.scope.kind
        if kind == "Contact":
            return contact_owners(bench, ids)
        modules = [sync.name for sync in bench.offered if kind in (sync.kind, *sync.other_kinds)]
        chosen = (scope.option("new_items") for scope in bench.scopes if scope.kind == kind)
        first = next((name for name in chosen if name in modules), modules[0])
        owners = dict.fromkeys(ids, first)
        if len(modules) == 1 or not ids:
            return owners
        shadows = bench.store.shadows(bench.connection_id, "xero", kind, ids)
        by_code: dict[str, str] = {}
        for module in modules:
            for seen in bench.store.each_shadow(bench.connection_id, "crm", module):
                by_code.setdefault(str(seen.payload.get("code") or "").casefold(), module)
        for key, shadow in shadows.items():
            code = str(shadow.payload.get("Code") or "").casefold()
            owners[key] = by_code.get(code, first) if code else first
        return owners

    def _linked_and_new(self, wanted: Wanted | None) -> list[Pairing]:
        bench, scope = self.bench, self.scope
        crm_keys = self._crm_keys(None if wanted is None else wanted.crm)
        crm_ids = [key.id for key in crm_keys] + [i for i in (wanted.crm if wanted else ()) if i]
        by_crm = bench.store.links_by_crm(bench.connection_id, scope.name, crm_ids)
        xero_keys, links = self._xero_keys(wanted, by_crm)
        of_crm: dict[str, Pairing] = {}
        of_xero: dict[str, Pairing] = {}
        result: list[Pairing] = []

        def pairing(crm_id: str | None, xero_id: str | None, link: Link | None) -> Pairing:
            found = of_crm.get(crm_id or "") or of_xero.get(xero_id or "")
            if found is None:
                found = Pairing(crm_id=crm_id, xero_id=xero_id, link=link)
                result.append(found)
            if crm_id:
                of_crm[crm_id] = found
            if xero_id:
                of_xero[xero_id] = found
            return found

        for crm_id in dict.fromkeys(crm_ids):
            link = by_crm.get(crm_id)
            # An alias has no Xero record of its own: that one is its primary's.
            merges = link is not None and link.role == "primary"
            pairing(crm_id, link.xero_id if link and merges else None, link)
        for key in crm_keys:
            made = of_crm[key.id]
            made.keys.append((key.side, key.type, key.id, key.generation))
            made.crm_gone = made.crm_gone or key.reason == "deleted"
            if key.reason == "save":
                bench.saved.add(Ref(scope.name, key.id))
        for key in xero_keys:
            link = links.get(key.id)
            primary = link is not None and link.role == "primary"
            made = pairing(link.crm_id if link and primary else None, key.id, link)
            made.keys.append((key.side, key.type, key.id, key.generation))
        return result

    def _load(self, found: Sequence[Pairing]) -> None:
        """Fill in the records of both sides and the bases."""
        bench, scope = self.bench, self.scope
        crm_ids = [p.crm_id for p in found if p.crm_id]
        records = bench.host.get(scope.name, crm_ids) if crm_ids else {}
        ids = [p.xero_id for p in found if p.xero_id]
        shadows = bench.store.shadows(bench.connection_id, "xero", scope.kind, ids)
        bases = bench.store.bases([p.link.id for p in found if p.link and p.link.id])
        for pairing in found:
            record = records.get(pairing.crm_id or "")
            pairing.crm_gone = (pairing.crm_gone and record is None) or bool(
                record and record.deleted
            )
            pairing.record = None if record is None or record.deleted else record
            pairing.base = bases.get(pairing.link.id) if pairing.link and pairing.link.id else None
            if pairing.xero_id in shadows:
                self.set_xero(pairing, shadows[pairing.xero_id or ""])
        self._find_gone(found)
        take_decisions(bench, scope, found)

    def _find_gone(self, found: Sequence[Pairing]) -> None:
        """A record known to be deleted stays so, whatever marked its key since."""
        bench, scope = self.bench, self.scope
        missing = [p.crm_id for p in found if p.crm_id and p.record is None]
        if missing:
            known = bench.store.shadows(bench.connection_id, "crm", scope.name, missing)
            for pairing in found:
                shadow = known.get(pairing.crm_id or "")
                if pairing.record is None and shadow is not None and shadow.gone:
                    pairing.crm_gone = True
        self._gone |= {p.crm_id for p in found if p.crm_id and p.crm_gone}

    def _follow_merges(self, found: list[Pairing]) -> list[Pairing]:
        """Pair the CRM record of a contact that was merged in Xero with the surviving one."""
        own = {p.xero_id: p for p in found if p.xero_id and not p.link}
        for pairing in found:
            survivor = self._survivor(pairing)
            if survivor is None or pairing.link is None or pairing.link.role != "primary":
                continue
            bench, kind = self.bench, self.scope.kind
            if bench.store.links_by_xero(bench.connection_id, kind, [survivor.id]):
                # Merged in the CRM, too: nothing is left to settle.
                if pairing.record is not None:
                    pairing.cause = cause_of(
                        "contacts_merged",
                        name=str(survivor.payload.get("Name") or survivor.id),
                        contact=survivor.id,
                    )
                continue
            other = own.get(survivor.id)
            if other is not None:
                pairing.keys.extend(other.keys)
                other.absorbed = True
            self._claimed.add(survivor.id)
            pairing.moved, pairing.base = True, None
            self.set_xero(pairing, survivor)
        return [pairing for pairing in found if not pairing.absorbed]

    def _survivor(self, pairing: Pairing) -> Shadow | None:
        """The contact that this one was merged into, through several merges if need be."""
        found: Shadow | None = None
        seen = {pairing.xero_id}
        raw = pairing.xero.raw if pairing.xero is not None else {}
        while (target := str(raw.get("MergedToContactID") or "")) and target not in seen:
            seen.add(target)
            found = self._shadows([target]).get(target)
            raw = found.payload if found is not None else {}
        return found

    def _shadows(self, ids: Sequence[str]) -> Mapping[str, Shadow]:
        """Last seen Xero copies; what was never seen is fetched."""
        self._see(ids)
        return self.bench.store.shadows(self.bench.connection_id, "xero", self.scope.kind, ids)

    def _see(self, ids: Sequence[str]) -> None:
        """Fetch what of these was never seen."""
        known = self.bench.store.shadow_ids(self.bench.connection_id, "xero", self.scope.kind, ids)
        missing = [i for i in ids if i not in known]
        if missing:
            self._fetch(missing)

    def _fetch(self, ids: Sequence[str]) -> None:
        bench, kind = self.bench, self.scope.kind
        save_elements(bench, kind, bench.xero.fetch(kind, ids), bench.clock.now(), mark="none")

    def set_xero(self, pairing: Pairing, shadow: Shadow) -> None:
        """Read the Xero side; an element that cannot be read is set aside with its cause."""
        pairing.xero_id = shadow.id
        try:
            pairing.xero = self._reader.seen(shadow)
        except UnreadableAnswer as error:
            pairing.cause = cause_of("unreadable_answer", message=error.reason[:200])

    # --- matching of unlinked records ---

    def know_no_others(self) -> None:
        """Match with nothing: each record is looked at alone, and no index is built."""
        self._xero_index = self._crm_index = MatchIndex.of(())

    def xero_index(self) -> MatchIndex:
        """All known Xero records of the kind, built once."""
        if self._xero_index is None:
            bench, kind = self.bench, self.scope.kind
            links = {
                *bench.store.links_by_xero(bench.connection_id, kind),
                *bench.store.xero_aliases(bench.connection_id, kind),
            }
            shadows = bench.store.each_shadow(bench.connection_id, "xero", kind)
            marked = wanted_marks(self.scope.match_rules)
            self._xero_index = MatchIndex.of(
                xero_candidate(kind, shadow, shadow.id in links, marked)
                for shadow in shadows
                if not shadow.gone
            )
        return self._xero_index

    def crm_index(self) -> MatchIndex:
        """All CRM records of the module seen so far, built once."""
        if self._crm_index is None:
            bench, scope = self.bench, self.scope
            links = bench.store.links_by_crm(bench.connection_id, scope.name)
            shadows = bench.store.each_shadow(bench.connection_id, "crm", scope.name)
            self._crm_index = MatchIndex.of(
                known_crm(scope, shadow, shadow.id in links)
                for shadow in shadows
                if shadow.id not in self._gone and not shadow.gone and self._could_be(shadow)
            )
        return self._crm_index

    def _could_be(self, _shadow: Shadow) -> bool:
        """Whether a CRM record seen before may be the twin of a Xero record of this part."""
        return True

    def match(self, found: Sequence[Pairing]) -> list[Pairing]:
        """Find partners for the unlinked; returns the pairings that are left.

        A Xero record found for a CRM record, for sure or as a proposal, joins its pairing:
        both inputs end in one outcome.
        """
        by_xero = {p.xero_id: p for p in found if p.xero_id and not p.link}
        for pairing in found:
            if pairing.link or pairing.record is None:
                continue
            own = self._own(pairing.record)
            # Of one number they are not linked: it is held, and one of them gets another.
            found_as = self.known_apart(self._partner(own), own.id, "number", "proposed")
            sure = self._sure(found_as, own)
            pairing.key_taken = sure is not found_as
            pairing.match = self._narrowed(sure, own)
            if pairing.match.how in SAME and handles(self.scope, "suffix"):
                # It goes under a name of its own; one sent so before a crash is found by it.
                pairing.match = self._narrowed(sent_before(self.scope, own, self.xero_index()), own)
                self.crm_index().add(replace(own, linked=True))
            if self._released(pairing):
                # Xero's record is on its own now, and this one is nobody's twin, unless Xero takes
                # what both have only once. A key of ours on it was taken over with a copy.
                keyless = replace(own, key="", written=frozenset())
                pairing.match = self._narrowed(self._partner(keyless, once=True), own)
                self.crm_index().add(replace(own, linked=True))
            if pairing.match.how not in _FOUND:
                continue
            xero_id = pairing.match.ids[0]
            if pairing.match.how == "proposed" and xero_id in self._claimed:
                continue  # another record of this plan has it already, or is asked about it
            self._claimed.add(xero_id)
            other = by_xero.get(xero_id)
            if other is not None:
                pairing.keys.extend(other.keys)
                other.absorbed = True
            self.set_xero(pairing, self._shadows([xero_id])[xero_id])
        return [pairing for pairing in found if not pairing.absorbed]

    def known_apart(self, match: Match, crm_id: str, *also: MatchHow) -> Match:
        """The match of a CRM record without what a person called different from it.

        By a near name, by an equal one where Xero takes it more than once, and as `also` says.
        """
        names: tuple[MatchHow, ...] = ("near_name", "same_name")
        hows = names[:1] if self.scope.traits.known_by == "name" else names
        return without_strangers(match, crm_id, self._answered(), (*hows, *also))

    def may_share(self, crm_id: str, first: Ref, xero_ids: Sequence[str] = ()) -> bool:
        """Whether nobody called a record different from the one it would share Xero's with."""
        others: list[tuple[Side, str]] = [("xero", one) for one in xero_ids]
        if first.module == self.scope.name:
            others.append(("crm", first.id))
        return not are_apart(self._answered(), crm_id, others)

    def _answered(self) -> Apart:
        """What a person called different, read when it is first asked for."""
        if self._apart is None:
            self._apart = told_apart(self.bench, self.scope.name)
        return self._apart

    def _own(self, record: Record) -> Candidate:
        """What a CRM record is known by."""
        return crm_candidate(self.scope, record, self._written(record.ref.id))

    def _written(self, crm_id: str) -> frozenset[str]:
        """What sent creates of this record were known by that nobody saw arrive."""
        keys = (intent.natural_key for intent in self.unanswered(crm_id))
        return frozenset(key[1] for key in keys if key is not None and key[1])

    def unanswered(self, crm_id: str) -> Sequence[Intent]:
        """The creates of this record whose answer never came."""
        if self._unsettled is None:
            bench, scope, self._unsettled = self.bench, self.scope, {}
            for intent in bench.store.unsettled_creates(
                bench.connection_id, scope.name, scope.kind
            ):
                if intent.crm_id:
                    self._unsettled.setdefault(intent.crm_id, []).append(intent)
        return self._unsettled.get(crm_id, ())

    def _sure(self, match: Match, own: Candidate) -> Match:
        """A contact of our key under a foreign name is a proposal only.

        A copy of the CRM that went its own way has our keys, too.
        """
        if match.how != "key":
            return match
        there = xero_candidate("Contact", self._shadows(match.ids)[match.ids[0]], linked=False)
        same_name = exact_name(there.name) == exact_name(own.name)
        same_number = bool(own.number) and own.number.casefold() == there.number.casefold()
        return match if same_name or same_number else Match("near_name", match.ids)

    def _released(self, pairing: Pairing) -> bool:
        """Whether a person said "create as new anyway" for this record.

        Not for a contact of exactly the same name: Xero would refuse it.
        """
        likely: tuple[MatchHow, ...] = ("near_name", "proposed", "found")
        allowed = likely if self.scope.traits.known_by == "name" else (*likely, "same_name")
        return pairing.match.how in allowed and self.created_anyway(pairing)

    def created_anyway(self, pairing: Pairing) -> bool:
        """Whether a person said "create as new" of this record, whatever it is like."""
        key = create_anyway(self.bench.connection_id, self.scope.name, pairing.crm_id or "")
        return bool(self.bench.store.setting(key))

    # --- by the rules of the module ---

    def _partner(self, own: Candidate, *, once: bool = False) -> Match:
        """What a CRM record is in Xero.

        `once`: by what Xero takes only once alone, as a person said that it is nobody's twin.
        """
        if self._in_xero is None:
            self._in_xero = Matching(self.scope.match_rules, self.xero_index(), self.crm_index)
        rules = once_only(self.scope.match_rules, self.scope.kind) if once else None
        return self._in_xero.match(own, self._strangers("crm", own.id), rules)

    def in_crm(self, own: Candidate) -> Match:
        """What a Xero record is in the CRM: whatever is found there keeps it out."""
        if self._in_crm is None:
            rules = self.scope.match_rules
            if self.scope.traits.known_by == "code" and not self.scope.settings.matching:
                rules = rules[:1]  # two items may have one name
            self._in_crm = Matching(rules, self.crm_index(), self.xero_index)
        return self._in_crm.match(own, self._strangers("xero", own.id))

    def _strangers(self, side: Side, own: str) -> frozenset[str]:
        """The ids of the other side that a person called different from a record."""
        if self._different is None:
            self._different = strangers(self._answered())
        return self._different.get((side, own), frozenset())

    def _narrowed(self, match: Match, own: Candidate) -> Match:
        """The match without what another record of this plan has, or shares the number of."""
        if match.how not in _FOUND:
            return match
        free = tuple(i for i in match.ids if i not in self._claimed)
        if not free:
            if match.how in ("found", "proposed"):
                return replace(match, how="proposed")
            return Match("taken" if match.how in ("key", "number") else "taken_name", match.ids)
        if match.how == "number" and self.crm_index().match(own, by_name=False).how == "shared":
            return Match("shared", free)
        return replace(match, ids=free)
