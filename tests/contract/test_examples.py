"""The JSON examples of Xero's document load through our schemas and dump back without a loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import simplejson
from marshmallow import Schema, fields

from tests.contract.openapi import Contract, contract
from xtiger.mapping.xero_schema import SCHEMAS
from xtiger.rules.kinds import KINDS

PLURALS = {row.plural: kind for kind, row in KINDS.items() if kind in SCHEMAS}


@dataclass(frozen=True)
class Printed:
    """One JSON example: an answer or the body of a request."""

    #: "answer 200 of get /Contacts", "body of put /Contacts".
    place: str
    #: Whether it breaks its own schema.
    is_broken: bool
    content: Mapping[str, Any]


@pytest.fixture(scope="module")
def printed() -> list[Printed]:
    checks = contract()
    if checks is None:
        pytest.skip("Xero's OpenAPI document is not present")
    return [*_answers(checks), *_bodies(checks)]


def _answers(checks: Contract) -> Iterator[Printed]:
    for method, path, status, schema, example in checks.answers_with_examples():
        broken = bool(checks.check_schema(schema, example))
        yield Printed(f"answer {status} of {method} {path}", broken, _decimal(example))


def _bodies(checks: Contract) -> Iterator[Printed]:
    for method, path, example in checks.bodies_with_examples():
        broken = bool(checks.check_body(method, path, simplejson.dumps(example).encode()))
        yield Printed(f"body of {method} {path}", broken, _decimal(example))


def _decimal(example: Any) -> Any:
    """As it comes over the wire, numbers exact."""
    return simplejson.loads(simplejson.dumps(example), use_decimal=True)


def _elements(example: Printed) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(kind, element) of the lists in an example that we have a schema for."""
    for name, value in example.content.items():
        if name in PLURALS and isinstance(value, list):
            yield from ((PLURALS[name], element) for element in value)


def _lost(schema: Schema, raw: Mapping[str, Any], dumped: Mapping[str, Any]) -> Iterator[str]:
    """What stands in `raw`, is known to the schema, and is not in what it dumped."""
    for name, field in schema.fields.items():
        value = raw.get(name)
        if value in (None, [], ""):
            continue
        kept = dumped.get(name)
        if not isinstance(field, fields.Nested):
            yield from () if kept is not None else (name,)
            continue
        rows, others = (value, kept or []) if field.many else ([value], [kept or {}])
        if len(rows) != len(others):
            yield name
            continue
        for row, other in zip(rows, others, strict=True):
            yield from (f"{name}.{inner}" for inner in _lost(field.schema, row, other))


def test_examples_load_and_dump_back(printed: list[Printed]) -> None:
    """Loaded, dumped and loaded again, each is the same, and nothing that we know is lost."""
    found = {}
    for example in printed:
        for kind, raw in [] if example.is_broken else _elements(example):
            schema = SCHEMAS[kind]()
            loaded = schema.load(raw)
            dumped = schema.dump(loaded)
            lost = sorted(_lost(schema, raw, dumped))
            if lost or schema.load(dumped) != loaded:
                found[example.place, kind] = lost

    assert {} == found


def test_the_examples_are_counted(printed: list[Printed]) -> None:
    """71 elements load; 37 of 273 examples break their own schema, seven of them hold our kinds."""
    broken = [example for example in printed if example.is_broken]
    kinds = Counter(
        kind for example in printed if not example.is_broken for kind, _ in _elements(example)
    )

    sales = {"Contact": 13, "Invoice": 10, "Item": 9, "CreditNote": 8}
    money = {"Payment": 8, "BankTransaction": 7}
    assert {**sales, **money, "TaxRate": 10, "Account": 6} == kinds
    assert (273, 37) == (len(printed), len(broken))
    assert {
        "body of post /Accounts/{AccountID}",
        "body of put /Contacts",
        "body of post /Payments/{PaymentID}",
        "body of post /Setup",
        "body of post /BankTransactions",
        "body of post /BankTransactions/{BankTransactionID}",
        "body of post /CreditNotes/{CreditNoteID}",
    } == {example.place for example in broken if list(_elements(example))}
