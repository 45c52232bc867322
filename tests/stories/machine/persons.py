"""The shelves of persons: on the list of their organisation's contact, or contacts of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.stories.machine.cells import Cell, Seen, Side, Thing
from tests.stories.machine.parties import Organisations
from tests.stories.machine.shelf import Shelf

#: Model field → (CRM field, Xero field).
PERSON: Mapping[str, tuple[str, str]] = {
    "first": ("firstname", "FirstName"),
    "email": ("email", "EmailAddress"),
}


class People(Shelf):
    """What both sorts of contacts share: the CRM's side, known by the last name."""

    module = "Contacts"
    letter = ""

    def _crm_rows(self) -> Iterable[tuple[str, Seen]]:
        for record in self.world.host.all(self.module):
            values = record.values
            last = str(values["lastname"])
            if last.startswith(self.letter):
                cells = {cell: values.get(ours) or None for cell, (ours, _) in PERSON.items()}
                name = f"{values['firstname'] or ''} {last}".strip()
                yield last, Seen(record.ref.id, cells, name, values["xero_sync"] is False)

    def _in_crm(self, organisation_id: str | None) -> Thing:
        marker = f"{self.letter}{len(self.things) + 1:03d}"
        self.world.host.create(
            "Contacts",
            {
                "firstname": "Ann",
                "lastname": marker,
                "account_id": organisation_id,
            },
        )
        return self.made(Thing(marker, {"email": Cell()}), "crm", first="Ann")


class Persons(People):
    """Contacts of an organisation: entries on its contact's list in Xero."""

    letter = "Person"

    def __init__(self, world: Any, organisations: Organisations) -> None:
        super().__init__(world)
        self.organisations = organisations

    def _xero_rows(self) -> Iterable[tuple[str, Seen]]:
        for raw in self.world.xero("Contacts"):
            for one in raw.get("ContactPersons") or () if raw["ContactStatus"] == "ACTIVE" else ():
                cells = {cell: one.get(theirs) or None for cell, (_, theirs) in PERSON.items()}
                name = f"{one.get('FirstName') or ''} {one['LastName']}".strip()
                yield str(one["LastName"]), Seen(str(raw["ContactID"]), cells, name)

    def new(self, side: Side, of: Thing) -> None:
        """Somebody adds a person to an organisation."""
        found = self.organisations.seen(of, side)
        if found is None:
            return
        if side == "crm":
            self._in_crm(found.id)
            return
        marker = f"{self.letter}{len(self.things) + 1:03d}"
        one = {"FirstName": "Bob", "LastName": marker, "EmailAddress": "", "IncludeInEmails": False}
        listed = self._list(found.id)
        if len(listed) < 5 and found.cells["email"]:
            self._save(found.id, [*listed, one])
            self.made(Thing(marker, {"email": Cell()}), side, first="Bob")

    def left_with(self, of: Thing) -> None:
        """The contact is archived: its list is no more, and nobody took these persons away."""
        found = self.organisations.seen(of, "xero")
        for raw in self.world.xero("Contacts") if found is not None else ():
            if found is not None and raw["ContactID"] == found.id:
                for one in raw.get("ContactPersons") or ():
                    if one["LastName"] in self.things:
                        self.things[one["LastName"]].special = True

    def edit(self, thing: Thing, side: Side, cell: str, text: str) -> None:
        """Somebody types a first name or an address; Xero's list is saved whole."""
        if side == "crm":
            self.edit_crm(thing, cell, text or None, **{PERSON[cell][0]: text})
            return
        found = self.seen(thing, "xero")
        if found is not None:
            field = PERSON[cell][1]
            self._save(
                found.id,
                [
                    {**one, field: text} if one["LastName"] == thing.marker else one
                    for one in self._list(found.id)
                ],
            )
            thing.type("xero", cell, text or None)

    def remove_in_xero(self, thing: Thing) -> None:
        """Somebody takes a person off the list."""
        found = self.seen(thing, "xero")
        if found is not None:
            rest = [one for one in self._list(found.id) if one["LastName"] != thing.marker]
            self._save(found.id, rest)
            thing.remove("xero")

    def _list(self, contact_id: str) -> list[dict[str, Any]]:
        raw = next(r for r in self.world.xero("Contacts") if r["ContactID"] == contact_id)
        return [dict(one) for one in raw.get("ContactPersons") or ()]

    def _save(self, contact_id: str, people: list[dict[str, Any]]) -> None:
        self.world.wait(1)
        self.world.sandbox.edit("Contacts", contact_id, {"ContactPersons": people})


class Loners(People):
    """Contacts without organisation: contacts of their own in Xero."""

    letter = "Solo"
    kind, id_name = "Contacts", "ContactID"

    def _xero_rows(self) -> Iterable[tuple[str, Seen]]:
        for raw in self.world.xero("Contacts"):
            last = str(raw.get("LastName") or "")
            if raw["ContactStatus"] == "ACTIVE" and last.startswith(self.letter):
                cells = {cell: raw.get(theirs) or None for cell, (_, theirs) in PERSON.items()}
                yield last, Seen(str(raw["ContactID"]), cells, str(raw["Name"]))

    def new(self) -> None:
        """Somebody adds a contact without organisation."""
        self._in_crm(None)

    def edit(self, thing: Thing, side: Side, cell: str, text: str) -> None:
        """Somebody types a first name or an address."""
        ours, theirs = PERSON[cell]
        if side == "crm":
            self.edit_crm(thing, cell, text or None, **{ours: text})
        else:
            self.edit_xero(thing, cell, text or None, {theirs: text})
