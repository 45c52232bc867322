"""How well the name of a column fits a meaning."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from xtiger.hosts.declaring import FITS
from xtiger.hosts.scaffold.shapes import Column, Table
from xtiger.hosts.scaffold.words import ADDRESS_KINDS, COLUMNS, RATES, TAXES, Names, words_of
from xtiger.model.roles import ROLES

_ADDRESS_PARTS: Final = ("organisation.billing.", "organisation.shipping.")


class Fit(IntEnum):
    """How well a name fits; only SURE leaves no doubt."""

    NO = 0
    #: One of its words does.
    PARTLY = 1
    #: It is what some call it.
    LIKELY = 2
    #: It is what it is called.
    SURE = 3


def fit(name: str, names: Names, left_out: Iterable[str] = ()) -> Fit:
    """How well a name fits; the words of its model say nothing: docket_no is no."""
    words = words_of(name)
    own = set(left_out)
    rest = tuple(word for word in words if word not in own) or words
    forms = {"_".join(words), "_".join(rest)}
    if forms & names.sure:
        return Fit.SURE
    if forms & names.likely:
        return Fit.LIKELY
    single = names.sure | names.likely
    return Fit.PARTLY if any(word in single for word in rest) else Fit.NO


def takes(role: str, column: Column) -> bool:
    """Whether the type of the column fits the role."""
    types = {column.type, *FITS.get(column.type, ())}
    return bool(types & set(ROLES[role].types))


def column_fit(role: str, column: Column, table: Table) -> Fit:
    """How well a column fits a role by its name and type."""
    if not takes(role, column):
        return Fit.NO
    words = set(words_of(column.name))
    # What of the name alone would fit: a rate of tax is none of exchange, and no amount.
    if (role == "invoice.rate" and TAXES & words) or (role == "invoice.tax" and RATES & words):
        return Fit.NO
    own = {*words_of(table.name), role.partition(".")[0]}
    if not role.startswith(_ADDRESS_PARTS):
        return fit(column.name, COLUMNS[role], own)
    if role.startswith("organisation.billing.") and fit(column.name, COLUMNS[role]) == Fit.SURE:
        return Fit.SURE  # "postal" of a postal code says no kind of address
    named = [word for word in words_of(column.name) if word not in own - set(ADDRESS_KINDS)]
    kind = ADDRESS_KINDS.get(named[0]) if len(named) > 1 else None
    if kind is not None:
        named = named[1:]
    if role.split(".")[1] != (kind or "billing"):
        return Fit.NO
    return fit("_".join(named), COLUMNS[role])


def best(table: Table, role: str) -> tuple[Fit, Column | None]:
    """The column of a table that fits a role best, and how well."""
    found: tuple[Fit, Column | None] = (Fit.NO, None)
    for column in table.columns:
        if column.key or column.name in table.reference_columns():
            continue
        how = column_fit(role, column, table)
        if how > found[0]:
            found = (how, column)
    return found


def has(table: Table, role: str) -> bool:
    """Whether the table has a column that is called so."""
    return best(table, role)[0] >= Fit.LIKELY
