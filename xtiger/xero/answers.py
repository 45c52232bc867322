"""The one table from what Xero answered to what it means; pure, and no token passes through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any, Literal

import simplejson

from xtiger.errors import (
    AnswerUnknown,
    ScopeMissing,
    UnreadableAnswer,
    XeroRejected,
    XeroUnavailable,
    XTigerError,
)
from xtiger.mapping.xero_schema import parse_moment
from xtiger.model.connections import ENDED_IN_XERO
from xtiger.model.values import utc
from xtiger.xero.transport import RawAnswer

#: good: the body is the answer · missing: 404 · refresh: the access token is used up ·
#: ended: Xero no longer lets this connection in · limited: 429 · invalid: elements were
#: refused, the body lists them · again: a read may be repeated, then `error` · error: it stands.
Meaning = Literal["good", "missing", "refresh", "ended", "limited", "invalid", "again", "error"]

_JWT = re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]*){1,4}")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.+/=~-]{8,}")
#: Longest that a message made of an unreadable body gets.
_EXCERPT = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means; see Meaning."""

    meaning: Meaning
    #: The JSON of a good answer, or of a refusal; numbers are Decimal or int.
    body: Mapping[str, Any] | None = None
    error: XTigerError | None = None
    #: Why a connection ended, for people.
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    """An answer with what the table looks at."""

    answer: RawAnswer
    operation: str
    writes: bool
    #: None where the body is no JSON object.
    body: Mapping[str, Any] | None
    #: Detail, Title, Message and WWW-Authenticate in lower case.
    words: str

    def rejected(self) -> XTigerError:
        """The refusal with Xero's own messages."""
        said = messages(self.body) if self.body is not None else _excerpt(self.answer)
        return XeroRejected(
            self.operation, self.answer.status, said, correlation_id=self.answer.correlation_id
        )

    def unsure(self, reason: str) -> XTigerError:
        """A write that may have been done, or a read that gave nothing."""
        if self.writes:
            return AnswerUnknown(self.operation, http_status=self.answer.status)
        return UnreadableAnswer(self.operation, reason)


def _rejected(case: _Case) -> Verdict:
    return Verdict("error", case.body, case.rejected())


def _down(case: _Case) -> Verdict:
    if case.writes:
        return Verdict("error", None, case.unsure(""))
    status, trace = case.answer.status, case.answer.correlation_id
    return Verdict("again", None, XeroUnavailable(status, correlation_id=trace))


def _good(case: _Case) -> Verdict:
    if case.body is not None:
        return Verdict("good", case.body)
    if case.answer.status == 204:
        return Verdict("good", {})
    kind = case.answer.content_type or "nothing"
    html = "html" in kind or "xml" in kind
    reason = f"it is {kind}, not JSON" if html else "its JSON is cut off or damaged"
    return Verdict("error" if case.writes else "again", None, case.unsure(reason))


def _says(*words: str) -> Callable[[_Case], bool]:
    return lambda case: any(word in case.words for word in words)


def _is_json(case: _Case) -> bool:
    return case.body is not None


def _has_elements(case: _Case) -> bool:
    return case.writes and bool(look(case.body, "Elements"))


def _always(_case: _Case) -> bool:
    return True


def _scope(case: _Case) -> Verdict:
    return Verdict("error", case.body, ScopeMissing(case.operation))


#: First fitting row decides: lowest status, highest status, test, meaning.
_TABLE: tuple[tuple[int, int, Callable[[_Case], bool], Callable[[_Case], Verdict]], ...] = (
    (200, 299, _always, _good),
    # Xero's own FAQ spells it "insufficent"; both are seen.
    (
        401,
        401,
        _says("insufficent_scope", "insufficient_scope", "authorizationunsuccessful"),
        _scope,
    ),
    # TokenExpired, AuthenticationUnsuccessful and what is not known: a new token tells more.
    (
        401,
        401,
        _always,
        lambda case: Verdict("refresh", case.body, None, "Xero refused the access token"),
    ),
    (403, 403, _says("insufficent_scope", "insufficient_scope"), _scope),
    (
        403,
        403,
        _is_json,
        lambda case: Verdict("ended", case.body, None, ENDED_IN_XERO),
    ),
    # Some firewall's page: no reason to end a connection.
    (403, 403, _always, _rejected),
    # Where Xero summarises: the elements listed were refused, others may have been saved.
    (400, 400, _has_elements, lambda case: Verdict("invalid", case.body, case.rejected())),
    (404, 404, _always, lambda case: Verdict("missing", case.body, case.rejected())),
    (429, 429, _always, lambda _: Verdict("limited")),
    (501, 501, _always, _rejected),
    (500, 599, _always, _down),
    # 400 in all its types, 405, 412, 413 and the like: refused before anything was done.
    (400, 499, _always, _rejected),
)


