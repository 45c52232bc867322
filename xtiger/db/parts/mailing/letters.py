"""The part of the store that holds who gets mails, and each letter until it was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update

from xtiger.db import tables
from xtiger.db.parts.part import Part
from xtiger.db.statements import insert_for, upsert
from xtiger.model.mailing.letters import Letter, Mail, MailedReport, MailFile
from xtiger.model.mailing.recipients import Recipient
from xtiger.model.mailing.reports import DONE, Worked
from xtiger.model.plans import DIFFERS, PROOF

_WHO, _ROW = tables.mail_recipient.c, tables.letter.c
_WHO_FIELDS = tuple(one.name for one in fields(Recipient))
#: What a person chose; the rest says how far the reports are.
_CHOSEN = tuple(name for name in _WHO_FIELDS if name not in ("due_at", "reported_until", "waiting"))
#: Fields of a letter that are columns by the same name.
_LETTER_FIELDS = tuple(one.name for one in fields(Letter) if one.name not in ("id", "mail"))
#: States of a run that a person should know of; one that was stopped goes on.
_BROKEN = ("failed", "held")


class LetterPart(Part):
    """Recipients and letters."""

    # --- who gets mails ---

    def recipients(self, tenant: str) -> Sequence[Recipient]:
        """Who gets mails of a tenant, by address, all connections before single ones."""
        query = select(*(_WHO[name] for name in _WHO_FIELDS)).where(_WHO.tenant == tenant)
        with self._database.reading() as db:
            rows = db.execute(query.order_by(_WHO.address, _WHO.connection_id))
            return [Recipient(**row._mapping) for row in rows]

    def save_recipient(self, tenant: str, recipient: Recipient) -> None:
        """Insert or replace by address and connection."""
        row = {"tenant": tenant, **{name: getattr(recipient, name) for name in _WHO_FIELDS}}
        with self._database.writing() as db:
            upsert(db, tables.mail_recipient, [row], by=["tenant", "address", "connection_id"])

    def note_reported(self, tenant: str, before: Recipient, after: Recipient) -> bool:
        """Keep how far a recipient's reports are; False where it was changed or taken away."""
        as_it_was = [_WHO[name] == getattr(before, name) for name in _CHOSEN]
        rows = update(tables.mail_recipient).where(_WHO.tenant == tenant, *as_it_was)
        values = {name: getattr(after, name) for name in _WHO_FIELDS if name not in _CHOSEN}
        with self._database.writing() as db:
            return db.execute(rows.values(values)).rowcount > 0

    def remove_recipient(self, tenant: str, address: str, connection_id: str) -> bool:
        """Take one away; False where there is none."""
        same = and_(
            _WHO.tenant == tenant, _WHO.address == address, _WHO.connection_id == connection_id
        )
        with self._database.writing() as db:
            return db.execute(delete(tables.mail_recipient).where(same)).rowcount > 0

    # --- letters ---

    def add_letter(self, letter: Letter) -> None:
        """Keep a letter until it is sent; one of an address and key that is known stays."""
        with self._database.writing() as db:
            insert = insert_for(db, tables.letter).values(_values(letter))
            found = insert.on_conflict_do_nothing(index_elements=["tenant", "address", "key"])
            db.execute(found)

    def due_letters(self, tenant: str, now: datetime, limit: int) -> Sequence[Letter]:
        """Those to be sent until now, and those whose sending was broken off; oldest first."""
        due = or_(and_(_ROW.state == "waiting", _ROW.due_at <= now), _ROW.state == "sending")
        query = select(tables.letter).where(_ROW.tenant == tenant, due)
        with self._database.reading() as db:
            return [_letter(row) for row in db.execute(query.order_by(_ROW.id).limit(limit))]

    def save_letter(self, letter: Letter) -> None:
        """Replace what is known of a letter by its id; the text of one that was sent is dropped."""
        with self._database.writing() as db:
            db.execute(update(tables.letter).where(_ROW.id == letter.id).values(**_values(letter)))

    def letters(
        self,
        tenant: str,
        *,
        limit: int,
        offset: int = 0,
        ids: Collection[int] | None = None,
    ) -> Sequence[Letter]:
        """Letters of a tenant, newest first; None for all, or those of these ids."""
        query = select(tables.letter).where(_ROW.tenant == tenant)
        if ids is not None:
            query = query.where(_ROW.id.in_(ids))
        query = query.order_by(_ROW.id.desc()).limit(limit).offset(offset)
        with self._database.reading() as db:
            return [_letter(row) for row in db.execute(query)]

    def mailed_reports(
        self, tenant: str, connections: Collection[str], first: datetime, last: datetime
    ) -> Sequence[MailedReport]:
        """Reports of these connections, or of all, that tell of any moment between these two."""
        # Without the texts, which are long.
        query = select(
            _ROW.address,
            _ROW.connection_id,
            _ROW.since,
            _ROW.until,
            _ROW.state,
            _ROW.made_at,
            _ROW.sent_at,
        ).where(
            _ROW.tenant == tenant,
            _ROW.kind == "report",
            _ROW.connection_id.in_(["", *connections]),
            _ROW.since < last,
            _ROW.until >= first,
        )
        with self._database.reading() as db:
            return [
                MailedReport(*row[:5], row.sent_at or row.made_at)
                for row in db.execute(query.order_by(_ROW.id))
            ]

    # --- what there is to report ---

    def worked(self, connection_id: str, since: datetime, until: datetime) -> Worked:
        """What was done for a connection after one moment and until another."""
        call, run = tables.call.c, tables.run.c
        cost = select(
            func.count().label("calls"),
            func.coalesce(func.sum(call.received_bytes), 0).label("size"),
        ).where(call.connection_id == connection_id, call.at > since, call.at <= until)
        ended = select(run.state, run.counts).where(
            run.connection_id == connection_id,
            run.trigger != PROOF,
            run.finished_at > since,
            run.finished_at <= until,
        )
        with self._database.reading() as db:
            paid = db.execute(cost).one()
            runs = db.execute(ended).all()
        results: dict[str, Counter[str]] = {}
        for row in runs:
            for module, counts in row.counts.items():
                done = {result: n for result, n in counts.items() if result in DONE and n}
                if done:
                    results.setdefault(module, Counter()).update(done)
        broken = sum(row.state in _BROKEN for row in runs)
        return Worked(results, paid.calls, int(paid.size), len(runs), broken)

    def last_ended(self, connections: Collection[str], since: datetime) -> datetime | None:
        """When the last run of these connections ended, if after this moment.

        A proof that found both sides in agreement is no news.
        """
        run = tables.run.c
        is_news = or_(run.trigger != PROOF, run.state == DIFFERS)
        query = select(run.finished_at).where(
            run.connection_id.in_(connections), run.finished_at > since, is_news
        )
        with self._database.reading() as db:
            found: datetime | None = db.execute(
                query.order_by(run.finished_at.desc()).limit(1)
            ).scalar()
            return found


def _values(letter: Letter) -> dict[str, Any]:
    keeps = letter.state != "sent"
    return {
        **{name: getattr(letter, name) for name in _LETTER_FIELDS},
        "subject": letter.mail.subject,
        "text": letter.mail.text if keeps else "",
        "html": letter.mail.html if keeps else "",
        "message_id": letter.mail.message_id,
        "file_name": letter.mail.file.name if letter.mail.file else "",
        "file": letter.mail.file.text if letter.mail.file and keeps else "",
    }


def _letter(row: Any) -> Letter:
    file = MailFile(row.file_name, row.file) if row.file_name else None
    mail = Mail(row.address, row.subject, row.text, row.html, row.message_id, file)
    return Letter(id=row.id, mail=mail, **{name: getattr(row, name) for name in _LETTER_FIELDS})
