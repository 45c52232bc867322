"""What answers of the webservice mean, by the codes and texts of a stock Vtiger."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from xtiger.hosts.vtiger.answers import NoAnswer, VtigerRefused, result_of

DENIED = "Permission to perform the operation is denied"


def _refused(code: object, message: str) -> VtigerRefused:
    body = json.dumps({"success": False, "error": {"code": code, "message": message}})
    with pytest.raises(VtigerRefused) as caught:
        result_of("create", 200, body.encode())
    return caught.value


def test_a_result_is_exact() -> None:
    """Numbers are Decimals, never floats."""
    found = result_of("retrieve", 200, b'{"success": true, "result": {"currency1": 120.10}}')

    assert {"currency1": Decimal("120.10")} == found


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (0, "Duplicate(s) detected!", ("conflict", None)),
        ("MANDATORY_FIELDS_MISSING", "subject does not have a value", ("invalid", "subject")),
        ("MANDATORY_FIELDS_MISSING", "Mandatory Fields Missing..", ("invalid", None)),
        (
            "REFERENCE_INVALID",
            "Invalid reference specified for account_id",
            ("invalid", "account_id"),
        ),
        ("ACCESS_DENIED", DENIED, ("missing", None)),
        ("ACCESS_DENIED", f"{DENIED} for id", ("missing", None)),
        ("ACCESS_DENIED", "Permission to read given object is denied", ("denied", None)),
        ("ACCESS_DENIED", f"{DENIED} for name : Payments", ("denied", None)),
        ("INVALID_ID_ATTRIBUTE", "Id specified is incorrect", ("missing", None)),
        ("CURRENCY_INACTIVE", "", ("invalid", None)),
        ("DATABASE_QUERY_ERROR", "Duplicate entry 'Ann' for key", ("other", None)),
    ],
)
def test_a_refusal_becomes_a_problem(
    code: object, message: str, expected: tuple[str, str | None]
) -> None:
    """Its code, the field where Vtiger names one, and nothing that a record holds."""
    found = _refused(code, message).problem

    assert expected == (found.code, found.field)
    assert "Ann" not in found.message


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (200, b"Sorry! Attempt to access restricted file."),
        (200, b"<html>Fatal error</html>"),
        (200, b"[]"),
        (200, b"\xff"),
        (502, b'{"success": true, "result": 1}'),
    ],
)
def test_anything_else_is_no_answer(status: int, body: bytes) -> None:
    """PHP that ended, and the page that an owner who is not there brings up."""
    with pytest.raises(NoAnswer) as caught:
        result_of("create", status, body)

    assert status == caught.value.status
