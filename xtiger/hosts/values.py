"""How a CRM keeps numbers, days and moments, and how the library sees them; for every framework."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from xtiger.errors import SettingInvalid
from xtiger.model.values import as_decimal

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a number counts: hundredths of the currency, or a rate of which 0.2 is 20 %.
Unit = Literal["cents", "fraction"]
#: Whose time a moment without a zone is.
Naive = Literal["utc", "local"]
#: What the library's number of 1 is in the CRM's unit, as a power of ten.
_SHIFT: Final[Mapping[Unit, int]] = MappingProxyType({"cents": 2, "fraction": -2})
#: A binary float holds so many decimal digits exactly; what is behind them is noise of sums.
_FLOAT_DIGITS: Final = 15


def number_from(value: object, unit: Unit | None) -> Decimal | None:
    """A number of the CRM in the library's unit; of a float the digits that it holds exactly."""
    exact = f"{value:.{_FLOAT_DIGITS}g}" if isinstance(value, float) else value
    number = as_decimal(exact)
    return number if number is None or unit is None else number.scaleb(-_SHIFT[unit])


def number_for(value: Decimal | int, unit: Unit | None) -> Decimal:
    """A number of the library in the CRM's unit."""
    return Decimal(value) if unit is None else Decimal(value).scaleb(_SHIFT[unit])


def decimals_of(scale: int | None, unit: Unit | None) -> int | None:
    """How many decimal places of the library's number the CRM keeps; None for any number."""
    return scale if scale is None or unit is None else max(0, scale + _SHIFT[unit])


@dataclass(frozen=True, slots=True)
class Times:
    """How the CRM counts days and means moments without a zone."""

    #: The zone in which a moment's day is counted.
    zone: tzinfo = UTC
    naive: Naive = "utc"

    @property
    def turns_back(self) -> bool:
        """Whether stamps without a zone may fall back by an hour, as at the end of summer."""
        return self.naive == "local"

    def moment(self, value: datetime, *, latest: bool = False) -> datetime:
        """A moment of the CRM in UTC; with `latest` the second one of an hour that came twice."""
        if value.tzinfo is not None:
            return value.astimezone(UTC)
        if self.naive == "utc":
            return value.replace(tzinfo=UTC)
        return value.replace(tzinfo=self.zone, fold=1 if latest else value.fold).astimezone(UTC)

    def stored(self, moment: datetime, *, aware: bool) -> datetime:
        """A moment as a column takes it: in UTC, or without a zone as the CRM means those."""
        known = self.moment(moment)
        if aware:
            return known
        local = known.astimezone(self.zone) if self.naive == "local" else known
        return local.replace(tzinfo=None, fold=0)

    def day(self, value: date) -> date:
        """The day of a moment where the CRM's people are; a day is its own."""
        if not isinstance(value, datetime):
            return value
        if value.tzinfo is None and self.naive == "local":
            return value.date()
        return self.moment(value).astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """The moment that stands for a day: its beginning where the CRM's people are."""
        return datetime.combine(day, time(), tzinfo=self.zone)


#: Where nobody says otherwise, days are counted in UTC.
UTC_TIMES: Final = Times()


def times_of(zone: str | tzinfo | None, naive: Naive) -> Times:
    """The times of a CRM; raises SettingInvalid for a zone that nobody knows."""
    if naive not in ("utc", "local"):
        raise SettingInvalid("naive", f"is {naive!r}", "Use 'utc' or 'local'.")
    if zone is None and naive == "local":
        raise SettingInvalid(
            "naive", "is 'local' without a zone", "Give zone='Europe/Berlin', too."
        )
    if isinstance(zone, str):
        try:
            zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingInvalid(
                "zone", f"is {zone!r}, which nobody knows", "Use a name such as 'Europe/Berlin'."
            ) from error
    return Times(UTC if zone is None else zone, naive)
