"""What a record looks like: its name, numbers and addresses in the spelling that is compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from xtiger.rules.matching import exact_name, near_names

LookSide = Literal["crm", "xero"]
#: What names a record among all that are compared: its side and its id there.
LookKey = tuple[LookSide, str]

#: Words of a name that do not tell one from the other, and legal forms that may stand first.
_SMALL_TEXT = (
    "the and und et y e of der die das la le les el los il i de di da du von van "
    "firma societe ste sarl sas srl spa pt ooo oao zao sc"
)
_SMALL = frozenset(_SMALL_TEXT.split())
#: Mail services that anybody has an address of: their domain says nothing of a firm.
_FREE_MAIL_TEXT = (
    "gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk live.com msn.com yahoo.com "
    "yahoo.co.uk yahoo.fr yahoo.de icloud.com me.com mac.com aol.com gmx.de gmx.net gmx.at gmx.ch "
    "web.de t-online.de freenet.de mail.com proton.me protonmail.com orange.fr wanadoo.fr free.fr "
    "laposte.net sfr.fr libero.it virgilio.it btinternet.com sky.com bigpond.com xtra.co.nz "
    "comcast.net verizon.net att.net qq.com 163.com yandex.ru mail.ru bluewin.ch zoho.com"
)
_FREE_MAIL = frozenset(_FREE_MAIL_TEXT.split())
_EXTENSION = re.compile(r"(ext|x|dw|app|poste)\.?\s*\d+\s*$", re.IGNORECASE)
_TRUNK = re.compile(r"\(0+\)")
_NO_DIGIT = re.compile(r"\D")
_NO_SIGN = re.compile(r"[^A-Z0-9]")
_COUNTRY = re.compile(r"^([A-Z]{2})(?=[A-Z]?\d)")
#: Fewer signs are no telephone number, and no tax number.
_LEAST_PHONE, _LEAST_TAX = 7, 5
#: Second levels of domains under a country, such as co.uk, have at most so many letters.
_SECOND_LEVEL = 3


@dataclass(frozen=True, slots=True)
class Look:
    """One record of either side, as people wrote it."""

    side: LookSide
    id: str
    name: str = ""
    #: The number or code that people gave it.
    number: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    tax_number: str = ""
    #: Its postcode, else its town.
    place: str = ""

    @property
    def key(self) -> LookKey:
        """What names it among all."""
        return self.side, self.id


@dataclass(frozen=True, slots=True)
class Plainly:
    """The same record, each part in the one spelling that is compared; "" and () for what lacks."""

    look: Look
    #: As Xero compares names.
    exact: str
    #: Without accents, signs and legal form, in each spelling of its umlauts.
    near: frozenset[str]
    #: The words that tell it from others, in their order.
    words: tuple[str, ...]
    #: These written as one word.
    joined: str
    number: str
    emails: frozenset[str]
    domains: frozenset[str]
    phones: frozenset[str]
    tax: str
    #: The country in front of the tax number.
    tax_country: str
    place: str


def plainly(look: Look) -> Plainly:
    """A record in the spelling that is compared."""
    near = near_names(look.name) if look.name.strip() else frozenset[str]()
    words = _words(min(near, key=len, default=""))
    emails = frozenset(filter(None, (plain_email(one) for one in look.emails)))
    country, tax = plain_tax(look.tax_number)
    return Plainly(
        look,
        exact=exact_name(look.name),
        near=near,
        words=words,
        joined="".join(words),
        number="".join(look.number.split()).casefold(),
        emails=emails,
        domains=frozenset(filter(None, (firm_domain(one) for one in emails))),
        phones=frozenset(filter(None, (plain_phone(one) for one in look.phones))),
        tax=tax,
        tax_country=country,
        place="".join(look.place.split()).casefold(),
    )


def all_plainly(looks: Iterable[Look]) -> list[Plainly]:
    """Records in the spelling that is compared, in a fixed order."""
    return sorted((plainly(one) for one in looks), key=lambda one: one.look.key)


def _words(near: str) -> tuple[str, ...]:
    found = near.split()
    telling = tuple(word for word in found if word not in _SMALL)
    return telling or tuple(found)


def plain_email(text: str) -> str:
    """An address in small letters, without what stands after a plus; "" for what is none."""
    local, at, domain = text.strip().casefold().removeprefix("mailto:").rpartition("@")
    local = local.partition("+")[0]
    return f"{local}@{domain}" if at and local and "." in domain else ""


def email_domain(email: str) -> str:
    """The domain that a firm registered: without mail. or www.; "" for no address."""
    labels = email.rpartition("@")[2].split(".") if "@" in email else []
    of_country = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= _SECOND_LEVEL
    return ".".join(labels[-3:] if of_country else labels[-2:])


def firm_domain(email: str) -> str:
    """The same, "" where anybody can have an address of it."""
    domain = email_domain(email)
    return "" if domain in _FREE_MAIL else domain


def plain_phone(text: str) -> str:
    """The digits of a telephone number, without zeros in front and extension; "" for none."""
    whole = _TRUNK.sub("", _EXTENSION.sub("", text.strip()))
    digits = _NO_DIGIT.sub("", whole).lstrip("0")
    return digits if len(digits) >= _LEAST_PHONE else ""


def same_phone(one: str, other: str) -> bool:
    """Whether two plain numbers are one: either may have its country in front."""
    return one.endswith(other) or other.endswith(one)


def plain_tax(text: str) -> tuple[str, str]:
    """(country, the rest) of a tax number, both "" for what is none or stands for none."""
    signs = _NO_SIGN.sub("", text.upper())
    found = _COUNTRY.match(signs)
    country = found.group(1) if found else ""
    rest = signs.removeprefix(country)
    telling = len(rest) >= _LEAST_TAX and any(c.isdigit() for c in rest) and len(set(rest)) > 1
    return (country, rest) if telling else ("", "")
