"""The answers of the first day as the settings give them: read, or said what is wrong with each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeVar

from xtiger.errors import SettingInvalid
from xtiger.model.start_answers import Arrive, Bring, Going, Mode, StartAnswers

#: The variables, each one answer.
FROM = "XTIGER_START_FROM"
OPEN_BEFORE = "XTIGER_START_OPEN_BEFORE"
INVOICES = "XTIGER_START_INVOICES"
BRING = "XTIGER_START_BRING"
MODE = "XTIGER_START_MODE"
GOES = "XTIGER_START_GOES"
VARIABLES = (FROM, OPEN_BEFORE, INVOICES, BRING, MODE, GOES)
#: How the answer to "What goes?" is written.
GOES_FIX = "Use all-but, ticked, or modules with statuses: Invoices=Sent,Paid; Quotes=Won."

_ARRIVE: Mapping[str, Arrive] = {"draft": "draft", "as-crm": "as_crm"}
_BRING: Mapping[str, Bring] = {"customers": "customers", "all": "all", "none": "none"}
_MODE: Mapping[str, Mode] = {"active": "active", "read-only": "read_only"}
_YES_NO: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "true", "1", "on"), True),
    **dict.fromkeys(("no", "false", "0", "off"), False),
}
_ALL_BUT: Mapping[str, Going] = {"all-but": Going(), "ticked": Going("ticked")}
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class ConfiguredStart:
    """What the settings answer; None for a question that they leave to a person."""

    from_day: date | Literal["all"] | None = None
    open_before: bool | None = None
    arrive: Arrive | None = None
    bring: Bring | None = None
    going: Going | None = None
    mode: Mode | None = None

    @property
    def is_given(self) -> bool:
        """Whether they answer any."""
        return self != ConfiguredStart()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to ask.

        What is open of before stays out, and something is sent, unless they say otherwise.
        """
        return None not in (self.from_day, self.arrive, self.bring, self.going)

    def merged(self, proposed: StartAnswers) -> StartAnswers:
        """The answers with those of the settings in the place of what was proposed."""
        day = proposed.from_day if self.from_day is None else self.from_day
        return replace(
            proposed,
            from_day=None if day == "all" else day,
            open_before=proposed.open_before if self.open_before is None else self.open_before,
            arrive=self.arrive or proposed.arrive,
            bring=self.bring or proposed.bring,
            mode=self.mode or proposed.mode,
        )


def configured_start(values: Mapping[str, str]) -> ConfiguredStart:
    """The answers out of variables; raises SettingInvalid naming one, its value and the allowed."""
    return ConfiguredStart(
        _read(values, FROM, day_of, "Write a day as 2026-04-01, or all."),
        _read(values, OPEN_BEFORE, _YES_NO.get, "Use yes or no."),
        _read(values, INVOICES, _ARRIVE.get, "Use draft or as-crm."),
        _read(values, BRING, _BRING.get, "Use customers, all or none."),
        _read(values, GOES, going_of, GOES_FIX),
        _read(values, MODE, _MODE.get, "Use active or read-only."),
    )


def _read(
    values: Mapping[str, str], name: str, read: Callable[[str], _Read | None], fix: str
) -> _Read | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    found = read(text.lower() if name in (OPEN_BEFORE, INVOICES, BRING, MODE) else text)
    if found is None:
        raise SettingInvalid(name, f"is {text[:80]!r}", fix)
    return found


def day_of(text: str) -> date | Literal["all"] | None:
    """The first day, "all" for all years; None for what is neither."""
    if text.lower() == "all":
        return "all"
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def going_of(text: str) -> Going | None:
    """Which records go, as `all-but`, `ticked` or `Invoices=Sent,Paid; Quotes=Won`; else None."""
    known = _ALL_BUT.get(text.strip().lower())
    if known is not None:
        return known
    statuses = {}
    for part in text.split(";"):
        module, equals, listed = part.partition("=")
        found = tuple(one.strip() for one in listed.split(",") if one.strip())
        if not equals or not module.strip() or not found:
            return None
        statuses[module.strip()] = found
    return Going("status", statuses)


def going_text(going: Going) -> str:
    """The same the other way round."""
    if going.goes != "status":
        return "ticked" if going.goes == "ticked" else "all-but"
    return "; ".join(f"{module}={','.join(some)}" for module, some in going.statuses.items())
