"""What the parts of the conformance kit share: samples, values that travel, the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from xtiger.model.records import (
    Ability,
    Field,
    FieldType,
    Module,
    OutboxRow,
    Record,
    Ref,
    Result,
    Write,
)
from xtiger.model.values import Plain, canon
from xtiger.ports.host import Host

#: Text that comes to grief where bytes, quotes, markup or planes of Unicode are mixed up.
TEXT: Final = 'Zoë O\'Brien "& <Söhne>" 東京 🎉 100%\\_'
#: Values of each type that must come back as they went.
VALUES: Final[Mapping[FieldType, Sequence[Plain]]] = {
    "text": [TEXT, "x"],
    "long_text": [f"{TEXT}\nsecond line", "x"],
    "email": ["zoë@example.org".replace("ë", "e"), "b@example.com"],
    "phone": ["+44 20 7946 0000"],
    "url": ["https://example.org/ä?b=c&d=%20"],
    "int": [0, 1, 123456789],
    "bool": [True, False],
    "date": [date(2024, 2, 29), date(1999, 12, 31)],
    "datetime": [datetime(2024, 2, 29, 23, 59, 58, tzinfo=UTC)],
    "json": [[{"name": "VAT", "percent": "20"}], {"a": [1, True, None, "ö"]}],
}
_WHOLE: Final = (Decimal(0), Decimal("-12.5"), Decimal("0.1"), Decimal("123456.78"))


def fits(field: Field, value: Plain) -> bool:
    """Whether the description lets the value in."""
    if isinstance(value, str) and field.max_length is not None:
        return len(value) <= field.max_length
    if isinstance(value, Decimal) and field.decimals is not None:
        return value == round(value, field.decimals)
    return True


def values_for(field: Field) -> list[Plain]:
    """Values of the field's type that must come back as they went."""
    if field.choices and field.type == "choice":
        return [choice.value for choice in field.choices if choice.active]
    if field.type in ("decimal", "money"):
        return [value for value in _WHOLE if fits(field, value)]
    return [value for value in VALUES.get(field.type, ()) if fits(field, value)]


def by_hand(module: Module) -> Iterator[Field]:
    """The fields that may be written and need no other record."""
    return (f for f in module.fields if f.writable and f.type != "ref")


class Kit:
    """What a subclass gives, and short ways to ask the host, which is a fixture `host`."""

    def sample(self, host: Host, module: str) -> Write:
        """A new record that the host takes, another one each time; the subclass gives it."""
        raise NotImplementedError("Give a method `sample(host, module)` that answers a Write.")

    def edit(self, host: Host, module: str, record_id: str, values: Mapping[str, Plain]) -> None:
        """Change a record as a user of the CRM does."""
        (result,) = host.save(module, [Write(values, id=record_id)])

        assert result.problem is None, result.problem

    def later(self) -> datetime:
        """A moment when everything done so far is due."""
        return datetime.now(UTC) + timedelta(minutes=5)

    def undo(self, host: Host, act: Callable[[], object]) -> None:
        """Do something in a transaction that fails afterwards."""
        with suppress(ZeroDivisionError), host.transaction():
            act()
            raise ZeroDivisionError

    def values(self, field: Field) -> Sequence[Plain]:
        """Values of a field that must come back; fewer where the CRM keeps not every character."""
        return values_for(field)

    def is_cleared(self, field: Field, value: Plain) -> bool:
        """Whether a field reads as one that holds nothing; a CRM without empty numbers says 0."""
        return canon(value) in (None, [])

    # --- short ways ---

    def able(self, host: Host, *abilities: Ability) -> Iterator[Module]:
        """The modules that can do all of this; skips the test when none can."""
        found = [m for m in host.modules() if {"create", *abilities} <= m.can]
        if not found:
            pytest.skip(f"no module can create and {', '.join(abilities)}")
        yield from found

    def first(self, host: Host, *abilities: Ability) -> Module:
        """The first such module that has a text to play with."""
        for module in self.able(host, *abilities):
            if any(True for _ in self.texts(module)):
                return module
        pytest.skip("no module has a text field that may be written")

    def texts(self, module: Module) -> Iterator[Field]:
        """Text fields without further conditions, those that may stay empty last."""
        found = [
            f
            for f in by_hand(module)
            if f.type in ("text", "long_text") and not f.unique and fits(f, "x" * 12)
        ]
        yield from sorted(found, key=lambda field: not field.required)

    def text(self, module: Module) -> str:
        """The name of such a field."""
        return next(self.texts(module)).name

    def make(self, host: Host, module: str, origin: str = "", **values: Plain) -> Ref:
        """Make a record from the sample with some values of one's own."""
        write = self.sample(host, module)
        result = self.save(
            host, module, Write({**write.values, **values}, lines=write.lines), origin
        )

        assert result.problem is None, result.problem
        assert result.ref is not None
        return result.ref

    def save(self, host: Host, module: str, write: Write, origin: str = "") -> Result:
        """Save one record."""
        (result,) = host.save(module, [write], origin=origin)
        return result

    def read(self, host: Host, ref: Ref) -> Record:
        """One record as it is now."""
        return host.get(ref.module, [ref.id])[ref.id]

    def outbox(self, host: Host) -> list[OutboxRow]:
        """All rows, due or not."""
        return list(host.outbox(self.later(), 10_000))

    def rows(self, host: Host, ref: Ref) -> list[OutboxRow]:
        """The rows of one record."""
        return [row for row in self.outbox(host) if row.ref == ref]

    def drain(self, host: Host) -> None:
        """Empty the outbox."""
        host.outbox_done(self.outbox(host))

    def walk(self, host: Host, module: str, limit: int, between: Any = None) -> list[Record]:
        """Read a module page by page from the beginning; `between` is called after each page."""
        records: list[Record] = []
        cursor: str | None = None
        for _ in range(1000):
            page = host.changed_since(module, cursor, limit)
            records += page.records
            if not page.more:
                return records
            cursor = page.cursor
            if between is not None:
                between(len(records))
        raise AssertionError(f"reading {module} does not come to an end")
