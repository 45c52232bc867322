"""Writing: one answer per element, in order, and none that is not one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import pytest
import simplejson

from tests.xero.stub import Say, Stub
from xtiger.errors import AnswerUnknown, XeroRejected
from xtiger.ports.xero import WriteRequest
from xtiger.sandbox import Limits, Sandbox
from xtiger.xero.organisations import XeroOrganisation

Dial = Callable[[str], XeroOrganisation]
Method = Literal["PUT", "POST"]
UUID = "0f2a3c4d-0000-4000-8000-000000000001"


@pytest.fixture
def limits() -> Limits:
    return Limits(minute=1_000)


def _request(method: Method, path: str, body: Any, **query: str) -> WriteRequest:
    return WriteRequest(method, path, simplejson.dumps(body, use_decimal=True).encode(), "", query)


def _contacts(*elements: Mapping[str, Any]) -> WriteRequest:
    return _request("PUT", "/Contacts", {"Contacts": elements})


def test_good_and_bad_elements_keep_their_places(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """Of three contacts the middle one is refused with Xero's words; the others are saved."""
    taken = sandbox.table("Contacts")[0]["Name"]
    answers = xero.send(_contacts({"Name": "One Ltd"}, {"Name": taken}, {"Name": "Two Ltd"}))

    assert ([True, False, True], ["One Ltd", taken, "Two Ltd"], True) == (
        [answer.ok for answer in answers],
        [answer.element["Name"] for answer in answers],
        any("already assigned to another contact" in text for text in answers[1].problems),
    )


def test_fifty_elements_travel_in_one_call(xero: XeroOrganisation) -> None:
    """A batch of 50 is one call with 50 answers."""
    answers = xero.send(_contacts(*({"Name": f"Batch {n}"} for n in range(50))))

    assert (50, True, 1) == (len(answers), all(answer.ok for answer in answers), xero.calls)


def test_problems_of_lines_are_the_invoices(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """What is wrong with a line is told as a problem of its invoice."""
    contact = sandbox.table("Contacts")[0]["ContactID"]
    line = {"Description": "x", "Quantity": 1, "UnitAmount": 5, "AccountCode": "999"}
    invoice = {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact},
        "LineItems": [line],
        "Date": "2026-11-20",
        "DueDate": "2026-12-20",
        "Status": "AUTHORISED",
    }
    answer = xero.send(_request("PUT", "/Invoices", {"Invoices": [invoice]}))[0]

    assert (False, True) == (answer.ok, any("999" in text for text in answer.problems))


def test_a_bare_element_has_one_answer(xero: XeroOrganisation) -> None:
    """A body that is the element itself is answered as one element."""
    answers = xero.send(_request("PUT", "/Contacts", {"Name": "Bare Ltd"}))

    assert [(True, "Bare Ltd")] == [(one.ok, one.element["Name"]) for one in answers]


def test_an_update_by_address_that_is_refused(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """A single update takes no summarizeErrors; its 400 becomes the element's answer."""
    first, second = sandbox.table("Contacts")[:2]
    body = {"ContactID": first["ContactID"], "Name": second["Name"]}
    answers = xero.send(_request("POST", f"/Contacts/{first['ContactID']}", body))

    assert [(False, True)] == [(one.ok, bool(one.problems)) for one in answers]


@pytest.mark.breaks_contract
def test_a_body_that_xero_cannot_read(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """A day that is none refuses the request as a whole, with Xero's words."""
    contact = sandbox.table("Contacts")[0]["ContactID"]
    invoice = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "Date": "31.12.2026"}
    with pytest.raises(XeroRejected) as caught:
        xero.send(_request("PUT", "/Invoices", {"Invoices": [invoice]}))

    assert (400, True) == (caught.value.http_status, bool(caught.value.problems))


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("PUT", "/Contacts", {"summarizeErrors": "false"}),
        ("POST", "/Contacts", {"summarizeErrors": "false"}),
        ("POST", f"/Contacts/{UUID}", {}),
        ("PUT", "/Invoices", {"summarizeErrors": "false", "unitdp": "4"}),
        ("POST", "/Invoices/i-1", {"unitdp": "4"}),
        ("PUT", "/Payments", {"summarizeErrors": "false"}),
        ("POST", "/Payments", {}),
        ("PUT", "/Accounts", {}),
        ("PUT", "/Items", {"summarizeErrors": "false", "unitdp": "4"}),
    ],
)
def test_parameters(dial: Dial, method: Method, path: str, expected: dict[str, str]) -> None:
    """Each endpoint gets the parameters that it has, and no other."""
    plural = path.split("/")[1]
    element = {"Code": "A"} if plural == "Items" else {}
    with Stub(Say({plural: [{f"{plural[:-1]}ID": "x-1"}]})) as stub:
        dial(stub.url).send(_request(method, path, {plural: [element]}))

    assert expected == stub.got[0].query


