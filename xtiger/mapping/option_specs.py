"""The options of a mapping as people see them: one row per option, with the modules it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from xtiger.mapping.documents.receipts import RECEIPT_ACCOUNTS
from xtiger.model.values import Plain
from xtiger.rules.invoice_status import XERO_WORDS

#: What a CRM status may mean in Xero; CREDIT is not sent, VOIDED only with deletes allowed.
STATUS_VALUES = ("DRAFT", "SUBMITTED", "AUTHORISED", "VOIDED", "CREDIT")
#: What Xero may use a contact as.
USES = ("customer", "vendor", "both")
#: Option with one entry per word: how people write it → its name in the mapping.
TABLE_OPTIONS = {
    "tax": "tax_map",
    "purchase_tax": "purchase_tax_map",
    "status": "status_map",
    "tracking": "tracking_map",
    "from_xero": "status_from_xero",
    "type": "type_words",
    "receipts": RECEIPT_ACCOUNTS,
}

#: What is chosen: an account of sales, one that takes payments, a bank account, yes or no, words
#: with commas, a module, a tax rate, a status of Xero, a word of the CRM, a number of days, an
#: amount of money or percent, or where exchange rates come from.
Choice = Literal[
    "account",
    "paid_to",
    "bank",
    "flag",
    "list",
    "module",
    "tax",
    "status",
    "word",
    "days",
    "amount",
    "rates",
]


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One option; of a table such as tax:NAME the part before the colon, one entry per word."""

    name: str
    #: Roles of the CRM modules that have it.
    roles: tuple[str, ...]
    choice: Choice
    #: What it means, in a few words.
    meaning: str
    #: The words of a table that are always asked for.
    words: tuple[str, ...] = ()
    #: What stands behind the colon of a table without words of its own.
    entry: str = ""

    @property
    def typed(self) -> str:
        """How it is typed: sales_account, tax:NAME, type:customer|vendor|both."""
        behind = self.entry or "|".join(self.words)
        return f"{self.name}:{behind}" if behind else self.name

    @property
    def explained(self) -> str:
        """What it means, with what stands behind the colon."""
        return f"{self.meaning} {self.entry or ', '.join(self.words)}".strip()

    @property
    def value(self) -> str:
        """What is typed for it."""
        return VALUES[self.choice]


#: What is typed for each sort of choice.
VALUES: Mapping[Choice, str] = MappingProxyType(
    {
        "account": "a code of Xero's chart",
        "paid_to": "the code or name of an account that takes payments",
        "bank": "the code or name of a bank account",
        "flag": "yes or no",
        "list": "words with commas",
        "module": "a module of products or services",
        "tax": "a tax type of Xero, such as OUTPUT2",
        "status": ", ".join(STATUS_VALUES),
        "word": "a text",
        "days": "a number of days, or terms for the customer's payment terms in Xero",
        "amount": "an amount",
        "rates": "xero, crm or ask",
    }
)


