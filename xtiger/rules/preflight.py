"""What Xero refuses by the values alone; pure, so that it is known before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from decimal import Decimal
from urllib.parse import urlsplit

from xtiger.model.chart_of_accounts import Account
from xtiger.model.plans import Cause
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.causes import cause_of
from xtiger.rules.money import cents
from xtiger.rules.taxes import TaxTable

#: Statuses in which Xero judges a document as a whole.
APPROVING = frozenset({"SUBMITTED", "AUTHORISED"})
_NUMBER = re.compile(r"[\x20-\x7e]*")
#: Control signs but line break and tab, and signs of four bytes: Xero drops them from texts.
_DROPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\U00010000-\U0010ffff]")
#: What stands in names of countries beside letters.
_IN_COUNTRIES = frozenset(" .,'()-&")
_MOST_QUANTITY = Decimal(10) ** 13
_MOST_AMOUNT = Decimal("9999999999.99")
_HUNDRED = Decimal(100)
#: How a sign that cannot be seen is shown to people.
_UNSEEN = 0xA0


def url_refused(url: str) -> bool:
    """Whether Xero takes an address not as the way back to a document."""
    parts = urlsplit(url)
    return parts.scheme not in ("http", "https") or not parts.netloc or "xero" in url.lower()


def dropped_signs(text: str) -> str:
    """The signs that Xero would drop from a text, as people can read them; "" for none."""
    found = dict.fromkeys(_DROPPED.findall(text))
    return " ".join(one if ord(one) > _UNSEEN else f"U+{ord(one):04X}" for one in found)


def text_cause(field: str, text: str) -> Cause | None:
    """The cause when a text would not be stored as it is."""
    signs = dropped_signs(text)
    return cause_of("signs_not_kept", field=field, signs=signs) if signs else None


def country_cause(field: str, text: str) -> Cause | None:
    """The cause when Xero takes a text not as a country: it is words, without digits."""
    if all(sign.isalpha() or sign in _IN_COUNTRIES for sign in text):
        return None
    return cause_of("country_signs", field=field, value=text[:80])


def number_cause(number: str) -> Cause | None:
    """The cause when Xero takes no document of this number."""
    if _NUMBER.fullmatch(number):
        return None
    odd = "".join(dict.fromkeys(sign for sign in number if not _NUMBER.fullmatch(sign)))
    shown = " ".join(one if ord(one) > _UNSEEN else f"U+{ord(one):04X}" for one in odd)
    return cause_of("number_signs", number=" ".join(number.split()), signs=shown)


def document_barred(
    lines: Sequence[Mapping[str, Plain]], total: Decimal | None, status: str, *, buys: bool
) -> list[Cause]:
    """What bars a document in this status; `buys`: it is a supplier's."""
    return document_causes(lines, total, approving=status in APPROVING, buys=buys)


def document_causes(
    lines: Sequence[Mapping[str, Plain]],
    total: Decimal | None,
    *,
    approving: bool,
    buys: bool = False,
) -> list[Cause]:
    """What bars a document with these lines of Xero; its total as Xero will compute it.

    `buys`: it is a supplier's, whose credits are not sent.
    """
    found = [cause for n, line in enumerate(lines, 1) for cause in _line_causes(n, line, approving)]
    if approving and total is not None and total < 0:
        negative = cause_of("total_negative", total=str(total))
        found.append(cause_of("supplier_credit") if buys else negative)
    return found


def _line_causes(number: int, line: Mapping[str, Plain], approving: bool) -> Iterator[Cause]:
    price = as_decimal(line.get("UnitAmount"))
    if price is None:
        return  # a comment
    given = as_decimal(line.get("Quantity"))
    quantity = Decimal(1) if given is None else given
    if quantity < 0 or (quantity == 0 and price != 0):
        yield cause_of("quantity_refused", line=number, quantity=str(quantity))
        return
    gross = quantity * price
    net = yield from _discounted(number, line, gross)
    if quantity >= _MOST_QUANTITY or abs(net) > _MOST_AMOUNT:
        yield cause_of("line_too_large", line=number)
    elif approving and net != 0 and cents(net) == 0:
        yield cause_of("line_below_half_cent", line=number, amount=str(net.normalize()))


def _discounted(
    number: int, line: Mapping[str, Plain], gross: Decimal
) -> Generator[Cause, None, Decimal]:
    """The amount of a line less its discount; yields what is wrong with that."""
    rate, amount = as_decimal(line.get("DiscountRate")), as_decimal(line.get("DiscountAmount"))
    if rate is not None and not 0 <= rate <= _HUNDRED:
        yield cause_of("discount_refused", line=number, discount=f"{rate} %")
    if amount and amount >= gross:
        yield cause_of("discount_refused", line=number, discount=str(amount))
    if rate:
        return gross * (_HUNDRED - rate) / _HUNDRED
    return gross - (amount or Decimal(0))


def stale_causes(
    lines: Sequence[Mapping[str, Plain]], accounts: Mapping[str, Account], taxes: TaxTable
) -> list[Cause]:
    """Accounts and tax rates of lines in Xero that were archived since these were written."""
    found = []
    for number, line in enumerate(lines, 1):
        where = f"line {number} of the invoice in Xero"
        account = accounts.get(str(line.get("AccountCode") or ""))
        if account is not None and account.status != "ACTIVE":
            found.append(cause_of("account_archived", account=account.code, where=where))
        rate = taxes.rate(str(line.get("TaxType") or ""))
        if rate is not None and rate.status != "ACTIVE":
            found.append(cause_of("tax_archived", tax=rate.name, line=number))
    return found
