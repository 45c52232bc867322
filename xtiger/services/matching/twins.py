"""The service for twins: records that look alike, before and after the first sync."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xtiger.errors import LinkRefused
from xtiger.model.matching.twins import AnsweredTwins, TwinAnswer, TwinGroup, TwinRecord
from xtiger.model.records import Ref
from xtiger.model.setting_keys import twin_answer, twin_answers, xero_cursor
from xtiger.model.values import digest
from xtiger.panels.xero_links import view_url
from xtiger.rules.kinds import nature
from xtiger.rules.twins.evidence import REASONS, Nature
from xtiger.rules.twins.finder import Group, find, groups
from xtiger.services.links import Links
from xtiger.services.matching.twin_looks import crm_looks, xero_looks

if TYPE_CHECKING:
    from xtiger.engine.workbench.scope import Scope
    from xtiger.hookspecs import SyncModule
    from xtiger.model.connections import Connection
    from xtiger.model.links import Link, Side
    from xtiger.services.parts import Parts

_Key = tuple["Side", str]


def _nature_of(sync: SyncModule) -> Nature | None:
    """What the likeness of a module's records is judged as; None where it says nothing."""
    row = nature(sync.alone_kind or sync.kind)
    if not row.suffixes:
        return None
    return "people" if nature(sync.kind).part_of else "item" if row.known_by == "code" else "firm"


