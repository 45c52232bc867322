"""The options of a mapping as people see them: one row per option, with the modules it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from xtiger.mapping.check import TABLE_OPTIONS, USES
from xtiger.model.values import Plain
from xtiger.rules.invoice_status import XERO_WORDS

#: What is chosen: an account of sales, one that takes payments, yes or no, words with commas, a
#: module, a tax rate, a status of Xero, or a word of the CRM.
Choice = Literal["account", "paid_to", "flag", "list", "module", "tax", "status", "word"]


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


#: Every option of a mapping, in the order in which people read them.
OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("sales_account", ("invoice",), "account", "account of lines that name none"),
    OptionSpec("charges_account", ("invoice",), "account", "account of shipping and charges"),
    OptionSpec("payment_account", ("payment",), "paid_to", "account that money goes to"),
    OptionSpec("received_statuses", ("payment",), "list", "statuses of payments that arrived"),
    OptionSpec("payable_statuses", ("payment",), "list", "statuses of invoices that may be paid"),
    OptionSpec("new_items", ("product", "service"), "module", "module that takes in new items"),
    OptionSpec("types_from_xero", ("organisation",), "flag", "the type follows its use in Xero"),
    OptionSpec("type_overwrites", ("organisation",), "flag", "even where it is another type"),
    OptionSpec("type", ("organisation",), "word", "the CRM's word for", USES),
    OptionSpec(
        "people_without_company",
        ("contact",),
        "flag",
        "a new contact of Xero that is named like its person becomes a contact",
    ),
    OptionSpec("tax", ("product", "service", "invoice"), "tax", "Xero's tax rate for"),
    OptionSpec("status", ("invoice",), "status", "Xero's status for"),
    OptionSpec("from_xero", ("invoice",), "word", "the CRM's status for", XERO_WORDS),
)


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
