"""Guesses what the columns of a module mean, and says of which it is unsure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from xtiger.hosts.scaffold.matching import Fit, column_fit, fit, takes
from xtiger.hosts.scaffold.modules import ModelGuess
from xtiger.hosts.scaffold.shapes import Column, Relation, Table
from xtiger.hosts.scaffold.words import COLUMNS, DELETED, MODIFIED, ORDER, VERSION, Names, words_of
from xtiger.model.roles import needed_roles

#: Words of a name by which one invoice gives another one back.
_GIVES_BACK: Final = frozenset({"credit", "credits", "credited", "refund", "refunds", "refunded"})
#: Role of a reference → the role of the module that it leads to.
REFERENCES: Final[Mapping[str, str]] = {
    "contact.organisation": "organisation",
    "invoice.organisation": "organisation",
    "invoice.contact": "contact",
    "invoice.credits": "invoice",
    "line.product": "product",
    "line.service": "service",
    "payment.invoice": "invoice",
}


@dataclass(frozen=True, slots=True)
class FieldGuess:
    """What one attribute means."""

    attr: str
    role: str | None = None
    #: Whether no doubt is left about the role, or about there being none.
    sure: bool = False
    #: What the doubt is, in words; "" for none.
    doubt: str = ""
    #: The role of the module that a reference leads to.
    to: str = ""
    required: bool = False
    choices: bool = False


@dataclass(frozen=True, slots=True)
class FieldsGuess:
    """What the attributes of one model mean."""

    fields: tuple[FieldGuess, ...]
    #: Roles that the module cannot do without, for which nothing was found.
    missing: tuple[str, ...] = ()
    #: (argument of Module, attribute, sure) such as ("modified", "updated_at", True).
    stamps: tuple[tuple[str, str, bool], ...] = ()


@dataclass(slots=True)
class _Match:
    """How well each role of a module fits each column."""

    fits: dict[tuple[str, str], Fit] = field(default_factory=dict)

    def roles(self, column: str, how: Fit) -> list[str]:
        return [role for (role, name), found in self.fits.items() if (name, found) == (column, how)]

    def columns(self, role: str, how: Fit) -> list[str]:
        return [name for (known, name), found in self.fits.items() if (known, found) == (role, how)]


def guess_fields(
    role: str, table: Table, modules: Mapping[str, ModelGuess], *, lines: bool = False
) -> FieldsGuess:
    """What the attributes of a model mean, as a module of this role, or as an invoice's lines."""
    prefix = "line" if lines else role
    references = list(_references(prefix, table, modules))
    stamps = tuple(_stamps(table, lines=lines))
    taken = {attr for _, attr, _ in stamps} | table.reference_columns()
    columns = [c for c in table.columns if not c.key and c.name not in taken]
    wanted = [r for r in COLUMNS if r.startswith((f"{prefix}.", "xtiger."))]
    wanted = [r for r in wanted if not (lines and r.startswith("xtiger."))]
    chosen = _chosen(columns, table, wanted)
    _fill_needed(prefix, columns, chosen)
    names = {ref.attr for ref in references}
    own = [_of_column(column, chosen) for column in columns if column.name not in names]
    known = {guess.role for guess in (*references, *own)}
    needed = [r for r in needed_roles(role) if r.startswith(f"{prefix}.") and r not in known]
    return FieldsGuess((*references, *own), tuple(needed), stamps)


def _of_column(
    column: Column, chosen: Mapping[str, tuple[str, Fit, tuple[str, ...]]]
) -> FieldGuess:
    found = chosen.get(column.name)
    if found is None:
        return FieldGuess(column.name, doubt="no role fits its name")
    role, how, rivals = found
    doubt = ""
    if rivals:
        doubt = f"or is it {' or '.join(rivals)}?"
    elif how < Fit.SURE:
        doubt = "guessed by its name" if how else "guessed by its type alone"
    required = role in needed_roles(role.partition(".")[0]) and column.type != "decimal"
    choices = role.endswith(".status") and column.type != "choice"
    return FieldGuess(
        column.name,
        role,
        sure=not doubt,
        doubt=doubt,
        required=required and role.endswith((".name", ".code")),
        choices=choices,
    )


def _chosen(
    columns: Sequence[Column], table: Table, roles: Sequence[str]
) -> dict[str, tuple[str, Fit, tuple[str, ...]]]:
    """Column → its role, how well it fits, and what else fits as well; the best fits first."""
    match = _Match({(r, c.name): column_fit(r, c, table) for r in roles for c in columns})
    chosen: dict[str, tuple[str, Fit, tuple[str, ...]]] = {}
    given: set[str] = set()
    for how in (Fit.SURE, Fit.LIKELY, Fit.PARTLY):
        for column in columns:
            free = [r for r in match.roles(column.name, how) if r not in given]
            if column.name in chosen or not free:
                continue
            role = free[0]
            others = [c for c in match.columns(role, how) if c != column.name and c not in chosen]
            chosen[column.name] = (role, how, (*free[1:], *others))
            given.add(role)
    return chosen


def _fill_needed(
    prefix: str, columns: Sequence[Column], chosen: dict[str, tuple[str, Fit, tuple[str, ...]]]
) -> None:
    """Where a needed role has no column and one single column is left that can have it."""
    given = {role for role, _, _ in chosen.values()}
    for role in needed_roles("invoice" if prefix == "line" else prefix):
        left = [c for c in columns if c.name not in chosen and takes(role, c)]
        if role.startswith(f"{prefix}.") and role not in given and len(left) == 1:
            chosen[left[0].name] = (role, Fit.NO, ())


def _references(
    prefix: str, table: Table, modules: Mapping[str, ModelGuess]
) -> Iterator[FieldGuess]:
    for role, to in REFERENCES.items():
        target = modules.get(to)
        if not role.startswith(f"{prefix}.") or target is None:
            continue
        ways = table.to_one(target.table.name)
        if target.table.name == table.name:
            # An invoice points to another one for many reasons.
            ways = tuple(way for way in ways if _GIVES_BACK & set(words_of(way.name)))
        if not ways:
            continue
        first = max(ways, key=lambda way: len(_common(way, target.table)))
        others = [way.name for way in ways if way.name != first.name]
        doubt = f"or is it {' or '.join(others)}?" if others else ""
        yield FieldGuess(first.name, role, not doubt, doubt, to)


def _common(way: Relation, target: Table) -> set[str]:
    return set(words_of(way.name)) & set(words_of(target.name))


def _stamps(table: Table, *, lines: bool) -> Iterator[tuple[str, str, bool]]:
    """The columns that are arguments of the module: when it changed, its version, its mark."""
    if lines:
        yield from _stamp("order", table, ORDER, ("int",))
        return
    yield from _stamp("modified", table, MODIFIED, ("datetime",))
    yield from _stamp("version", table, VERSION, ("int",))
    yield from _stamp("deleted", table, DELETED, ("datetime", "date", "bool"))


def _stamp(
    argument: str, table: Table, names: Names, types: tuple[str, ...]
) -> Iterator[tuple[str, str, bool]]:
    found = [(fit(c.name, names), c.name) for c in table.columns if c.type in types]
    how, name = max(found, default=(Fit.NO, ""))
    if how >= Fit.LIKELY:
        yield argument, name, how == Fit.SURE
