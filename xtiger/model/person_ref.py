"""The contact that stands for the organisation which its document does not have."""

from __future__ import annotations

from dataclasses import dataclass

_PREFIX = "person:"


@dataclass(frozen=True, slots=True)
class PersonRef:
    """A person of the CRM as value of a field that names an organisation."""

    module: str
    crm_id: str

    def text(self) -> str:
        """The plain value that records, bases and differences hold: their digests are of it."""
        return f"{_PREFIX}{self.module}:{self.crm_id}"

    @classmethod
    def of(cls, value: object) -> PersonRef | None:
        """The person that a plain value names; None for the id of an organisation."""
        if not isinstance(value, str) or not value.startswith(_PREFIX):
            return None
        module, _, crm_id = value.removeprefix(_PREFIX).partition(":")
        return cls(module, crm_id)