#: Every option of a mapping, in the order in which people read them.
OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("sales_account", ("invoice",), "account", "account of lines that name none"),
    OptionSpec("charges_account", ("invoice",), "account", "account of shipping and charges"),
    OptionSpec("purchase_account", ("invoice",), "account", "account of lines of bills"),
    OptionSpec(
        "bills_from_xero",
        ("invoice",),
        "flag",
        "bills that only Xero has come into the CRM, and their suppliers with them",
    ),
    OptionSpec(
        "receipts",
        ("invoice",),
        "bank",
        "bank account of receipts, which are sent so, in",
        entry="CURRENCY",
    ),
    OptionSpec(
        "rounding_limit",
        ("invoice",),
        "amount",
        "largest difference of rounding that a line in Xero settles; empty is 0.05, 0 writes none",
    ),
    OptionSpec(
        "discount_on_lines",
        ("invoice",),
        "flag",
        "a discount on the whole invoice goes to Xero on its lines, before tax",
    ),
    OptionSpec(
        "rate_source",
        ("invoice",),
        "rates",
        "rate of another currency: xero takes that of the day, crm the CRM's own, ask only what "
        "stands on the invoice",
    ),
    OptionSpec(
        "rate_tolerance",
        ("invoice",),
        "amount",
        "per cent by which two rates may differ; empty is 0.1",
    ),
    OptionSpec(
        "due_days",
        ("invoice",),
        "days",
        "due so many days after its date where the CRM says no day, or by the customer's terms",
    ),
    OptionSpec(
        "notices",
        ("invoice",),
        "list",
        "what is noticed: paid, part_paid, overdue, voided, opened; empty is all, none is nothing",
    ),
    OptionSpec(
        "credit_notes",
        ("invoice",),
        "flag",
        "an invoice below zero, or in a status of credits, becomes a credit note in Xero",
    ),
    OptionSpec(
        "attach_document",
        ("invoice",),
        "flag",
        "the CRM's own document, such as a PDF, is attached to a new invoice in Xero",
    ),
    OptionSpec("payment_account", ("payment",), "paid_to", "account that money goes to"),
    OptionSpec("received_statuses", ("payment",), "list", "statuses of payments that arrived"),
    OptionSpec("payable_statuses", ("payment",), "list", "statuses of invoices that may be paid"),
    OptionSpec("new_items", ("product", "service"), "module", "module that takes in new items"),
    OptionSpec(
        "code_template",
        ("product", "service"),
        "word",
        "code of records without one, such as P-{id} or {name}-{id}; empty holds them",
    ),
    OptionSpec("types_from_xero", ("organisation",), "flag", "the type follows its use in Xero"),
    OptionSpec("type_overwrites", ("organisation",), "flag", "even where it is another type"),
    OptionSpec("type", ("organisation",), "word", "the CRM's word for", USES),
    OptionSpec(
        "people_without_company",
        ("contact",),
        "flag",
        "a new contact of Xero that is named like its person becomes a contact",
    ),
    OptionSpec(
        "tax", ("product", "service", "invoice"), "tax", "Xero's tax rate for", entry="NAME"
    ),
    OptionSpec("purchase_tax", ("invoice",), "tax", "on bills, Xero's tax rate for", entry="NAME"),
    OptionSpec("status", ("invoice",), "status", "Xero's status for", entry="NAME"),
    OptionSpec(
        "tracking",
        ("invoice",),
        "word",
        "tracking option of lines that name none, by",
        entry="CATEGORY",
    ),
    OptionSpec("branding_theme", ("invoice",), "word", "branding theme of new invoices"),
    OptionSpec("from_xero", ("invoice",), "word", "the CRM's status for", XERO_WORDS),
)


#: Kind of Xero → the roles of the modules that meet it.
_ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Contact": ("organisation",),
        "Person": ("contact",),
        "Item": ("product", "service"),
        "Invoice": ("invoice",),
        "Payment": ("payment",),
    }
)


def options_of_kind(kind: str) -> list[OptionSpec]:
    """The options of the modules that meet a kind; all of them for one that nobody knows."""
    roles = _ROLES.get(kind)
    return [spec for spec in OPTIONS if roles is None or set(roles) & set(spec.roles)]


def option_named(kind: str, name: str) -> tuple[OptionSpec, str] | None:
    """The option of a kind that is typed so, and the word of its entry: "tax:VAT" is VAT of tax."""
    head, _, word = name.partition(":")
    return next(((one, word) for one in options_of_kind(kind) if one.name == head), None)


def word_of_entry(name: str) -> tuple[str, str]:
    """(option, word) of an entry of a table: "tax:VAT" is VAT of tax; ("", "") for another name."""
    head, colon, word = name.partition(":")
    return (head, word) if colon and head in TABLE_OPTIONS else ("", "")


def options_of(role: str) -> list[OptionSpec]:
    """The options that a module of this role has."""
    return [spec for spec in OPTIONS if role in spec.roles]


def entries(
    spec: OptionSpec, options: Mapping[str, Plain], more_words: Sequence[str] = ()
) -> list[tuple[str, str, Plain]]:
    """(name as it is set, word of a table or "", value) of one option; a table has several.

    `more_words` are asked for beside those that are set, such as the statuses of the CRM.
    """
    stored = TABLE_OPTIONS.get(spec.name)
    if stored is None:
        return [(spec.name, "", options.get(spec.name))]
    table = options.get(stored)
    kept = table if isinstance(table, dict) else {}
    words = dict.fromkeys([*spec.words, *more_words, *kept])
    return [(f"{spec.name}:{word}", word, kept.get(word)) for word in words]
