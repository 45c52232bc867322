"""What is measured: each takes a number of records and answers the processor seconds taken."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from time import process_time

from benchmarks.saves import memory_hooked, memory_plain, sqlalchemy_hooked, sqlalchemy_plain
from xtiger.model.links import Pair
from xtiger.model.values import canon, digest
from xtiger.rules.merge import FieldRule, FieldState, decide_field

Measure = Callable[[int], float]

#: The same numbers in each measurement.
_SEED = 20261120
#: Fields of an organisation in the default mapping.
_FIELDS = 20


def decide(records: int) -> float:
    """Decide every field of linked records, one field in ten changed on some side."""
    source = random.Random(_SEED)  # test data, no secret
    states = []
    for _ in range(records):
        crm, xero = source.choice(("old", "new")), source.choice(("old", "new"))
        changed = FieldState(Pair("old", "old"), crm, xero, crm, xero)
        settled = FieldState(Pair("old", "old"), "old", "old", "old", "old")
        states.append([changed] * (_FIELDS // 10) + [settled] * (_FIELDS * 9 // 10))
    rule = FieldRule()
    begin = process_time()
    for fields in states:
        for state in fields:
            decide_field(state, rule)
    return process_time() - begin


def canonical(records: int) -> float:
    """Bring invoices of five lines into their canonical form and digest them."""
    invoice = {
        "number": "INV-0001",
        "name": "Müller & Söhne  ",
        "date": date(2026, 11, 20),
        "lines": [
            {"text": f"Line {n}\r\n", "quantity": Decimal("2.50"), "price": Decimal("19.9900")}
            for n in range(5)
        ],
    }
    begin = process_time()
    for _ in range(records):
        digest(canon(invoice))
    return process_time() - begin


MEASURES: Mapping[str, Measure] = {
    "decide": decide,
    "canonical": canonical,
    "save, SQLAlchemy": sqlalchemy_plain,
    "save, SQLAlchemy, hook": sqlalchemy_hooked,
    "save, reference CRM": memory_plain,
    "save, reference CRM, hook": memory_hooked,
}
