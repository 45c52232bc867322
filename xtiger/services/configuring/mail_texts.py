"""Who gets mails as text: written for one organisation, checked, and put in place of what is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from xtiger.errors import NeedsPerson
from xtiger.mapping.configuration import ALL, THIS, MailText
from xtiger.model.mailing.recipients import Every, Occasion, Recipient
from xtiger.services.mailing.mails import Mails, require_recipient

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.services.parts import Parts


class MailTexts:
    """The recipients of one connection and of all, as a configuration has them."""

    def __init__(self, parts: Parts, connection: Connection) -> None:
        self._mails, self._connection = Mails(parts), connection

    def all(self) -> tuple[MailText, ...]:
        """Who gets mails about this connection, by address."""
        return tuple(
            MailText(
                one.address,
                THIS if one.connection_id else ALL,
                one.every,
                one.occasion,
                "yes" if one.alerts else "no",
                one.language,
                one.zone,
            )
            for one in self._mails.recipients()
            if one.connection_id in ("", self._connection.id)
        )

    def checked(
        self, given: Sequence[MailText] | None, problems: list[str]
    ) -> tuple[MailText, ...] | None:
        """The same; each mistake is added to `problems` with its place."""
        keys: set[tuple[str, str]] = set()
        for number, one in enumerate(given or (), 1):
            place = f"mails.recipients, row {number}"
            if one.about not in (ALL, THIS):
                problems.append(f"{place}: about is {one.about!r}; use one of: {ALL}, {THIS}.")
            if one.alerts not in ("yes", "no"):
                problems.append(f"{place}: alerts must be true or false.")
            if (one.address, one.about) in keys:
                problems.append(f"{place}: {one.address} is there twice.")
            keys.add((one.address, one.about))
            try:
                require_recipient(self._recipient(one))
            except NeedsPerson as error:
                problems.append(f"{place}: {error}")
        return tuple(given) if given is not None else None

    def put(self, wanted: Sequence[MailText]) -> None:
        """Let these get mails and nobody else; who is not changed goes on as before."""
        now = {(one.address, one.about): one for one in self.all()}
        after = {(one.address, one.about): one for one in wanted}
        for address, about in now.keys() - after.keys():
            self._mails.remove(address, self._connection.id if about == THIS else "")
        for key, one in after.items():
            if now.get(key) != one:
                self._mails.save(self._recipient(one))

    def _recipient(self, one: MailText) -> Recipient:
        made = Recipient(
            address=one.address,
            connection_id=self._connection.id if one.about == THIS else "",
            # What is no such word is refused where it is checked.
            every=cast("Every", one.every),
            occasion=cast("Occasion", one.when),
            language=one.language,
            zone=one.zone,
        )
        return replace(made, alerts=one.alerts == "yes")
