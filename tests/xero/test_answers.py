"""The table from answers to what they mean, row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import simplejson

from xtiger.errors import (
    AnswerUnknown,
    ScopeMissing,
    UnreadableAnswer,
    XeroRejected,
    XeroUnavailable,
)
from xtiger.xero.answers import (
    clean,
    failed,
    judge,
    messages,
    problems,
    read_json,
    server_time,
    warnings,
)
from xtiger.xero.transport import RawAnswer

JSON = "application/json; charset=utf-8"
HTML = b"<html><style>p{}</style><body><p>The resource cannot&nbsp;be found</p></body></html>"


def _raw(status: int, body: Any = b"", kind: str = JSON, **headers: str) -> RawAnswer:
    data = body if isinstance(body, bytes) else simplejson.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawAnswer(status, {"content-type": kind, **named}, data)


EXPIRED = {
    "Type": None,
    "Title": "Unauthorized",
    "Status": 401,
    "Detail": "TokenExpired: token expired at 01/01/2001 00:00:00",
}
FAILED = {
    "ErrorNumber": 10,
    "Type": "ValidationException",
    "Elements": [{"ContactID": "x", "ValidationErrors": [{"Message": "The name is taken."}]}],
}


@pytest.mark.parametrize(
    ("answer", "writes", "meaning", "error"),
    [
        (_raw(200, {"Contacts": []}), False, "good", None),
        (_raw(204), True, "good", None),
        (_raw(400, FAILED), True, "invalid", XeroRejected),
        (_raw(400, FAILED), False, "error", XeroRejected),
        (
            _raw(400, {"Type": "PostDataInvalidException", "Message": "m"}),
            True,
            "error",
            XeroRejected,
        ),
        (_raw(400, {"Type": "QueryParseException", "Message": "m"}), False, "error", XeroRejected),
        (_raw(400, {"ErrorNumber": 10, "Elements": []}), True, "error", XeroRejected),
        (
            _raw(400, b"Idempotency Key k is used with a different request", "text/plain"),
            True,
            "error",
            XeroRejected,
        ),
        (_raw(401, EXPIRED), False, "refresh", None),
        (_raw(401, {"detail": "AuthenticationUnsuccessful"}), True, "refresh", None),
        (
            _raw(401, {"title": "Unauthorized", "detail": "AuthorizationUnsuccessful"}),
            False,
            "error",
            ScopeMissing,
        ),
        (
            _raw(401, www_authenticate='Bearer error="insufficent_scope"'),
            False,
            "error",
            ScopeMissing,
        ),
        (
            _raw(401, www_authenticate='Bearer error="insufficient_scope"'),
            False,
            "error",
            ScopeMissing,
        ),
        (_raw(403, {"Detail": "AuthenticationUnsuccessful"}), False, "ended", None),
        (_raw(403, b"<h1>Blocked by the firewall</h1>", "text/html"), False, "error", XeroRejected),
        (_raw(404, HTML, "text/html"), False, "missing", XeroRejected),
        (_raw(412, {"Message": "bad header"}), False, "error", XeroRejected),
        (_raw(413, b"", "text/plain"), True, "error", XeroRejected),
        (_raw(429), True, "limited", None),
        (_raw(500, {"Title": "An error occurred"}), False, "again", XeroUnavailable),
        (_raw(503, HTML, "text/html"), False, "again", XeroUnavailable),
        (_raw(500), True, "error", AnswerUnknown),
        (_raw(503, HTML, "text/html"), True, "error", AnswerUnknown),
        (_raw(501, {"Type": "ApiMethodNotImplementedException"}), True, "error", XeroRejected),
        (_raw(200, HTML, "text/html"), False, "again", UnreadableAnswer),
        (_raw(200, HTML, "text/html"), True, "error", AnswerUnknown),
        (_raw(200, b'{"Contacts": [{"Name": "A'), False, "again", UnreadableAnswer),
        (_raw(200, b'{"Contacts": [{"Name": "A'), True, "error", AnswerUnknown),
        (_raw(200, b"[1, 2]"), False, "again", UnreadableAnswer),
        (_raw(302, b"", "text/html"), False, "error", UnreadableAnswer),
        (_raw(302, b"", "text/html"), True, "error", AnswerUnknown),
        (_raw(600, b"", ""), True, "error", AnswerUnknown),
    ],
)
def test_what_an_answer_means(
    answer: RawAnswer, writes: bool, meaning: str, error: type[Exception] | None
) -> None:
    """Each status, content type and body has one meaning; a write is never called undone."""
    verdict = judge(answer, "X /Contacts", writes=writes)

    assert (meaning, error) == (verdict.meaning, verdict.error and type(verdict.error))


def test_numbers_are_exact() -> None:
    """An amount that no float holds is read as it was written; counts are int."""
    found = read_json(b'{"a": 1234567890123.0001, "b": 12, "c": 0.1}')

    assert {"a": Decimal("1234567890123.0001"), "b": 12, "c": Decimal("0.1")} == found


def test_a_byte_order_mark_is_no_damage() -> None:
    """JSON that begins with a byte order mark is read."""
    assert {"a": 1} == read_json(b'\xef\xbb\xbf{"a": 1}')


def test_a_bottomless_body_is_refused() -> None:
    """A body nested a hundred thousand deep is unreadable, not a crash."""
    assert read_json(b'{"a":' + b"[" * 100_000) is None


def test_messages_of_every_depth_are_kept_once() -> None:
    """Messages of lines and contact come after the document's own, each once and whole."""
    element = {
        "ValidationErrors": [{"Message": "The document is wrong."}],
        "LineItems": [
            {"ValidationErrors": [{"Message": "Account code '999' is not valid."}]},
            {"ValidationErrors": [{"Message": "Account code '999' is not valid."}]},
        ],
        "Contact": {"validationErrors": [{"message": "No contact."}]},
        "Warnings": [{"Message": "Only a warning."}],
    }
    expected = ("The document is wrong.", "Account code '999' is not valid.", "No contact.")

    assert (expected, ("Only a warning.",)) == (problems(element), warnings(element))