@pytest.mark.breaks_contract
def test_given_parameters_stay(dial: Dial) -> None:
    """What the request says itself is not said twice."""
    with Stub(Say({"Invoices": [{"InvoiceID": "x-1"}]})) as stub:
        request = _request("PUT", "/Invoices", {"Invoices": [{}]}, unitDP="2", SummarizeErrors="x")
        dial(stub.url).send(request)

    assert {"unitDP": "2", "SummarizeErrors": "x"} == stub.got[0].query


@pytest.mark.parametrize(
    "element",
    [
        {"ContactID": "00000000-0000-0000-0000-000000000000", "Name": "A"},
        {"Name": "A"},
        {"ContactID": "", "Name": "A"},
        {"ContactID": "c-1", "StatusAttributeString": "ERROR"},
        {"ContactID": "c-1", "HasValidationErrors": True},
    ],
)
def test_an_element_that_was_not_saved(dial: Dial, element: dict[str, Any]) -> None:
    """No id, the all-zero one or a mark of failure is never taken for saved; a reason is given."""
    with Stub(Say({"Contacts": [element]})) as stub:
        answer = dial(stub.url).send(_contacts({"Name": "A"}))[0]

    assert (False, ("Xero did not save it and gave no reason.",)) == (answer.ok, answer.problems)


def test_warnings_are_kept(dial: Dial) -> None:
    """A saved element keeps Xero's warnings."""
    element = {
        "ContactID": "c-1",
        "StatusAttributeString": "WARNING",
        "Warnings": [{"Message": "Look here."}],
    }
    with Stub(Say({"Contacts": [element]})) as stub:
        answer = dial(stub.url).send(_contacts({"Name": "A"}))[0]

    assert (True, ("Look here.",)) == (answer.ok, answer.warnings)


FAILED = {"ContactID": "x", "ValidationErrors": [{"Message": "No."}]}


def test_a_400_that_lists_fewer_than_sent_is_unknown(dial: Dial) -> None:
    """Where Xero lists only the failed ones of a batch, the others may have been saved."""
    say = Say({"ErrorNumber": 10, "Type": "ValidationException", "Elements": [FAILED]}, 400)
    with Stub(say) as stub, pytest.raises(AnswerUnknown):
        dial(stub.url).send(_contacts({"Name": "A"}, {"Name": "B"}))

    assert 1 == len(stub.got)


def test_a_400_that_lists_all_refuses_all(dial: Dial) -> None:
    """Where every element sent is listed as failed, none was saved, whatever ids they show."""
    say = Say({"ErrorNumber": 10, "Type": "ValidationException", "Elements": [FAILED, FAILED]}, 400)
    with Stub(say) as stub:
        answers = dial(stub.url).send(_contacts({"Name": "A"}, {"Name": "B"}))

    assert [(False, ("No.",))] * 2 == [(one.ok, one.problems) for one in answers]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/Socks", b"{}", "'/Socks' is no known endpoint"),
        ("/Contacts", b"nonsense", "the body of PUT /Contacts is no JSON object"),
    ],
)
def test_requests_that_cannot_be(dial: Dial, path: str, body: bytes, message: str) -> None:
    """A request for an unknown endpoint, or without JSON, is a mistake of the caller's."""
    with pytest.raises(ValueError, match=message):
        dial("http://localhost:9").send(WriteRequest("PUT", path, body, ""))
