"""The dirt of real life: which record of the seed gets which flaw, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

#: One record of the seed as it goes into the JSON file.
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flaw:
    """One planted flaw: the values that spoil a record and the outcome it must get."""

    crm_id: int
    code: str
    why: str
    #: The values that are wrong; empty where the flaw lies on the other side.
    spoil: Row
    result: Literal["held", "skipped", "excluded", "conflict"] = "held"
    #: (module, id) of the record that this one waits for.
    cascade_of: tuple[str, int] | None = None


_LONG_NAME = (
    "The Lantern Theatre Trust, incorporating the Derby Society of Amateur Players, the Friends "
    "of the Old Playhouse, the Youth Stage Workshop, the Saturday Puppet Club, the Midsummer "
    "Open Air Festival Committee and the Sub-Committee for the Restoration of the Organ and the "
    "Safety Curtain"
)
_LONG_POSTAL_CODE = "SG5 1DH (rear gate only, ring twice and ask for Joan, not before nine)"

ORGANIZATIONS = (
    Flaw(12, "first_link_differs", "The e-mail is another one in Xero.", {}, "conflict"),
    Flaw(21, "contact_same_name", "Xero has the name, without an account number.", {}),
    Flaw(
        22, "email_invalid", "The e-mail has no @.", {"email": "orders(at)merrowlane.example.com"}
    ),
    Flaw(28, "contact_near_name", "Xero writes Limited where the CRM writes Ltd.", {}),
    Flaw(29, "first_link_differs", "The e-mail is another one in Xero.", {}, "conflict"),
    Flaw(34, "contact_near_name", "Xero has the name without its accents.", {}),
    Flaw(36, "contact_same_name", "Xero has the name in other capitals, without a number.", {}),
    Flaw(
        38,
        "text_too_long",
        "The postal code holds a note of 70 characters; Xero takes 50.",
        {"billing_postal_code": _LONG_POSTAL_CODE},
    ),
    Flaw(
        40,
        "name_forbidden",
        "The name has < and >, which Xero refuses.",
        {"name": "Amberley Print Works <Litho> Ltd"},
    ),
    Flaw(41, "name_too_long", "The name is longer than 255 characters.", {"name": _LONG_NAME}),
    Flaw(48, "not_selected", "Allow XTiger Sync is off.", {"xero_sync": False}, "excluded"),
    Flaw(53, "name_missing", "An import left the name empty.", {"name": ""}),
    Flaw(58, "archived_in_xero", "Xero has archived the contact with this account number.", {}),
    Flaw(66, "not_selected", "Allow XTiger Sync is off.", {"xero_sync": False}, "excluded"),
    Flaw(67, "crm_duplicate", "The same organisation was entered before, as ACC-0055.", {}),
)

PRODUCTS = (
    Flaw(10, "code_missing", "The product has no code.", {"code": ""}),
    Flaw(37, "not_selected", "Allow XTiger Sync is off.", {"xero_sync": False}, "excluded"),
    Flaw(39, "item_same_name", "Xero has an item of this name under the code MAT-80.", {}),
    Flaw(41, "account_system", "960 is a system account of Xero.", {"sales_account": "960"}),
    Flaw(43, "account_unknown", "Xero has no account 4400.", {"sales_account": "4400"}),
    Flaw(44, "text_too_long", "The name has 54 characters; Xero takes 50.", {}),
    Flaw(
        46,
        "code_too_long",
        "The code has 33 characters; Xero takes 30.",
        {"code": "SKU-1046-ELECTRIC-WHITE-160X80-EU"},
    ),
)

SERVICES = (
    Flaw(15, "code_taken", "The product SKU-1009 has the same code.", {"code": "SKU-1009"}),
)

_GREEN_LEVY = [
    {"name": "20% (VAT on Income)", "percent": "20"},
    {"name": "Green levy 2 %", "percent": "2"},
]

#: Keys of `spoil` that begin with "line." go to the first line; "lines" replaces all of them.
INVOICES = (
    Flaw(
        9,
        "cancelled",
        "The invoice was cancelled before it was sent.",
        {"status": "Cancel"},
        "skipped",
    ),
    Flaw(
        23,
        "credit_invoice",
        "A credit invoice is a credit note.",
        {"status": "Credit Invoice"},
        "skipped",
    ),
    Flaw(
        31,
        "waits_for_parent",
        "Its organisation is archived in Xero.",
        {"organization_id": 58, "contact_id": None},
        cascade_of=("Organizations", 58),
    ),
    Flaw(
        42,
        "organisation_missing",
        "Nobody is named on it.",
        {"organization_id": None, "contact_id": None, "status": "Approved"},
    ),
    Flaw(
        55,
        "invoice_date_missing",
        "The date was never filled in.",
        {"date": None, "status": "Approved"},
    ),
    Flaw(
        68,
        "due_date_missing",
        "Approved without a due date.",
        {"due_date": None, "status": "Approved"},
    ),
    Flaw(77, "lines_missing", "Approved without a line.", {"lines": [], "status": "Approved"}),
    Flaw(
        86,
        "tax_unknown",
        "Xero has no tax of 19 %.",
        {"line.tax_name": "VAT 19 %", "line.tax_percent": "19"},
    ),
    Flaw(93, "number_taken", "Xero has another customer's invoice of this number.", {}),
    Flaw(
        101,
        "taxes_many",
        "A line has two taxes.",
        {"line.taxes": _GREEN_LEVY, "line.tax_name": "", "line.tax_percent": "22"},
    ),
    Flaw(
        108,
        "group_discount",
        "A discount on the whole invoice.",
        {"discount_percent": "5.00"},
        "skipped",
    ),
    Flaw(117, "deducted_tax", "A tax is deducted at source.", {"deducted_tax": "15.00"}, "skipped"),
    Flaw(
        122,
        "waits_for_parent",
        "A line sells a product whose code Xero cannot take.",
        {"line.product_id": 46, "line.service_id": None},
        cascade_of=("Products", 46),
    ),
    Flaw(
        131,
        "currency_not_enabled",
        "Xero has no New Zealand dollar.",
        {"currency": "NZD", "rate": "0.4512"},
    ),
    Flaw(139, "total_differs", "The stored total is a pound off its lines.", {}),
)

BY_MODULE = {
    "Organizations": ORGANIZATIONS,
    "Products": PRODUCTS,
    "Services": SERVICES,
    "Invoices": INVOICES,
}


def spoil(row: Row, flaw: Flaw) -> None:
    """Put the flaw's wrong values into the record."""
    for name, value in flaw.spoil.items():
        if name.startswith("line."):
            row["lines"][0][name.removeprefix("line.")] = value
        else:
            row[name] = value


