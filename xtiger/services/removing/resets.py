"""Beginning anew with an organisation: its links are forgotten after an export, and come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xtiger.errors import UndoRefused
from xtiger.model import setting_keys
from xtiger.model.links import Base, Link, Pair
from xtiger.model.undo.refusals import NOT_ITS_EXPORT
from xtiger.model.values import from_json
from xtiger.rules.identity import known_since
from xtiger.services.removing.exports import (
    exports_of,
    new_export,
    require_named,
    write_export,
)
from xtiger.services.syncing.first_sync import FirstSync

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.values import Plain
    from xtiger.services.parts import Parts


@dataclass(frozen=True, slots=True)
class Reset:
    """What beginning anew came to."""

    #: How many links were forgotten.
    links: int
    #: What was forgotten, by which it comes back; None where nothing was linked.
    file: Path | None


@dataclass(frozen=True, slots=True)
class Restored:
    """What taking a reset back came to."""

    #: How many links are there again.
    links: int
    #: How many were left, since one of both records has another link by now.
    left: int


@dataclass(frozen=True, slots=True)
class ResetBefore:
    """An earlier reset that can be taken back."""

    file: Path
    links: int
    at: datetime


class Resets:
    """Forgets the links of a connection and brings them back from what was exported."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store, self._clock = parts, parts.store, parts.clock
        self._first = FirstSync(parts.store)

    def reset(self, connection: Connection, name: str, export_to: Path | None) -> Reset:
        """Write all links to a new file, then forget them; raises UndoRefused and RunBusy."""
        require_named(connection, name)
        with self._parts.identities.held([connection]):
            links = self._store.all_links(connection.id)
            path = None
            if links:
                home = self._parts.settings.home
                path = export_to or new_export(home, "reset", connection, self._clock.now())
                content = self._content(connection, links)
                write_export(path, "reset", connection, content)
            with self._store.transaction():
                count = self._parts.identities.forget_links(connection)
                self._store.forget_setting(setting_keys.sync_plan(connection.id))
                answers = self._first.answers(connection.id)
                if answers.stage != "asked":
                    self._first.save(connection.id, replace(answers, stage="plan"))
        return Reset(count, path)

    def before(self, connection: Connection) -> list[ResetBefore]:
        """The resets whose files are in the home, the newest first."""
        found = []
        for path in exports_of(self._parts.settings.home, connection):
            if not path.name.startswith("reset-"):
                continue
            with suppress(UndoRefused):  # one that somebody cut short takes nothing back
                kept = _kept(path, connection)
                found.append(ResetBefore(path, len(kept.links), kept.at))
        return found

    def take_back(self, connection: Connection, path: Path) -> Restored:
        """Link again what a reset forgot; what is linked otherwise by now stays as it is.

        Raises UndoRefused where the file is not of this connection, and RunBusy.
        """
        kept = _kept(path, connection)
        with self._parts.identities.held([connection]), self._store.transaction():
            now = self._store.all_links(connection.id)
            here = {(one.module, one.crm_id) for one in now if one.role != "xero_alias"}
            there = {(one.kind, one.xero_id) for one in now if one.role != "alias"}
            added = 0
            # Aliases come after what they are aliases of.
            for link, base in sorted(kept.links, key=lambda one: one[0].role != "primary"):
                taken = link.role != "xero_alias" and (link.module, link.crm_id) in here
                if taken or (link.role != "alias" and (link.kind, link.xero_id) in there):
                    continue
                made = self._store.add_link(link)
                if made.id is not None and base is not None:
                    self._store.save_bases([replace(base, link_id=made.id)])
                added += 1
            self._go_on(connection, kept.stage, kept.known_since)
        return Restored(added, len(kept.links) - added)

    # --- inside ---

    def _go_on(self, connection: Connection, stage: Any, since: Any) -> None:
        """The first sync is as far as it was, and so is what the log says of these records.

        A plan that was kept meanwhile is no longer right.
        """
        self._store.save_setting(setting_keys.forgotten(connection.id), since)
        self._store.forget_setting(setting_keys.sync_plan(connection.id))
        answers = self._first.answers(connection.id)
        if answers.stage == "plan":
            self._first.save(connection.id, replace(answers, stage=stage))

    def _content(self, connection: Connection, links: list[Link]) -> dict[str, Plain]:
        bases = self._store.bases([one.id for one in links if one.id is not None])
        rows = [{"link": _plain(one), "base": _base(bases.get(one.id or 0))} for one in links]
        return {
            "at": self._clock.now(),
            "stage": self._first.answers(connection.id).stage,
            "known_since": known_since(self._store, connection.id),
            "counts": dict(Counter(one.module for one in links)),
            "links": rows,
        }


def _plain(link: Link) -> dict[str, Plain]:
    return {key: v for key, v in asdict(link).items() if key not in ("id", "connection_id")}


def _base(base: Base | None) -> dict[str, Plain] | None:
    """What was agreed on of a link; rows in place of keys, which may be any text."""
    if base is None:
        return None
    pairs = [[key, [one.crm, one.xero, list(one.asked)]] for key, one in base.pairs.items()]
    return {
        "pairs": pairs,
        "mapping_version": base.mapping_version,
        "lines": [list(one) for one in base.lines.items()],
    }


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a reset wrote: its links with what was agreed on of each, and how far all was."""

    at: datetime
    stage: Any
    known_since: Any
    links: list[tuple[Link, Base | None]]


def _kept(path: Path, connection: Connection) -> _Kept:
    """What a reset wrote; raises UndoRefused for anything else, and for another connection's."""
    try:
        found = from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UndoRefused(NOT_ITS_EXPORT) from error
    own = {"xtiger": "reset", "connection": connection.id}
    if not isinstance(found, dict) or any(found.get(key) != one for key, one in own.items()):
        raise UndoRefused(NOT_ITS_EXPORT)
    try:
        links = [
            (Link(**row["link"], connection_id=connection.id), _base_of(row["base"]))
            for row in found["links"]
        ]
        return _Kept(found["at"], found["stage"], found["known_since"], links)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UndoRefused(NOT_ITS_EXPORT) from error  # somebody has changed it


def _base_of(kept: Mapping[str, Any] | None) -> Base | None:
    """What was agreed on of a link that has no id yet."""
    if kept is None:
        return None
    pairs = {key: Pair(crm, xero, tuple(asked)) for key, (crm, xero, asked) in kept["pairs"]}
    return Base(0, pairs, kept["mapping_version"], {str(k): str(one) for k, one in kept["lines"]})
