"""The log of what went wrong between us and Xero."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.xero.stub import Say, Stub
from xtiger.errors import XTigerError
from xtiger.ports.xero import WriteRequest
from xtiger.xero.organisations import XeroOrganisation

Dial = Callable[[str], XeroOrganisation]

CONTACT = WriteRequest("PUT", "/Contacts", b'{"Contacts":[{"Name":"Acme"}]}', "")
GOOD = Say({"Organisations": [{"Name": "Stub Ltd"}], "DateTimeUTC": "/Date(1550793549392)/"})
UNWELL: tuple[tuple[Say, str], ...] = (
    (Say(hang_up=True), "PUT /Contacts: answer_unknown, no whole answer came (no run)"),
    (Say(b"<html>", 200), "PUT /Contacts: answer_unknown, HTTP 200 (no run)"),
    (
        Say(b"", 503, {"Xero-Correlation-Id": "c-7"}),
        "PUT /Contacts: answer_unknown, HTTP 503, trace c-7 (no run)",
    ),
    (
        Say(b"", 429, {"Retry-After": "3600", "X-Rate-Limit-Problem": "day"}),
        "PUT /Contacts: rate_limited, HTTP 429, limit day, 3600 s (no run)",
    ),
    (
        Say({"Message": "no"}, 403),
        "PUT /Contacts: connection_ended, HTTP 403, it was disconnected in Xero (no run)",
    ),
    (Say({"Contacts": []}), "PUT /Contacts: answer_unknown, the answers do not fit the elements"),
)


@pytest.mark.parametrize(("said", "line"), UNWELL, ids=[line for _, line in UNWELL])
def test_a_call_that_goes_wrong_is_a_line_in_the_log(
    dial: Dial, caplog: pytest.LogCaptureFixture, said: Say, line: str
) -> None:
    """Which call, what happened, and where Xero's support would look; nobody's name."""
    caplog.set_level(logging.INFO, "xtiger.xero")
    with Stub(said) as stub, suppress(XTigerError):
        dial(stub.url).send(CONTACT)

    assert [line] == [one.getMessage() for one in caplog.records if one.name == "xtiger.xero"]


def test_a_call_that_goes_well_is_no_line(dial: Dial, caplog: pytest.LogCaptureFixture) -> None:
    """A log of what went wrong."""
    caplog.set_level(logging.INFO, "xtiger.xero")
    with Stub(GOOD) as stub:
        dial(stub.url).organisation()

    assert [] == [one for one in caplog.records if one.name == "xtiger.xero"]
