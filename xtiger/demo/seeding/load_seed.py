"""Loads the seed of the demo CRM into its database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session, sessionmaker

from xtiger.demo.database import KEEP_SUMS
from xtiger.demo.models import (
    Contact,
    CurrencyRow,
    Exact,
    Invoice,
    InvoiceLine,
    Model,
    Organization,
    Payment,
    Product,
    Service,
    Tax,
)
from xtiger.demo.quotes import add_some

#: The parts of the file with their tables, parents first.
TABLES: tuple[tuple[str, type[Model]], ...] = (
    ("taxes", Tax),
    ("organizations", Organization),
    ("contacts", Contact),
    ("products", Product),
    ("services", Service),
    ("invoices", Invoice),
    ("payments", Payment),
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A record that the first sync must not link in full, with the reason."""

    module: str
    crm_id: str
    number: str
    #: The outcome code that it must get.
    code: str
    #: held, skipped, excluded or conflict; a conflict is linked all the same.
    result: str
    why: str
    #: The Xero object that stands in the way, where there is one.
    xero_id: str | None = None
    #: (module, id) of the record that it waits for.
    cascade_of: tuple[str, str] | None = None


def read_seed() -> Mapping[str, Any]:
    """The content of crm.json."""
    path = resources.files("xtiger.demo").joinpath("seed", "crm.json")
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def flaws() -> Sequence[Flaw]:
    """The seed's own list of what the first sync holds, skips, leaves out or finds in conflict."""
    found = []
    for entry in read_seed()["flaws"]:
        values = dict(entry)
        parent = values.pop("cascade_of", None)
        cascade = (parent["module"], parent["crm_id"]) if parent else None
        found.append(Flaw(**values, cascade_of=cascade))
    return found


def expected() -> Mapping[str, Mapping[str, int]]:
    """How many records of each module the first sync holds, links and creates."""
    counts: Mapping[str, Mapping[str, int]] = read_seed()["expected"]
    return counts


def load(sessions: sessionmaker[Session]) -> bool:
    """Put the seed into an empty CRM in one transaction; False where it has records already."""
    content = read_seed()
    with sessions.begin() as session:
        if session.scalar(select(func.count()).select_from(Organization)):
            return False
        # The stored sums are part of the dirt: one of them is a pound off on purpose.
        session.info[KEEP_SUMS] = True
        session.add_all([CurrencyRow(code=code) for code in content["currencies"]])
        for name, model in TABLES:
            session.add_all([_row(model, values) for values in content[name]])
            session.flush()
        add_some(session)
    return True


def _row(model: type[Model], values: Mapping[str, Any]) -> Model:
    columns = inspect(model).columns
    plain: dict[str, Any] = {}
    for name, value in values.items():
        if name == "lines":
            plain[name] = [_row(InvoiceLine, line) for line in value]
        elif name in columns:
            plain[name] = _plain(columns[name].type, value)
    return model(**plain)


def _plain(column_type: object, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column_type, Exact):
        return Decimal(value)
    if getattr(column_type, "python_type", None) is date:
        return date.fromisoformat(value)
    return value
