"""Which texts of a person mean nobody and nothing else, and which are words of the trade, too."""

from __future__ import annotations

import re
from typing import Final

#: Fewer digits are an amount or a number of a document as well.
_DIGITS: Final = 7
_WORD: Final = re.compile(r"[^\W\d_]+")
#: Words of which labels, states and sentences about money are made.
_WORDS: Final = (
    "a account accounts address amount amounts and approved at authorised balance bank bill "
    "bills branch by cash category city code company contact contacts contract cost country "
    "credit currency customer customers date day days default deleted delivery description "
    "details discount draft due email expense fax fee field first for from fund general goods "
    "gross group hours in inclusive income invoice invoices item items last line lines list "
    "mail manager mobile month name net new no note notes number of office on online open order "
    "orders other our paid partner payment payments person phone plan post postal price prices "
    "private product products project purchase purchases quantity quote rate receipt record "
    "reference region report revenue sale sales sent service services shipping shop state "
    "status stock street subject subtotal supplier support tax terms the time to total totals "
    "tracking type unit unpaid updated url user value vat vendor void voided website work year "
    "your zero zip "
)
_TRADE: Final = frozenset(_WORDS.split())


def is_telling(text: str) -> bool:
    """Whether a text names a person in any sentence: an address, a number, a name of two words.

    A name of one word, or of words such as "Invoice Number", stands in records of others.
    """
    words = _WORD.findall(text.casefold())
    if "@" in text:
        return True
    if not words:
        return sum(sign.isdigit() for sign in text) >= _DIGITS
    return len(text.split()) > 1 and len(words) > 1 and not _TRADE.issuperset(words)
