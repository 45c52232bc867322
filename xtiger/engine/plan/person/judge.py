"""The judge of persons: entries on the list of their organisation's contact in Xero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xtiger.engine.observe.person_lists import leaving, registers
from xtiger.engine.pair.left_behind import left_behind
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.person_pairing import known_person, organisation_of
from xtiger.engine.plan.field_merge import merge_fields, new_in_crm, new_in_xero
from xtiger.engine.plan.item_builder import (
    create_item,
    crm_create_item,
    item_of,
    merged_item,
    shown_name,
    stopped,
)
from xtiger.engine.plan.kind_judge import JudgeParts
from xtiger.engine.plan.removals import removed_in_crm
from xtiger.engine.workbench.contact_name import contact_name
from xtiger.engine.workbench.placeholder_ids import is_pending
from xtiger.model.links import Shadow
from xtiger.model.plans import Cause, Item, Needed, Proposal
from xtiger.model.records import Record, Ref, XeroRef
from xtiger.rules.causes import cause_of
from xtiger.rules.contact_persons import (
    MAX_PERSONS,
    Register,
    contact_of,
    mail_key,
    name_key,
    number_of,
)
from xtiger.rules.gone import says_gone
from xtiger.rules.merge import RecordDecision, RecordRule

#: Row key of the organisation.
PARENT = "ContactID"
#: What stands for "off the list" in an item that is sent.
OFF_THE_LIST: Mapping[str, Any] = {"ContactPersons": None}
#: Key in an item's Xero values: the list that the person leaves once it is on the other.
LEAVES = "leaves"


@dataclass(slots=True)
class PersonJudge(JudgeParts):
    """Judges the persons of one plan; counts what each list will hold."""

    #: ContactID or its stand-in → persons that will be on its list.
    _counts: dict[str, int] = field(default_factory=dict)
    #: ContactID → the persons on its list.
    _lists: Mapping[str, Register] = field(default_factory=dict)
    #: ContactID → its last seen copy.
    _contacts: dict[str, Shadow] = field(default_factory=dict)
    #: Organisation → its name, as last seen.
    _names: dict[Ref, str] = field(default_factory=dict)
    #: Persons that joined another list and still stand on the old one.
    _leaving: frozenset[str] = frozenset()
    #: CRM contacts seen that have no link, or whose entry is gone: what a person of Xero may be.
    _seen: Mapping[str, Shadow] | None = None
    #: Those of them whose entry is gone.
    _orphans: set[str] = field(default_factory=set)

    def prepare(self, pairings: Sequence[Pairing]) -> None:
        """Read the organisations of these persons and their lists, in few statements."""
        bench = self.bench
        wanted = {contact_of(p.xero_id) for p in pairings if p.xero_id}
        organisations: dict[str, set[str]] = {}
        for pairing in pairings:
            address = organisation_of(self.scope, pairing.record) if pairing.record else None
            if address is not None:
                organisations.setdefault(address.module, set()).add(address.id)
                wanted.add(self.state.xero_id_of(address) or "")
        wanted = {one for one in wanted if one and not is_pending(one)}
        self._contacts = dict(bench.store.shadows(bench.connection_id, "xero", "Contact", wanted))
        self._lists = registers(bench, wanted)
        self._counts = {k: len(one.entries) for k, one in self._lists.items()}
        self._leaving = frozenset(leaving(bench))
        for module, ids in organisations.items():
            seen = bench.store.shadows(bench.connection_id, "crm", module, ids)
            names = {Ref(module, i): str(s.payload.get("name") or "") for i, s in seen.items()}
            self._names.update(names)

    # --- what the module's judge asks ---

    def both(self, pairing: Pairing, *, linking: bool) -> Item:
        """Merged field by field; another organisation in the CRM moves it to the other list."""
        assert pairing.record is not None  # the caller's branch
        if organisation_of(self.scope, pairing.record) is None:
            return self.stop(pairing, cause_of("person_left_organisation"))
        if pairing.xero is None:
            return self._joining(pairing, pairing.record)
        merged = merge_fields(pairing, self.scope, self.state.lookups())
        if merged.causes:
            return self.stop(pairing, self._named(Cause.of_all(merged.causes), pairing.record))
        item = merged_item(pairing, self.scope, merged, linking=linking)
        parent = contact_of(pairing.xero_id or "")
        joins = str((item.to_xero or {}).get(PARENT) or "")
        if pairing.left:
            item = replace(
                item,
                to_xero={**(item.to_xero or {}), PARENT: parent},
                xero_values={**item.xero_values, LEAVES: pairing.left},
            )
        if item.to_xero:
            cause = self._refused(pairing.record, joins or parent, adding=bool(joins))
            if cause is not None:
                return self.stop(pairing, cause)
        return self._with_needs(item, pairing.record)

    def new(self, pairing: Pairing, record: Record) -> Item:
        """A new entry on the list."""
        merged = new_in_xero(record, self.scope, self.state.lookups())
        if merged.causes:
            return self.stop(pairing, self._named(Cause.of_all(merged.causes), record))
        if not name_key(merged.to_xero.get("FirstName"), merged.to_xero.get("LastName")):
            return self.stop(pairing, cause_of("name_missing"))
        double = self._double(pairing, record, str(merged.to_xero[PARENT]))
        if double is not None:
            return double
        cause = self._refused(record, str(merged.to_xero[PARENT]), adding=True)
        if cause is not None:
            return self.stop(pairing, cause)
        return self._with_needs(create_item(pairing, self.scope, merged), record)

    def incoming(self, pairing: Pairing) -> Item:
        """A contact of its organisation in the CRM, unless a record there is its twin."""
        assert pairing.xero is not None  # the caller's branch
        if pairing.xero_id in self._leaving:
            return self._off(pairing)
        described = self.scope.module.by_role("contact.organisation")
        if described is None or not described.writable:
            # It would come in as a contact of nobody.
            return self.stop(pairing, cause_of("not_carried", module=self.scope.name))
        parent = contact_of(pairing.xero.id)
        organisation = self.state.crm_id_of(XeroRef("Contact", parent))
        if organisation is None:
            return self.stop(pairing, self._homeless(parent))
        twin = self._twin(pairing, organisation)
        if twin is not None:
            return twin
        merged = new_in_crm(pairing, self.scope, self.state.lookups())
        if merged.causes:
            return self.stop(pairing, Cause.of_all(merged.causes))
        return crm_create_item(pairing, self.scope, merged)

    def stranger(self, pairing: Pairing, record: Record) -> Cause | None:
        """Never: the pairer looks within the same organisation only."""
        return None

    def settled_gone(self, pairing: Pairing) -> bool:
        """Whether it is gone on both sides."""
        return pairing.record is None and pairing.crm_gone

    def rule(self, pairing: Pairing) -> RecordRule:
        """What may be removed; an archived organisation takes nobody with it."""
        settings = self.scope.settings
        contact = self._contacts.get(contact_of(pairing.xero_id or ""))
        archived = contact is None or says_gone("Contact", contact.payload)
        left_the_list = pairing.xero is not None and pairing.xero.gone
        return RecordRule(
            remove_in_xero=settings.delete_in_xero and self.scope.carries("to_xero"),
            remove_in_crm=settings.delete_in_crm
            and self.scope.carries("to_crm")
            and left_the_list
            and not archived,
        )

    def removal(self, pairing: Pairing, decision: RecordDecision) -> Item:
        """Off the list in Xero, or deleted in the CRM."""
        if decision == "remove_in_xero":
            return self._off(pairing)
        return removed_in_crm(pairing, self.scope)

    def xero_name(self, xero_id: str) -> str:
        """Its id: a person is found for sure or not at all, so nobody is asked."""
        return xero_id

    # --- inside ---

    def _joining(self, pairing: Pairing, record: Record) -> Item:
        """A linked person whose old entry is gone joins the list of its new organisation."""
        item = self.new(pairing, record)
        return replace(item, verb="update", result="updated") if item.verb else item

    def _off(self, pairing: Pairing) -> Item:
        """Off the list; Xero keeps a list that it is sent empty, so the last one stays."""
        parent = contact_of(pairing.xero_id or "")
        if self._counts.get(parent, 0) <= 1:
            return self.stop(pairing, cause_of("person_last"))
        closed = self._closed(parent, None)
        if closed is not None:
            return self.stop(pairing, closed)
        self._counts[parent] -= 1
        return item_of(
            pairing,
            self.scope,
            verb="delete",
            result="removed",
            to_xero=OFF_THE_LIST,
            link_state="removed",
            xero_values=dict(pairing.xero.values) if pairing.xero else {},
        )

    def _refused(self, record: Record, parent: str, *, adding: bool) -> Cause | None:
        """What Xero would refuse of a list with this person; counts whom it takes."""
        closed = self._closed(parent, record)
        if closed is not None:
            return closed
        wanted = self._counts.get(parent, 0) + adding
        if wanted > MAX_PERSONS:
            name = self._organisation_name(record)
            return cause_of("persons_too_many", organisation=name, limit=MAX_PERSONS)
        self._counts[parent] = wanted
        return None

    def _closed(self, parent: str, record: Record | None) -> Cause | None:
        """Why Xero takes no list of this contact at all: it is archived, or has no address."""
        contact = self._contacts.get(parent)
        known = self._organisation_name(record) if record is not None else ""
        name = known or contact_name(self._contacts, parent)
        if contact is not None and says_gone("Contact", contact.payload):
            return cause_of("archived_in_xero", name=name)
        if not self._has_email(record, parent):
            return cause_of("persons_need_email", organisation=name)
        return None

    def _has_email(self, record: Record | None, parent: str) -> bool:
        """Whether the organisation has an e-mail address in Xero once this plan is done."""
        address = organisation_of(self.scope, record) if record is not None else None
        planned = self.state.planned.get(address) if address else None
        planned = planned or self.state.planned_xero.get(XeroRef("Contact", parent))
        sent = planned.to_xero if planned is not None and planned.verb else None
        if sent is not None and "EmailAddress" in sent:
            return bool(sent["EmailAddress"])
        contact = self._contacts.get(parent)
        return contact is not None and bool(contact.payload.get("EmailAddress"))

    def _organisation_name(self, record: Record) -> str:
        address = organisation_of(self.scope, record)
        return (self._names.get(address) or address.id) if address else ""

    def _named(self, cause: Cause, record: Record) -> Cause:
        """A waiting cause with the organisation's name instead of its id."""
        if cause.code != "waits_for_parent":
            return cause
        return replace(cause, data={**cause.data, "parent": self._organisation_name(record)})

    def _with_needs(self, item: Item, record: Record) -> Item:
        address = organisation_of(self.scope, record)
        # A change of somebody on the list stands although the organisation left the CRM.
        if address is None or PARENT not in (item.to_xero or {}):
            return item
        return replace(item, needs=(Needed(address, self._organisation_name(record)),))

    def _homeless(self, parent: str) -> Cause:
        """Why a person of Xero has no organisation in the CRM to belong to."""
        bench = self.bench
        link = bench.store.links_by_xero(bench.connection_id, "Contact", [parent]).get(parent)
        return cause_of(
            "person_of_person" if link is not None else "organisation_not_in_crm",
            organisation=contact_name(self._contacts, parent),
        )

    def _double(self, pairing: Pairing, record: Record, parent: str) -> Item | None:
        """Held while the list has this person of a contact that was deleted in the CRM.

        Where deletes travel, the old entry leaves the list without being asked.
        """
        listed = self._lists.get(parent)
        if listed is None or pairing.link is not None or self.rule(pairing).remove_in_xero:
            return None
        own = known_person(self.scope, "", record)
        looks = {i: one.look for i in listed.ids() if (one := listed.entry(number_of(i)))}
        same = [
            key
            for key, look in looks.items()
            if own.name == name_key(look.first, look.last)
            or (own.mail and own.mail == mail_key(look.email))
        ]
        left = left_behind(self.bench, "Person", same) if same else []
        if not left or self.pairer.created_anyway(pairing):
            return None
        proposals = tuple(
            Proposal("link", xero_id=one, crm_id=pairing.crm_id, name=looks[one].name)
            for one in left
        )
        found = looks[left[0]]
        cause = cause_of("contact_near_name", name=found.name or found.email)
        return stopped(pairing, self.scope, cause, "held", proposals)

    def _twin(self, pairing: Pairing, organisation: str) -> Item | None:
        """What holds it: the organisation has this person already.

        It is not to be synced, or its entry was taken off the list and is there anew.
        """
        assert pairing.xero is not None  # the caller's branch
        values = pairing.xero.values
        mail = mail_key(values.get("EmailAddress"))
        name = name_key(values.get("FirstName"), values.get("LastName"))
        for key, shadow in self._unlinked().items():
            seen = shadow.payload
            if str(seen.get("organisation") or "") != organisation:
                continue
            same_mail = bool(mail) and mail_key(seen.get("email")) == mail
            same_name = bool(name) and name_key(seen.get("name"), "") == name
            shown = str(seen.get("name") or seen.get("email") or "")
            if key not in self._orphans and (same_mail or same_name):
                return self.stop(pairing, cause_of("twin_not_selected", name=shown))
            if key in self._orphans and same_name:
                cause = cause_of("contact_same_name", name=shown)
                return stopped(
                    pairing,
                    self.scope,
                    cause,
                    "held",
                    (Proposal("link", pairing.xero_id, key, shown_name(pairing, self.scope)),),
                )
        return None

    def _unlinked(self) -> Mapping[str, Shadow]:
        if self._seen is None:
            bench, module = self.bench, self.scope.name
            links = bench.store.links_by_crm(bench.connection_id, module)
            self._orphans = {
                key
                for key, link in links.items()
                if link.state == "orphan" or Ref(module, key) in self.state.lost
            }
            known = bench.store.shadows(bench.connection_id, "crm", module)
            self._seen = {
                key: shadow
                for key, shadow in known.items()
                if (key not in links or key in self._orphans)
                and not shadow.gone
                and self.state.planned.get(Ref(module, key), _NOTHING).verb is None
            }
        return self._seen


_NOTHING = Item("", "", None, None, "")