def waiting_code(parent: Flaw) -> str:
    """The code of what waits for a flawed record: that one is asked for itself, or left out."""
    return "waits_for_parent" if parent.result == "held" else "parent_left_out"


def waiting_contacts(contacts: Sequence[Row]) -> list[Flaw]:
    """The persons of organisations that do not get into Xero: each waits for its own."""
    stopped = {flaw.crm_id: flaw for flaw in ORGANIZATIONS if flaw.result != "conflict"}
    return [
        Flaw(
            row["id"],
            waiting_code(stopped[row["organization_id"]]),
            "Its organisation is not in Xero.",
            {},
            cascade_of=("Organizations", row["organization_id"]),
        )
        for row in contacts
        if row["organization_id"] in stopped
    ]


def listing(
    flaws_of: Mapping[str, Sequence[Flaw]],
    number_of: dict[tuple[str, int], str],
    xero_id_of: dict[tuple[str, int], str],
) -> list[Row]:
    """The seed's own list of flaws, by module and id."""
    found: list[Row] = []
    for module, flaws in flaws_of.items():
        for flaw in flaws:
            address = (module, flaw.crm_id)
            entry: Row = {
                "module": module,
                "crm_id": str(flaw.crm_id),
                "number": number_of[address],
                "code": flaw.code,
                "result": flaw.result,
                "why": flaw.why,
            }
            if address in xero_id_of:
                entry["xero_id"] = xero_id_of[address]
            if flaw.cascade_of:
                entry["cascade_of"] = {
                    "module": flaw.cascade_of[0],
                    "crm_id": str(flaw.cascade_of[1]),
                }
            found.append(entry)
    return found
