"""Makes letters: one mail to one recipient, and the month's proof as a signed file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from xtiger.i18n.language import language
from xtiger.mail.drawing import Drawn, draw_proof
from xtiger.mail.message import sender_domain
from xtiger.model.mailing.letters import Letter, LetterKind, Mail, MailFile
from xtiger.panels.proof import proof_said
from xtiger.services.proving.signing import Signing

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.mailing.recipients import Recipient
    from xtiger.model.runs import Run
    from xtiger.rules.reconciliation import Reconciliation
    from xtiger.services.parts import Parts

#: What stands in the ids of mails where only a function of the CRM sends.
_NOBODYS_DOMAIN = "xtiger.invalid"


def new_letter(parts: Parts, one: Recipient, kind: LetterKind, key: str, drawn: Drawn) -> Letter:
    """A letter with the id that it has however often it is sent."""
    now, sender = parts.clock.now(), parts.settings.mail.sender
    domain = sender_domain(sender) if sender else _NOBODYS_DOMAIN
    message_id = f"<{parts.clock.new_id()}@{domain}>"
    return Letter(
        tenant=parts.tenant(),
        address=one.address,
        connection_id=one.connection_id,
        kind=kind,
        key=key,
        mail=Mail(one.address, drawn.subject, drawn.text, drawn.html, message_id),
        made_at=now,
        due_at=now,
    )


def write_proof(parts: Parts, connection: Connection, found: Reconciliation, run: Run) -> None:
    """Keep a letter with the signed proof for each recipient of proofs that has none of this month.

    A month is one of the recipient's own clock.
    """
    wanted = [
        one
        for one in parts.store.recipients(parts.tenant())
        if one.proofs and one.connection_id in ("", connection.id)
    ]
    if not wanted:
        return
    signing = Signing(parts)
    text, mark = signing.sign(found).text(), signing.fingerprint()
    for one in wanted:
        words = language(one.language)
        said = proof_said(words, run, "browser")
        drawn = draw_proof(connection.name, said, mark, words, parts.mail_templates)
        day = found.made_at.astimezone(ZoneInfo(one.zone))
        letter = new_letter(parts, one, "proof", f"proof:{connection.id}:{day:%Y-%m}", drawn)
        file = MailFile(f"xero-proof-{day:%Y-%m-%d}.json", text)
        # The month's first is kept: of every other the key is known.
        parts.store.add_letter(replace(letter, mail=replace(letter.mail, file=file)))
