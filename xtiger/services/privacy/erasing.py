"""Erases a person everywhere at once, and releases the marks by which it is known again."""

from __future__ import annotations

import json
import os
from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xtiger.db.cipher import new_key
from xtiger.engine.observe.person_lists import list_again
from xtiger.errors import NeedsPerson
from xtiger.model import setting_keys
from xtiger.model.privacy.marks import Erasure, Marks, marks_of
from xtiger.model.privacy.naming import without
from xtiger.model.privacy.person import ERASED, Person
from xtiger.model.records import Ref
from xtiger.model.secret import Secret
from xtiger.ports.stop_signal import NO_STOP
from xtiger.rules.contact_persons import PERSON_PARTS, Look, is_person
from xtiger.services.privacy.finding import ROLES
from xtiger.services.removing.exports import exports_of
from xtiger.services.syncing.sides import silent

#: The parts of a person's name and address, in the order of PERSON_PARTS.
_LOOK = ("first_name", "last_name", "email")

if TYPE_CHECKING:
    from xtiger.model.values import Plain
    from xtiger.services.parts import Parts


@dataclass(frozen=True, slots=True)
class Erased:
    """What erasing a person came to."""

    erasure: Erasure
    #: Table or file → rows that went or changed.
    counts: Mapping[str, int]
    #: Whether the space of what went is given back; False: others were reading, say it again.
    freed: bool


class Erasing:
    """Works on all connections of the tenant, while no run does."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store

    def erase(self, person: Person, by: str) -> Erased:
        """Erase one; raises RunBusy while a sync runs, NeedsPerson while a write is open."""
        parts, store = self._parts, self._store
        tenant, now = parts.tenant(), parts.clock.now()
        connections = parts.connections()
        ids = [one.id for one in connections]
        erasure = Erasure(parts.clock.new_id(), now, by, 0)
        with ExitStack() as holds:
            for connection in connections:
                holds.enter_context(parts.runs.alone(connection, erasure.id, silent, NO_STOP))
            if store.writes_under_way(person, tenant, ids):
                raise NeedsPerson(
                    "Something of this person was sent to Xero and not settled yet. Sync once, "
                    "then erase it: xtiger sync"
                )
            digests = marks_of(self._key(), person)
            with store.transaction():
                store.add_marks(tenant, erasure, digests)
                counts = dict(store.erase(person, tenant, ids, store.marks(tenant), now))
                of_extensions = dict(ChainMap(*map(dict, self._asked(person))))
                counts |= of_extensions
            for path in self._files(person):
                counts[path.name] = 1
        return Erased(replace(erasure, count=len(digests)), counts, store.free_bytes(of_extensions))

    def marks(self) -> list[Erasure]:
        """Who is known again, newest first."""
        return list(self._store.erasures(self._parts.tenant()))

    def release(self, named: str) -> None:
        """Let the next sync store a person again, named by its mark or by a record's address.

        An address is one such as Contacts:17. Raises NeedsPerson where nothing is marked so.
        """
        tenant, marks = self._parts.tenant(), self._store.marks(self._parts.tenant())
        known = {one.id for one in self.marks()}
        found = {named} & known or self._store.erasures_of(tenant, marks.named(named.strip()))
        if not found:
            raise NeedsPerson(
                f"No erased person has the mark {named[:80]!r}. See: xtiger privacy marks"
            )
        looks = self._looks(marks)
        with self._store.transaction():
            for one in found:
                released = self._store.forget_marks(tenant, one)
                self._read_again(replace(marks, digests=frozenset(released)), looks)

    # --- inside ---

    def _looks(self, marks: Marks) -> Mapping[Ref, Look]:
        """How the CRM has the marked records that are persons on lists of Xero's contacts."""
        found: dict[Ref, Look] = {}
        for module in self._parts.host.modules():
            fields = [module.by_role(f"contact.{part}") for part in _LOOK]
            if not any(fields):
                continue
            ids = {
                one
                for connection in self._parts.connections()
                for one in self._store.shadow_ids(connection.id, "crm", module.name)
                if marks.has_record(module.name, one)
            }
            for crm_id, record in self._parts.host.get(module.name, sorted(ids)).items():
                values = [record.values.get(one.name) if one else None for one in fields]
                found[Ref(module.name, crm_id)] = Look.of(
                    dict(zip(PERSON_PARTS, values, strict=False))
                )
        return found

    def _read_again(self, released: Marks, looks: Mapping[Ref, Look]) -> None:
        """Let the next sync look at the records that had these marks as if it never saw them.

        Contacts of Xero are all read once: what is as before is no news. Who stands on the list
        of one is known there by what the CRM has, or a second record would be made of it.
        """
        store, now = self._store, self._parts.clock.now()
        modules = [one.name for one in self._parts.modules() if one.role in ROLES]
        for connection in self._parts.connections():
            store.save_cursor(connection.id, setting_keys.xero_cursor("Contact"), None)
            for module in modules:
                ids = store.shadow_ids(connection.id, "crm", module)
                own = [one for one in ids if released.has_record(module, one)]
                store.mark(connection.id, "crm", module, own, "person", now)
                links = store.links_by_crm(connection.id, module, own)
                for crm_id, link in links.items():
                    look = looks.get(Ref(module, crm_id))
                    if look is not None and is_person(link.xero_id):
                        list_again(store, connection.id, link.xero_id, look, now)

    def _key(self) -> bytes:
        """The key of the digests, made once however many processes ask for it first."""
        cipher = self._parts.cipher

        def kept_or_new(kept: Plain) -> tuple[Plain, str]:
            text = str(kept) if kept else cipher.encrypt(Secret(new_key()))
            return text, text

        kept = self._store.update_state(setting_keys.ERASED_KEY, kept_or_new)
        return cipher.decrypt(kept).reveal().encode()

    def _asked(self, person: Person) -> Iterator[Mapping[str, int]]:
        """What extensions forgot, those that are off, too."""
        tenant = self._parts.tenant()
        context = self._parts.context_of(tenant)
        yield from self._parts.hooks.of_all(
            "erase_person", context=context, tenant=tenant, person=person
        )

    def _files(self, person: Person) -> Iterator[Path]:
        """The exports of the home that named the person, each written anew without."""
        for connection in self._parts.connections():
            for path in exports_of(self._parts.settings.home, connection):
                content = json.loads(path.read_text("utf-8"))
                cleared = _file_without(content, person)
                if cleared != content:
                    _rewrite(path, json.dumps(cleared, ensure_ascii=False) + "\n")
                    yield path


def _file_without(content: Mapping[str, Any], person: Person) -> Plain:
    """An export without a person: of its own records the ids, of others all but its texts."""
    own = {(place.type, place.id) for place in person.places}

    def row(one: Any) -> Plain:
        if not isinstance(one, Mapping):
            return without(one, person)
        named = {(one.get("module"), one.get("crm_id")), (one.get("kind"), one.get("xero_id"))}
        if named & own:
            emptied = {"name": ERASED, "values": {}, "lines": []}
            return {**one, **{key: value for key, value in emptied.items() if key in one}}
        return without(one, person)

    return {
        key: [row(one) for one in value] if isinstance(value, list) else without(value, person)
        for key, value in content.items()
    }


def _rewrite(path: Path, text: str) -> None:
    """Put a new file in the place of one, which only its owner can read."""
    draft = path.with_suffix(".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