def test_a_message_called_description_is_read() -> None:
    """The spelling of Xero's documentation is understood too."""
    assert ("Text",) == problems({"ValidationErrors": [{"Description": "Text"}]})


@pytest.mark.parametrize(
    "element",
    [
        {"StatusAttributeString": "ERROR"},
        {"HasErrors": True},
        {"HasValidationErrors": True},
        {"ValidationErrors": [{"Message": "m"}]},
        {"LineItems": [{"ValidationErrors": [{"Message": "m"}]}]},
        {"Contact": {"HasValidationErrors": True}},
        [{"HasErrors": True}],
    ],
)
def test_signs_of_failure(element: Any) -> None:
    """Every way in which Xero marks an element as not saved is seen, at any depth."""
    assert failed(element)


@pytest.mark.parametrize(
    "element",
    [
        {"StatusAttributeString": "OK", "HasErrors": False, "ValidationErrors": []},
        {"StatusAttributeString": "WARNING", "Warnings": [{"Message": "m"}]},
        {"Name": "ERROR"},
        {"Contact": [], "LineItems": [{}]},
        "text",
    ],
)
def test_signs_of_success(element: Any) -> None:
    """Warnings and empty lists are no failure."""
    assert not failed(element)


def test_a_refusal_without_elements_says_its_own_sentence() -> None:
    """Message comes before Detail and Title, in any casing."""
    assert [("m",), ("d",), ("t",), ()] == [
        messages(body)
        for body in ({"Message": "m", "Title": "t"}, {"detail": "d"}, {"Title": "t"}, {})
    ]


def test_a_page_is_told_without_its_tags() -> None:
    """What an HTML answer says reaches people as text."""
    verdict = judge(_raw(404, HTML, "text/html"), "GET /Items/x", writes=False)

    assert "refused GET /Items/x with 404: The resource cannot be found" in str(verdict.error)


@pytest.mark.parametrize(
    "text",
    [
        "token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl is bad",
        "Authorization: Bearer abcdef1234567890 refused",
        "Basic aWQ6c2VjcmV0c2VjcmV0 refused",
    ],
)
def test_tokens_are_cut_out(text: str) -> None:
    """What looks like a token does not pass into a message."""
    found = clean(text)

    assert (True, False) == (
        "…" in found,
        any(part in found for part in ("c2ln", "abcdef", "aWQ6")),
    )


def test_ordinary_words_stay() -> None:
    """A message about a bearer of bad news stays whole."""
    assert "The bearer is basic." == clean("The bearer is basic.")


@pytest.mark.parametrize(
    ("body", "date", "expected"),
    [
        (
            {"DateTimeUTC": "/Date(1550793549392)/"},
            "",
            datetime(2019, 2, 21, 23, 59, 9, 392000, UTC),
        ),
        ({}, "Fri, 20 Nov 2026 09:00:00 GMT", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ({"DateTimeUTC": "yesterday"}, "", None),
        ({}, "", None),
    ],
)
def test_servers_time(body: dict[str, str], date: str, expected: datetime | None) -> None:
    """Xero's time is the envelope's, else the Date header's, else unknown."""
    assert expected == server_time(_raw(200, body, date=date), body)
