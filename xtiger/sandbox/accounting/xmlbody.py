"""Bodies in XML, Xero's older language: read into what the same body would be in JSON."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from xtiger.sandbox.accounting.envelope import post_data_invalid
from xtiger.sandbox.state import Raw

#: Lists whose rows are not called by the singular of the list, or that are lists with one row.
_ROWS = {
    "LineItems": "LineItem",
    "Addresses": "Address",
    "Phones": "Phone",
    "ContactPersons": "ContactPerson",
    "TaxComponents": "TaxComponent",
    "Tracking": "TrackingCategory",
    "Options": "Option",
}


def read_xml(body: bytes) -> Any:
    """Return the objects of an XML body; amounts and flags stay text, as the shapes take them.

    Raises Refused (PostDataInvalidException, 14) for what is no XML.
    """
    try:
        # Expat itself refuses bodies that blow up; the sandbox listens to its own machine.
        root = ET.fromstring(body)  # noqa: S314 - see the line above
    except ET.ParseError as error:
        raise post_data_invalid(f"The request body is not valid XML: {error}") from None
    rows = list(root)
    if rows and all(row.tag in _singulars(root.tag) for row in rows):
        return {root.tag: [_value(row) for row in rows]}
    return _value(root)


def _singulars(plural: str) -> tuple[str, ...]:
    """Return what rows of a list may be called."""
    if plural in _ROWS:
        return (_ROWS[plural],)
    if plural.endswith("ies"):
        return (f"{plural[:-3]}y",)
    return (plural[:-1],) if plural.endswith("s") else ()


def _value(element: ET.Element) -> Any:
    rows = list(element)
    if not rows:
        return [] if element.tag in _ROWS else (element.text or "").strip()
    if element.tag in _ROWS or all(row.tag in _singulars(element.tag) for row in rows):
        return [_value(row) for row in rows]
    found: Raw = {row.tag: _value(row) for row in rows}
    return found
