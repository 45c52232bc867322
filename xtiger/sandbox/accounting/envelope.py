"""How Xero wraps what it says: envelope, error shapes, dates and numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import simplejson

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.state import Raw

JSON = "application/json; charset=utf-8"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(slots=True)
class Answer:
    """One answer on its way out."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A request that is answered with an error; carries the whole answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.status))
        self.answer = answer


class Invalid(Exception):
    """One element that breaks a rule; its messages go beside its echo."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = list(dict.fromkeys(errors))


def dumps(value: Any) -> bytes:
    """Return JSON bytes with Decimals as numbers."""
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False).encode()


def json_answer(value: Any, status: int = 200) -> Answer:
    """Return a plain JSON answer."""
    return Answer(status, dumps(value), {"Content-Type": JSON})


def enveloped(new_id: Callable[[], str], now: dt.datetime, content: Raw) -> Answer:
    """Return a success in Xero's envelope; `content` holds the plural and what stands beside it."""
    head = {
        "Id": new_id(),
        "Status": "OK",
        "ProviderName": "XTiger sandbox",
        "DateTimeUTC": f"/Date({milliseconds(now)})/",
    }
    return json_answer(head | content)


def validation(elements: Sequence[Raw]) -> Answer:
    """Return the 400 that lists the failed elements, each with its ValidationErrors."""
    return json_answer(
        {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": messages.VALIDATION,
            "Elements": list(elements),
        },
        400,
    )


def post_data_invalid(message: str) -> Refused:
    """Return the refusal of a body that cannot be read (ErrorNumber 14)."""
    return Refused(
        json_answer(
            {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": message}, 400
        )
    )


def query_parse(message: str) -> Refused:
    """Return the refusal of a where or order that cannot be understood (ErrorNumber 16)."""
    return Refused(
        json_answer({"ErrorNumber": 16, "Type": "QueryParseException", "Message": message}, 400)
    )


def not_implemented() -> Refused:
    """Return the refusal of an operation that this endpoint does not have (ErrorNumber 20)."""
    body = {
        "ErrorNumber": 20,
        "Type": "ApiMethodNotImplementedException",
        "Message": messages.NOT_IMPLEMENTED,
    }
    return Refused(json_answer(body, 501))


def not_found() -> Refused:
    """Return the 404, which is HTML and not JSON."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Refused(Answer(404, messages.NOT_FOUND.encode(), headers))


def problem(status: int, title: str, detail: str, instance: str | None = None) -> Answer:
    """Return the shape of the errors in front of the accounting API (401, 403, 406)."""
    body: Raw = {"Type": None, "Title": title, "Status": status, "Detail": detail}
    if instance:
        body |= {"Instance": instance, "Extensions": {}}
    return json_answer(body, status)


def milliseconds(moment: dt.datetime) -> int:
    """Return milliseconds since 1970 of an aware datetime."""
    return (moment - _EPOCH) // dt.timedelta(milliseconds=1)


def moment(stamp_ms: int) -> dt.datetime:
    """Return the aware UTC datetime of milliseconds since 1970."""
    return _EPOCH + dt.timedelta(milliseconds=stamp_ms)


def stamp_text(stamp_ms: int) -> str:
    """Return a stored stamp as Xero writes UpdatedDateUTC."""
    return f"/Date({stamp_ms}+0000)/"


def stamp_string(stamp_ms: int) -> str:
    """Return a stored stamp as Xero writes UpdatedDateUTCString."""
    return moment(stamp_ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_text(day: str) -> str:
    """Return a stored "YYYY-MM-DD" as Xero writes Date: milliseconds of its midnight."""
    midnight = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
    return f"/Date({milliseconds(midnight)}+0000)/"
