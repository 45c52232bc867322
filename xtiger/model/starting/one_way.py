"""The syncs of one module and one way that people know by a name of their own."""

from __future__ import annotations

from dataclasses import dataclass

from xtiger.model.starting.historical import Way


@dataclass(frozen=True, slots=True)
class OneWay:
    """One of these: what is written on its button, and what it moves."""

    label: str
    #: What people type of it.
    word: str
    #: The role of its module; "" for the chart of accounts, which is only read.
    role: str
    way: Way


#: In the order of their buttons. Simply CRM calls them so.
ONE_WAY: tuple[OneWay, ...] = (
    OneWay("Get Organisation", "organisation", "organisation", "to_crm"),
    OneWay("Get Invoice", "invoice", "invoice", "to_crm"),
    OneWay("Get Items", "items", "product", "to_crm"),
    OneWay("Get Accounts", "accounts", "", "to_crm"),
    OneWay("Send Organisation", "organisation", "organisation", "to_xero"),
    OneWay("Send Invoice", "invoice", "invoice", "to_xero"),
    OneWay("Send Products", "products", "product", "to_xero"),
)


def one_way_label(role: str, way: Way) -> str:
    """The name of the sync of a module of this role; "" where it has none of its own."""
    return next((one.label for one in ONE_WAY if (one.role, one.way) == (role, way)), "")


def role_called(word: str, way: Way) -> str | None:
    """The role of what people call so, "" for the accounts; None for an unknown word."""
    wanted = word.casefold()
    return next((one.role for one in ONE_WAY if (one.word, one.way) == (wanted, way)), None)