class Twins:
    """Finds records that look alike, within one side and over both, and keeps the answers."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._links = parts, Links(parts)
        self._store, self._host, self._clock = parts.store, parts.host, parts.clock

    def all(self, module: str | None = None, connection_id: str | None = None) -> list[TwinGroup]:
        """Groups of which something is to decide, of one module or all, the most alike first.

        The CRM is read now, Xero as the last plan or sync saw it: before the first one nothing
        of Xero is known. Raises UnknownModule, MappingMissing.
        """
        connection = self._parts.connection(connection_id)
        with self._host.tenant(connection.tenant):
            names = [module] if module is not None else self._modules(connection)
            return [
                group
                for name in names
                for group in self._of_module(connection, self._parts.runs.scope(connection, name))
            ]

    def is_read(self, connection_id: str | None = None) -> bool:
        """Whether contacts or items of Xero were read: a plan or a sync does that."""
        connection = self._parts.connection(connection_id)
        kinds = {sync.kind for sync in self._parts.modules(connection.id) if _nature_of(sync)}
        return any(self._store.cursor(connection.id, xero_cursor(kind)) for kind in kinds)

    def answer(
        self, module: str, key: str, answer: TwinAnswer, by: str, connection_id: str | None = None
    ) -> None:
        """Answer one group as it was shown, and keep who said so.

        link and alias are about TwinGroup.about; merge changes nothing here: Xero merges two
        contacts on its own pages only; different ones are never proposed again. Raises LinkRefused
        where the group changed since, or cannot be answered so.
        """
        connection = self._parts.connection(connection_id)
        group = next((one for one in self.all(module, connection.id) if one.key == key), None)
        if group is None or answer not in group.answers:
            raise LinkRefused(
                "This group is not as it was shown any more. Look again: xtiger twins"
            )
        self._answered(connection, group, answer, by)

    def link_exact(
        self, by: str, module: str | None = None, connection_id: str | None = None
    ) -> int:
        """Link all groups of one CRM record and one of Xero that are the same beyond doubt.

        Returns how many were linked.
        """
        connection = self._parts.connection(connection_id)
        exact = [
            one for one in self.all(module, connection.id) if one.is_exact and "link" in one.answers
        ]
        for group in exact:
            self._answered(connection, group, "link", by)
        return len(exact)

    def answered(
        self, module: str | None = None, connection_id: str | None = None
    ) -> list[AnsweredTwins]:
        """What was answered, by whom and when, the newest first."""
        connection = self._parts.connection(connection_id)
        names = [module] if module is not None else self._modules(connection)
        found = [one for name in names for one in self._answers(connection, name)]
        return sorted(found, key=lambda one: str(one.at), reverse=True)

    # --- inside ---

    def _modules(self, connection: Connection) -> list[str]:
        with self._host.tenant(connection.tenant):
            described = {module.name for module in self._host.modules()}
        return [
            sync.name
            for sync in self._parts.modules(connection.id)
            if _nature_of(sync) is not None
            and sync.name in described
            and self._store.mapping(connection.id, sync.name) is not None
            and self._store.module_settings(connection.id, sync.name).enabled
        ]

    def _answers(self, connection: Connection, module: str) -> list[AnsweredTwins]:
        kept = self._store.settings_like(twin_answers(connection.id, module))
        return [AnsweredTwins.of(module, value) for value in kept.values()]

    def _of_module(self, connection: Connection, scope: Scope) -> list[TwinGroup]:
        part = scope.alone if scope.people and scope.alone is not None else scope
        links = self._store.links_by_crm(connection.id, scope.name)
        theirs = {
            **self._store.links_by_xero(connection.id, part.kind),
            **self._store.xero_aliases(connection.id, part.kind),
        }
        looks = [
            *crm_looks(self._host, part),
            *(
                look
                for look in xero_looks(self._store, connection.id, part.kind)
                # A record of Xero that another module has is none of this one's.
                if look.id not in theirs or theirs[look.id].module == scope.name
            ),
        ]
        linked = [
            frozenset[_Key]({("crm", one.crm_id), ("xero", one.xero_id)})
            for one in (*links.values(), *theirs.values())
        ]
        different = [
            one.both for one in self._answers(connection, scope.name) if one.answer == "different"
        ]
        pairs = find(looks, _nature_of(scope.sync) or "firm").pairs
        return [
            self._shown(connection, part, group, links, theirs)
            for group in groups(pairs, linked, different)
        ]

    def _shown(
        self,
        connection: Connection,
        scope: Scope,
        group: Group,
        links: Mapping[str, Link],
        theirs: Mapping[str, Link],
    ) -> TwinGroup:
        records, xtid = [], self._parts.app().xtid()
        for look in group.members:
            if look.side == "crm":
                link = links.get(look.id)
                url = self._host.url(Ref(scope.name, look.id))
                to = link.xero_id if link else ""
            else:
                link = theirs.get(look.id)
                url = view_url(scope.kind, look.id, connection.short_code, xtid=xtid)
                to = link.crm_id if link else ""
            records.append(TwinRecord(look.side, look.id, look.name, to, url))
        reasons = {reason for pair in group.pairs for reason in pair.reasons}
        about, answers = _answers_of(group, links, theirs, scope)
        return TwinGroup(
            scope.name,
            tuple(records),
            tuple(one for one in REASONS if one in reasons),
            group.is_exact,
            answers,
            about,
        )

    def _answered(
        self, connection: Connection, group: TwinGroup, answer: TwinAnswer, by: str
    ) -> None:
        pairs = _pairs(group)
        if answer in ("link", "alias") and group.about is not None:
            crm_id, xero_id = group.about
            alias = answer == "alias"
            self._links.link(group.module, crm_id, xero_id, connection.id, alias=alias)
            pairs = [(("crm", crm_id), ("xero", xero_id))]
        elif answer == "merge":
            pairs = [both for both in pairs if {one[0] for one in both} == {"xero"}]
        now = self._clock.now()
        with self._store.transaction():
            for both in pairs:
                made = AnsweredTwins(group.module, answer, both, by, now)
                name = digest(sorted(list(one) for one in both))[:32]
                key = twin_answer(connection.id, group.module, name)
                self._store.save_setting(key, made.stored())
            if answer == "different":
                self._look_again(connection, group)

    def _look_again(self, connection: Connection, group: TwinGroup) -> None:
        """Let the next sync judge again what waited because it looked like another."""
        kind = self._parts.sync_module(group.module).kind
        types: dict[Side, str] = {"crm": group.module, "xero": kind}
        for one in group.records:
            now = self._clock.now()
            self._store.mark(connection.id, one.side, types[one.side], [one.id], "person", now)


def _pairs(group: TwinGroup) -> list[tuple[_Key, _Key]]:
    """Each two records of a group."""
    keys: Sequence[_Key] = [(one.side, one.id) for one in group.records]
    return [(one, other) for at, one in enumerate(keys) for other in keys[at + 1 :]]


def _answers_of(
    group: Group, links: Mapping[str, Link], theirs: Mapping[str, Link], scope: Scope
) -> tuple[tuple[str, str] | None, tuple[TwinAnswer, ...]]:
    """(CRM id, Xero id) that a link or alias is about, and the answers that can be given."""
    row = nature(scope.kind)
    about: tuple[str, str] | None = None
    answers: list[TwinAnswer] = []
    both = [
        (crm_id, xero_id)
        for pair in group.pairs
        for crm_id, xero_id in [_sides(pair.one.look.key, pair.other.look.key)]
        if crm_id and xero_id
    ]
    free = [(c, x) for c, x in both if c not in links and x not in theirs]
    half = [
        (c, x)
        for c, x in both
        if (row.aliased and c not in links and x in theirs and theirs[x].role == "primary")
        or (row.xero_aliased and x not in theirs and c in links and links[c].role == "primary")
    ]
    if free:
        about, answers = free[0], ["link"]
    elif half:
        about, answers = half[0], ["alias"]
    if row.aliased and sum(one.side == "xero" for one in group.members) > 1:
        answers.append("merge")
    return about, (*answers, "different")


def _sides(one: _Key, other: _Key) -> tuple[str, str]:
    """(CRM id, Xero id) of two; "" for a side that neither has."""
    ids = {one[0]: one[1], other[0]: other[1]}
    return ids.get("crm", ""), ids.get("xero", "")
