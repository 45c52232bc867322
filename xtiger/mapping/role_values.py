"""The values of a record by their roles."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from xtiger.model.records import Module
from xtiger.model.values import Plain, as_decimal, canon, canon_text


class RoleValues:
    """Reads values of a record or line by role instead of by the host's own names."""

    def __init__(self, module: Module, values: Mapping[str, Plain]) -> None:
        self._module, self._values = module, values

    def raw(self, role: str) -> Plain:
        """The value as the host gave it; None when the role is not described."""
        described = self._module.by_role(role)
        return None if described is None else self._values.get(described.name)

    def text(self, role: str) -> str | None:
        """Canonical text."""
        value = self.raw(role)
        return None if value is None else canon_text(str(value))

    def number(self, role: str) -> Decimal | None:
        """A number; None when empty. Raises ValueError that names any other value."""
        return _number(self.raw(role))

    def amount(self, role: str) -> Decimal:
        """A number, zero when empty."""
        return self.number(role) or Decimal(0)


def _number(value: Plain) -> Decimal | None:
    try:
        number = as_decimal(value)
    except ValueError as error:
        raise ValueError(str(value)[:40]) from error
    return None if number is None else canon(number)
