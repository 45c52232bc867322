"""Guesses which model is which module, by names, columns and how models point to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xtiger.hosts.scaffold.matching import has
from xtiger.hosts.scaffold.shapes import Relation, Table
from xtiger.hosts.scaffold.words import MODELS, NOT_THESE, words_of

#: What a name is worth: it says so, some say so, it says another thing.
_SAYS, _MAY_SAY, _DENIES = 6, 2, -6
#: Less than this is no guess.
_ENOUGH: Final = 3
#: How much worse the next one must be for no doubt to be left.
_CLEAR: Final = 3
_SECRETS: Final = frozenset({"password", "passwd", "pass", "hash", "login"})
_FOR_LINES: Final = ("line.quantity", "line.unit_price")


@dataclass(frozen=True, slots=True)
class ModelGuess:
    """Which model a module is."""

    role: str
    table: Table
    #: Whether no doubt is left.
    sure: bool
    #: Why, in words.
    why: str
    #: Another model that looks like it, where there is one.
    rival: str = ""
    #: The lines of an invoice: their model, and the list that leads to them.
    lines: Table | None = None
    to_lines: Relation | None = None


@dataclass(frozen=True, slots=True)
class _Score:
    """What speaks for one model."""

    points: int
    table: Table
    reasons: tuple[str, ...] = ()
    lines: Table | None = None


def guess_modules(tables: Sequence[Table]) -> Mapping[str, ModelGuess]:
    """Role of a module → the model that it is; roles without any are left out."""
    invoice = _best("invoice", [_invoice(h, line, tables) for h, line in _documents(tables)])
    found = {} if invoice is None else {"invoice": invoice}
    for role, scores in (
        ("organisation", [_organisation(table, invoice, tables) for table in tables]),
        ("product", [_item(table, "product", invoice) for table in tables]),
        ("payment", [_payment(table, invoice) for table in tables]),
    ):
        _take(found, _best(role, _free(scores, found)))
    _take(found, _best("service", _free([_item(t, "service", invoice) for t in tables], found)))
    payer = found.get("organisation")
    _take(found, _best("contact", _free([_contact(t, payer) for t in tables], found)))
    return {role: found[role] for role in MODELS if role in found}


def _take(found: dict[str, ModelGuess], guess: ModelGuess | None) -> None:
    if guess is not None:
        found[guess.role] = guess


def _free(scores: Sequence[_Score], found: Mapping[str, ModelGuess]) -> list[_Score]:
    """Those of models that are nothing else yet."""
    taken = {guess.table.name for guess in found.values()}
    taken |= {guess.lines.name for guess in found.values() if guess.lines}
    return [score for score in scores if score.table.name not in taken]


def _best(role: str, scores: Sequence[_Score]) -> ModelGuess | None:
    ranked = sorted(scores, key=lambda score: -score.points)
    if not ranked or ranked[0].points < _ENOUGH:
        return None
    first = ranked[0]
    others = [s for s in ranked[1:] if s.table.name != first.table.name and s.points >= _ENOUGH]
    clear = not others or first.points - others[0].points >= _CLEAR
    named = _named(role, first.table) == _SAYS
    return ModelGuess(
        role,
        first.table,
        clear and named,
        ", ".join(first.reasons) or "its columns",
        others[0].table.name if others else "",
        first.lines,
        first.table.to_many(first.lines.name) if first.lines else None,
    )


def _named(role: str, table: Table) -> int:
    """What the name of a model says of it."""
    words = words_of(table.name)
    if NOT_THESE.get(role, frozenset()) & set(words):
        return _DENIES
    # Apps put their own name before: CrmInvoice, tblCustomer.
    tails = ["_".join(words[start:]) for start in range(len(words))]
    if any(tail in MODELS[role].sure for tail in tails):
        return _SAYS
    return _MAY_SAY if any(tail in MODELS[role].likely for tail in tails) else 0


def _reasons(role: str, table: Table, *more: tuple[bool, str]) -> tuple[str, ...]:
    named = ["its name"] if _named(role, table) > 0 else []
    return tuple(named + [reason for holds, reason in more if holds])


def _documents(tables: Sequence[Table]) -> Iterator[tuple[Table, Table]]:
    """(head, lines) of everything that has lines with a quantity and a price."""
    by_name = {table.name: table for table in tables}
    for lines in tables:
        if all(has(lines, role) for role in _FOR_LINES):
            for relation in lines.relations:
                head = by_name.get(relation.target)
                # A product is pointed to by lines as well, but has no day.
                if not relation.many and head is not None and _has_day(head):
                    yield head, lines


def _has_day(table: Table) -> bool:
    return any(column.type in ("date", "datetime") for column in table.columns)


def _invoice(head: Table, lines: Table, tables: Sequence[Table]) -> _Score:
    paid = any(_looks_paid(table, head) for table in tables if table.name != lines.name)
    listed = head.to_many(lines.name) is not None
    roles = ("number", "date", "due_date", "status", "currency", "total", "received", "balance")
    points = _named("invoice", head) + sum(has(head, f"invoice.{role}") for role in roles)
    # Its lines belong to it: InvoiceLine to Invoice. A price list has lines of products, too.
    own = set(words_of(head.name)) <= set(words_of(lines.name))
    points += 3 * paid + listed + 2 * own + has(head, "invoice.due_date")
    reasons = _reasons(
        "invoice",
        head,
        (True, f"{lines.name} has its quantities and prices"),
        (paid, "it is paid"),
    )
    return _Score(points, head, reasons, lines)


def _looks_paid(table: Table, head: Table) -> bool:
    named = _named("payment", table)
    amounts = any(has(table, f"payment.{role}") for role in ("amount",)) and _has_day(table)
    return bool(table.to_one(head.name)) and named >= 0 and (named > 0 or amounts)


def _organisation(table: Table, invoice: ModelGuess | None, tables: Sequence[Table]) -> _Score:
    pays = invoice is not None and bool(invoice.table.to_one(table.name))
    roles = ("name", "email", "phone", "tax_number", "billing.street", "billing.city")
    points = _named("organisation", table) + sum(has(table, f"organisation.{r}") for r in roles)
    reasons = _reasons("organisation", table, (pays, "invoices point to it"))
    # Who has names of its own for first and last is a person.
    person = has(table, "contact.first_name")
    points -= 3 * person + 6 * _is_user(table) + 9 * _owns_all(table, invoice, tables)
    return _Score(points + 3 * pays, table, reasons)


def _owns_all(table: Table, invoice: ModelGuess | None, tables: Sequence[Table]) -> bool:
    """Whether it is whose books these are: what is sold belongs to it, too, and to no customer."""
    if invoice is None or invoice.lines is None:
        return False
    sold = {way.target for way in invoice.lines.relations if not way.many} - {invoice.table.name}
    return any(other.to_one(table.name) for other in tables if other.name in sold)


def _is_user(table: Table) -> bool:
    return any(_SECRETS & set(words_of(column.name)) for column in table.columns)


def _item(table: Table, role: str, invoice: ModelGuess | None) -> _Score:
    lines = invoice.lines if invoice else None
    sold = lines is not None and bool(lines.to_one(table.name))
    priced = has(table, f"{role}.sales_price")
    named = _named(role, table)
    if not priced and named != _SAYS:
        return _Score(0, table)
    texts = has(table, f"{role}.code") + has(table, f"{role}.name")
    other = "service" if role == "product" else "product"
    # What is called a service is no product, and the other way round.
    points = named - max(0, _named(other, table)) + 3 * sold + 2 * priced + texts
    reasons = _reasons(role, table, (sold, "lines of invoices point to it"))
    return _Score(points if sold or named > 0 else 0, table, reasons)


def _payment(table: Table, invoice: ModelGuess | None) -> _Score:
    if invoice is None or not table.to_one(invoice.table.name) or table == invoice.lines:
        return _Score(0, table)
    money = any(column.type in ("decimal", "money") for column in table.columns)
    if not money or not _has_day(table):
        return _Score(0, table)
    points = 3 + _named("payment", table)
    points += has(table, "payment.amount") + has(table, "payment.date")
    return _Score(points, table, _reasons("payment", table, (True, "it points to invoices")))


def _contact(table: Table, payer: ModelGuess | None) -> _Score:
    belongs = payer is not None and bool(table.to_one(payer.table.name))
    names = has(table, "contact.first_name") and has(table, "contact.last_name")
    reached = has(table, "contact.email") + has(table, "contact.phone")
    points = _named("contact", table) + 2 * belongs + 3 * names + reached - 9 * _is_user(table)
    reasons = _reasons("contact", table, (belongs, "it belongs to an organisation"))
    return _Score(points if belongs or _named("contact", table) > 0 else 0, table, reasons)
