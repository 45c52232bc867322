"""Answers the questions of the first day from the settings, where these do and nobody else did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xtiger.errors import SettingInvalid
from xtiger.model.configured_start import GOES
from xtiger.services.start import Start
from xtiger.services.syncing.first_sync import FirstSync

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xtiger.model.connections import Connection
    from xtiger.model.records import Choice
    from xtiger.model.start_answers import Going
    from xtiger.services.parts import Parts

#: Who answered, as it is kept.
BY_SETTINGS = "settings"


def answer_from_settings(parts: Parts, connection: Connection) -> None:
    """Keep what the settings answer for a connection whose questions stand open.

    Where they leave a question open, theirs are proposed in the place of the usual ones. Raises
    SettingInvalid for a status that no module of the CRM has.
    """
    given, first = parts.settings.start, FirstSync(parts.store)
    proposed = first.answers(connection.id)
    if not given.is_given or proposed.stage != "asked" or connection.state != "active":
        return
    start = Start(parts.for_tenant(connection.tenant))
    if given.going is not None:
        check_statuses(given.going, start.statuses(connection.id), GOES)
        start.choose(given.going, connection.id)
    if given.is_whole:
        start.answer(given.merged(proposed), BY_SETTINGS, connection.id)
    else:
        first.save(connection.id, given.merged(proposed))


def check_statuses(going: Going, known: Mapping[str, tuple[Choice, ...]], name: str) -> None:
    """Raise SettingInvalid, about what is called `name`, for statuses that there are not."""
    for module, wanted in going.statuses.items():
        if module not in known:
            fix = f"Use one of these modules: {', '.join(known) or 'none has a status'}."
            raise SettingInvalid(name, f"names the module {module!r}", fix)
        values = [choice.value for choice in known[module]]
        strange = [one for one in wanted if one not in values]
        if strange:
            fix = f"{module} has: {', '.join(map(str, values))}."
            raise SettingInvalid(name, f"names the status {strange[0]!r} of {module}", fix)
