"""What an account is and what it takes, in words; what no word is known for keeps Xero's own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from xero_accounts.choices import payment_accounts, purchase_accounts, sales_accounts
from xtiger.i18n.language import Language
from xtiger.model.chart_of_accounts import Account

#: Xero's type → what people call it. Source: developer.xero.com, Accounting API, Types and codes.
TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "BANK": "Bank account",
        "CURRENT": "Current asset",
        "CURRLIAB": "Current liability",
        "DEPRECIATN": "Depreciation",
        "DIRECTCOSTS": "Direct costs",
        "EQUITY": "Equity",
        "EXPENSE": "Expense",
        "FIXED": "Fixed asset",
        "INVENTORY": "Stock",
        "LIABILITY": "Liability",
        "NONCURRENT": "Non-current asset",
        "OTHERINCOME": "Other income",
        "OVERHEADS": "Overheads",
        "PREPAYMENT": "Prepayment",
        "REVENUE": "Revenue",
        "SALES": "Sales",
        "TERMLIAB": "Non-current liability",
    }
)
#: Xero's class → what people call it.
CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ASSET": "Assets",
        "EQUITY": "Equity",
        "EXPENSE": "Expenses",
        "LIABILITY": "Liabilities",
        "REVENUE": "Income",
    }
)
STATUSES: Final[Mapping[str, str]] = MappingProxyType({"ACTIVE": "active", "ARCHIVED": "archived"})
#: What an account may be chosen for; the last word of each says it for the list.
_TAKES: Final = (
    ("sales", sales_accounts),
    ("purchases", purchase_accounts),
    ("payments", payment_accounts),
)


def takes(account: Account) -> tuple[str, ...]:
    """What it may be chosen for: sales, purchases, payments; nothing for one that is archived."""
    return tuple(name for name, fitting in _TAKES if fitting([account]))


def type_words(name: str, words: Language) -> str:
    """A type in words."""
    return words.translate(TYPES[name]) if name in TYPES else name


def class_words(name: str, words: Language) -> str:
    """A class in words."""
    return words.translate(CLASSES[name]) if name in CLASSES else name


def status_words(name: str, words: Language) -> str:
    """Whether it is active or archived."""
    return words.translate(STATUSES[name]) if name in STATUSES else name
