"""The rules of matching: in which order a record's partner is looked for, and how sure each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: What two records that meet for the first time are compared by: a field of the CRM that holds
#: Xero's id, the number or code, the name, the name but for accents and legal form, an e-mail
#: address, the firm behind it with such a name, a telephone number, the tax number.
RuleName = Literal[
    "id", "number", "name", "near_name", "email", "domain_name", "phone", "tax_number"
]


@dataclass(frozen=True, slots=True)
class MatchRule:
    """One rule; what it finds is linked at once, or proposed to a person."""

    name: RuleName
    links: bool = False
    #: The CRM's field of the rule "id"; "" for all others.
    field: str = ""
