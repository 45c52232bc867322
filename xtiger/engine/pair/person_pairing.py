"""Pairing of CRM contacts: persons of an organisation, and contacts on their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xtiger.engine.observe.both_sides import read_xero, save_elements
from xtiger.engine.observe.person_lists import leaving, registers
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.pairing import Early, Pairer
from xtiger.engine.workbench.limits import Wanted
from xtiger.engine.workbench.placeholder_ids import is_pending
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.role_values import RoleValues
from xtiger.model.links import Shadow
from xtiger.model.records import Record, Ref
from xtiger.rules.contact_persons import (
    Known,
    Look,
    contact_of,
    mail_key,
    name_key,
    number_of,
    same_people,
)
from xtiger.rules.matching import Match

#: CRM record → ContactID, a stand-in, or None.
XeroIdOf = Callable[[Ref], str | None]


def organisation_of(scope: Scope, record: Record) -> Ref | None:
    """The organisation that a contact belongs to."""
    described = scope.module.by_role("contact.organisation")
    value = record.values.get(described.name) if described else None
    if described is None or value in (None, ""):
        return None
    return Ref(described.targets[0] if described.targets else "Organizations", str(value))


def known_person(scope: Scope, key: str, record: Record) -> Known:
    """What a contact of the CRM is known by among the persons of its organisation."""
    values = RoleValues(scope.module, record.values)
    first, last = values.text("contact.first_name"), values.text("contact.last_name")
    return Known(key, mail_key(values.text("contact.email")), name_key(first, last))


class AlonePairer(Pairer):
    """Pairs CRM contacts without organisation with contacts of their own in Xero."""

    def _refresh(self) -> None:
        """Nothing: the module's persons were read just before, from the same feed."""

    def _mine(self, pairing: Pairing) -> bool:
        if pairing.link is not None or pairing.crm_id is None:
            return True
        return pairing.record is not None and organisation_of(self.scope, pairing.record) is None

    def _could_be(self, shadow: Shadow) -> bool:
        return not shadow.payload.get("organisation")


class PersonPairer(Pairer):
    """Pairs CRM contacts of an organisation with the persons of its Xero contact."""

    def __init__(
        self, bench: Workbench, scope: Scope, claimed: set[str], xero_id_of: XeroIdOf
    ) -> None:
        super().__init__(bench, scope, claimed)
        self._xero_id_of = xero_id_of
        #: Persons on the list that they left: back there they are who they were.
        self._leaving: frozenset[str] = frozenset()

    def pairings(
        self, wanted: Wanted | None = None, early: Early = lambda _part: None
    ) -> list[Pairing]:
        """As usual; persons that still stand on the list they left are looked at, too."""
        bench = self.bench
        still = leaving(bench)
        self._leaving = frozenset(still)
        if still:
            bench.store.mark(
                bench.connection_id, "xero", "Person", still, "moved", bench.clock.now()
            )
        return super().pairings(wanted, early)

    def _refresh(self) -> None:
        read_xero(self.bench, "Contact")

    def _mine(self, pairing: Pairing) -> bool:
        if pairing.link is not None or pairing.record is None:
            return True
        return organisation_of(self.scope, pairing.record) is not None

    def _fetch(self, ids: Sequence[str]) -> None:
        """A person is read with its contact."""
        bench = self.bench
        contacts = bench.xero.fetch("Contact", list(dict.fromkeys(contact_of(i) for i in ids)))
        save_elements(bench, "Contact", contacts, bench.clock.now(), mark="none")

    def parent(self, record: Record) -> str | None:
        """The ContactID of a contact's organisation, or its stand-in."""
        organisation = organisation_of(self.scope, record)
        return self._xero_id_of(organisation) if organisation else None

    def match(self, found: Sequence[Pairing]) -> list[Pairing]:
        """Find partners within the same organisation only, by e-mail, then by name.

        That goes for the unlinked, and for those whose organisation changed.
        """
        wanted = [p for p in found if p.record is not None and (p.link is None or self._moves(p))]
        by_parent: dict[str, list[Pairing]] = {}
        for pairing in wanted:
            parent = self.parent(pairing.record) if pairing.record else None
            if parent and not is_pending(parent):
                by_parent.setdefault(parent, []).append(pairing)
        by_xero = {p.xero_id: p for p in found if p.xero_id and not p.link}
        for pairing, xero_id in self._partners(by_parent):
            other = by_xero.get(xero_id)
            if other is not None:
                pairing.keys.extend(other.keys)
                other.absorbed = True
            self._claimed.add(xero_id)
            self._join(pairing, xero_id)
        for pairing in wanted:
            if pairing.link is not None and not pairing.moved and pairing.xero_gone:
                # Nothing is left to compare with: it joins the other list as a new entry.
                pairing.left, pairing.moved = pairing.xero_id, True
                pairing.xero, pairing.base = None, None
        return [pairing for pairing in found if not pairing.absorbed]

    def _join(self, pairing: Pairing, xero_id: str) -> None:
        if pairing.link is not None:
            pairing.left, pairing.moved = pairing.xero_id, True
            if not self._was(pairing, xero_id):
                # Somebody of Xero's own: nothing was agreed with it.
                pairing.base = None
        pairing.match = Match("key", (xero_id,))
        self.set_xero(pairing, self._shadows([xero_id])[xero_id])

    def _was(self, pairing: Pairing, xero_id: str) -> bool:
        """Whether this is the entry that the person left, to which it comes back unchanged."""
        here, there = pairing.xero, self._shadows([xero_id])[xero_id]
        return (
            xero_id in self._leaving
            and here is not None
            and Look.of(here.raw) == Look.of(there.payload)
        )

    def _moves(self, pairing: Pairing) -> bool:
        """Whether a linked person belongs to another organisation now, and may go there."""
        if not (self.scope.carries("to_xero") and self.scope.settings.update_in_xero):
            return False
        parent = self.parent(pairing.record) if pairing.record else None
        return parent is not None and parent != contact_of(pairing.xero_id or "")

    def _partners(self, by_parent: Mapping[str, Sequence[Pairing]]) -> list[tuple[Pairing, str]]:
        lists = registers(self.bench, by_parent)
        ids = [xero_id for one in lists.values() for xero_id in one.ids()]
        links = self.bench.store.links_by_xero(self.bench.connection_id, "Person", ids)
        result = []
        for parent, pairings in by_parent.items():
            looks = {
                xero_id: entry.look
                for xero_id in lists[parent].ids()
                if xero_id not in links and (entry := lists[parent].entry(number_of(xero_id)))
            }
            theirs = [
                Known(key, mail_key(look.email), look.name.casefold())
                for key, look in looks.items()
            ]
            ours = {str(n): one for n, one in enumerate(pairings)}
            known = [
                known_person(self.scope, n, p.record)
                for n, p in ours.items()
                if p.record is not None
            ]
            result += [(ours[n], xero_id) for n, xero_id in same_people(known, theirs).items()]
        return result
