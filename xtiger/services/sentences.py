"""The service for causes in words: what happened, why, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xtiger.i18n.cause_text import About, spoken_cause, spoken_reasons, with_connection
from xtiger.i18n.language import language

if TYPE_CHECKING:
    from xtiger.mapping.lint.finding import Finding
    from xtiger.model.plans import Cause, Face
    from xtiger.model.runs import Outcome
    from xtiger.services.parts import Parts


@dataclass(frozen=True, slots=True)
class _Records:
    """Some records of a module, none of them named."""

    module: str
    crm_id: str | None = None


@dataclass(frozen=True, slots=True)
class SpokenGroup:
    """What is said of records that one reason keeps back: once where it is the same of all."""

    #: What happened and why; "" where it differs from record to record.
    said: str
    #: What to do next; "" where it differs from record to record.
    fix: str
    #: Of each record that is named, what it has of its own of both; "" where the group says it.
    each: tuple[tuple[str, str], ...]


class Sentences:
    """Puts the cause of an outcome, an item or a conflict into the settings' language."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def cause(
        self,
        cause: Cause | None,
        face: Face = "data",
        about: About | None = None,
        connection_id: str = "",
    ) -> tuple[str, str]:
        """(what happened and why, what to do next) in the settings' language.

        `face` says where the cure is read; `about` is the outcome or item that has the cause,
        `connection_id` whose it is where `about` does not know.
        """
        if cause is None:
            return "", ""
        said, fix = spoken_cause(cause, language(self._parts.settings.locale), face, about)
        owner = connection_id or getattr(about, "connection_id", "")
        return said, self.typed(fix, owner) if face == "command" else fix

    def group(self, outcomes: Sequence[Outcome], named: int, face: Face = "data") -> SpokenGroup:
        """What is said of records of one reason; `named`: how many of them are named."""
        said, fix = first = self.cause(outcomes[0].cause, face, outcomes[0])
        each = [first]
        for place, one in enumerate(outcomes[1:], start=1):
            if place >= named and not said and not fix:
                break
            own = self.cause(one.cause, face, one)
            said, fix = said if own[0] == said else "", fix if own[1] == fix else ""
            each.append(own)
        shown = [("" if said else own[0], "" if fix else own[1]) for own in each[:named]]
        return SpokenGroup(said, fix, tuple(shown))

    def reasons(
        self, cause: Cause | None, face: Face = "data", about: About | None = None
    ) -> list[tuple[str, str, str]]:
        """(code, what happened and why, what to do next) of each reason that keeps it back."""
        if cause is None:
            return []
        found = spoken_reasons(cause, language(self._parts.settings.locale), face, about)
        if face != "command":
            return found
        owner = getattr(about, "connection_id", "")
        return [(code, said, self.typed(fix, owner)) for code, said, fix in found]

    def finding(
        self, one: Finding, face: Face = "data", connection_id: str = ""
    ) -> tuple[str, str]:
        """(what is wrong, what to do next) of what the check of a mapping found."""
        words = language(self._parts.settings.locale)
        values = {name: str(value) for name, value in one.values.items()}
        said, fix = words.sentence(one.template, **values), one.cures.on(face)
        if one.cause is not None:
            said, fix = spoken_cause(one.cause, words, face, _Records(one.module))
        if one.cause is None or one.setting:
            # The cure of a record is none of an option.
            fix = words.sentence(one.cures.on(face), **values)
        return said, self.typed(fix, connection_id) if face == "command" else fix

    def typed(self, text: str, connection_id: str) -> str:
        """A text whose commands name the organisation, where several are connected."""
        active = [one for one in self._parts.connections() if one.state == "active"]
        name = next((one.name for one in active if one.id == connection_id), "")
        return with_connection(text, name) if name and len(active) > 1 else text