def judge(answer: RawAnswer, operation: str, *, writes: bool) -> Verdict:
    """What an answer means; `operation` such as "PUT /Contacts" names it in errors."""
    body = read_json(answer.body)
    heads = ("Detail", "Title", "Message", "Type")
    said = [str(look(body, name) or "") for name in heads] if body is not None else []
    words = " ".join([*said, answer.headers.get("www-authenticate", "")]).lower()
    case = _Case(answer, operation, writes, body, words)
    for lowest, highest, fits, meaning in _TABLE:
        if lowest <= answer.status <= highest and fits(case):
            return meaning(case)
    # A redirect, or a status that HTTP does not have.
    return Verdict("error", None, case.unsure(f"the status {answer.status} is not expected"))


def read_json(body: bytes) -> Mapping[str, Any] | None:
    """A JSON object with Decimal numbers; None where the bytes are none, whole and valid."""
    try:
        found = simplejson.loads(body.decode("utf-8-sig"), use_decimal=True)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def look(body: Mapping[str, Any] | None, name: str) -> Any:
    """The value of a key in any casing: Xero answers Title and title."""
    if body is None:
        return None
    if name in body:
        return body[name]
    wanted = name.lower()
    return next((value for key, value in body.items() if key.lower() == wanted), None)


def _collected(value: Any, name: str) -> Iterator[str]:
    """Messages of every list called `name` at any depth, outermost first."""
    if isinstance(value, Mapping):
        for entry in look(value, name) or ():
            # The documentation shows the text under Description once.
            text = look(entry, "Message") or look(entry, "Description") or ""
            yield clean(str(text)) if isinstance(entry, Mapping) else clean(str(entry))
        for key, item in value.items():
            if key.lower() not in ("validationerrors", "warnings"):
                yield from _collected(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _collected(item, name)


def problems(element: Any) -> tuple[str, ...]:
    """Validation messages at every depth, whole, each once, outermost first."""
    return tuple(dict.fromkeys(text for text in _collected(element, "ValidationErrors") if text))


def warnings(element: Any) -> tuple[str, ...]:
    """Warnings at every depth, each once."""
    return tuple(dict.fromkeys(text for text in _collected(element, "Warnings") if text))


def failed(element: Any) -> bool:
    """Whether Xero marks an element, or anything in it, as not saved."""
    if isinstance(element, list):
        return any(failed(item) for item in element)
    if not isinstance(element, Mapping):
        return False
    if str(look(element, "StatusAttributeString") or "").upper() == "ERROR":
        return True
    if look(element, "HasErrors") is True or look(element, "HasValidationErrors") is True:
        return True
    return bool(problems(element)) or any(
        failed(value) for value in element.values() if isinstance(value, dict | list)
    )


def messages(body: Mapping[str, Any]) -> tuple[str, ...]:
    """All that a refusal says: validation messages, else its own sentence."""
    found = problems(body)
    if found:
        return found
    heads = (look(body, name) for name in ("Message", "Detail", "Title", "error"))
    return tuple(clean(str(head)) for head in heads if head)[:1]


def clean(text: str) -> str:
    """The text without anything that looks like a token."""
    return _BEARER.sub(r"\1 …", _JWT.sub("…", text))


def _excerpt(answer: RawAnswer) -> tuple[str, ...]:
    """What an answer that is no JSON says to people, without its tags."""
    text = answer.body[: 20 * _EXCERPT].decode("utf-8", "replace")
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>", " ", text)
    flat = clean(" ".join(unescape(text).split()))[:_EXCERPT]
    return (flat,) if flat else ()


def server_time(answer: RawAnswer, body: Mapping[str, Any]) -> datetime | None:
    """When Xero answered by its own clock: the envelope's DateTimeUTC, else the Date header."""
    try:
        stamp = look(body, "DateTimeUTC")
        if stamp:
            return parse_moment(str(stamp))
        header = answer.headers.get("date")
        return utc(parsedate_to_datetime(header)) if header else None
    except (ValueError, OverflowError):
        return None


def count(answer: RawAnswer, header: str) -> int | None:
    """A header's whole number; None where it is absent or none."""
    text = answer.headers.get(header, "").strip()
    return int(text) if text.isdecimal() else None
