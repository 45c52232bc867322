"""The languages that people read: catalogues of sentences, money, dates and relative times.

A sentence is looked up by its English text. The catalogues are the .po files in
`xtiger/i18n/locale`; they are compiled in memory, so that no built file can be out of date.
"""

from __future__ import annotations

import functools
import gettext
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import resources

from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

#: Language → the region whose way of writing numbers and dates is used.
REGIONS: Mapping[str, str] = {"en": "en_GB", "de": "de", "fr": "fr"}
#: Older than this is shown as a date.
_RECENT = timedelta(days=7)
#: One space that never breaks a line, such as between thousands in French.
_NARROW_SPACES = {0x202F: 0xA0}


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its sentences and its way of writing amounts and times."""

    #: en, de or fr.
    name: str
    #: English sentence → sentence; one without translation stays English.
    translate: Callable[[str], str]

    @property
    def region(self) -> str:
        """The locale that Babel formats by, such as en_GB."""
        return REGIONS[self.name]

    def sentence(self, text: str, **values: object) -> str:
        """The sentence with its {fields} filled in; a field that is not given is a "?"."""
        return self.translate(text).format_map(_Given(values))

    def counted(self, one: str, many: str, number: int) -> str:
        """The sentence for 1, or the one for any other number, with {count} filled in."""
        return self.sentence(one if number == 1 else many, count=self.number(number))

    def number(self, number: int | Decimal) -> str:
        """A number with its thousands marked: 1,240."""
        return _one_space(format_decimal(number, locale=self.region))

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency after it: 1,240.00 GBP."""
        return _one_space(
            format_currency(amount, currency, format="#,##0.00 ¤¤", locale=self.region)
        )

    def amount(self, amount: Decimal, currency: str) -> str:
        """An amount with the currency's decimals and no name: 1,240.00."""
        shown = format_currency(amount, currency, format="#,##0.00", locale=self.region)
        return _one_space(shown)

    def day(self, day: date, now: datetime) -> str:
        """A day, with its year only when it is another than now's: 3 Nov."""
        if day.year == now.year:
            return format_skeleton("MMMd", day, locale=self.region)
        return format_date(day, "medium", locale=self.region)

    def moment(self, moment: datetime) -> str:
        """A moment to the minute, in the time zone that it carries: 3 Nov 2026, 14:05."""
        return format_datetime(moment, "medium", locale=self.region).rsplit(":", 1)[0]

    def ago(self, moment: datetime, now: datetime) -> str:
        """How long ago: 12 min ago; after a week the day."""
        passed = now - moment
        if passed > _RECENT:
            return self.day(moment.date(), now)
        if passed < timedelta(minutes=1):
            return self.translate("just now")
        return _one_space(
            format_timedelta(-passed, add_direction=True, format="short", locale=self.region)
        )

    def ahead(self, moment: datetime, now: datetime) -> str:
        """How long until then: in 12 min; what is due goes now."""
        left = moment - now
        if left < timedelta(minutes=1):
            return self.translate("now")
        return _one_space(
            format_timedelta(left, add_direction=True, format="short", locale=self.region)
        )


class _Given(dict[str, object]):
    """Values of a sentence: one that is missing must not take a whole page away."""

    def __missing__(self, _name: str) -> str:
        return "?"


def _one_space(text: str) -> str:
    # The narrow space is missing in many terminal fonts.
    return text.translate(_NARROW_SPACES)


def catalogue_text(name: str) -> str:
    """The .po file of a language, as text."""
    return (resources.files("xtiger.i18n") / "locale" / f"{name}.po").read_text(encoding="utf-8")


def _compiled(name: str) -> Callable[[str], str]:
    if name == "en":
        return str
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.StringIO(catalogue_text(name)), locale=name))
    compiled.seek(0)
    found = gettext.GNUTranslations(compiled).gettext
    # To gettext the empty sentence is the head of the catalogue.
    return lambda text: found(text) if text else ""


# Reading a catalogue takes milliseconds and gives the same each time, so it is done once.
@functools.cache
def language(locale: str) -> Language:
    """The language of a locale such as "de" or "de_AT"; English for one that is not there."""
    name = locale[:2].lower()
    if name not in REGIONS:
        name = "en"
    return Language(name, _compiled(name))


def translator(locale: str) -> Callable[[str], str]:
    """English sentence → the sentence in this locale's language."""
    return language(locale).translate
