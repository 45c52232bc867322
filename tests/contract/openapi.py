"""Checks requests and answers against Xero's OpenAPI document, with property names closed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import simplejson
import yaml

from tests.contract import defects

_ROOT = Path(__file__).resolve().parents[2]
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MS_DATE = re.compile(r"/Date\(-?\d+([+-]\d{4})?\)/")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T00:00:00)?")
_SINCE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_PREFIX = "/api.xro/2.0"
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float, Decimal),
    "integer": (int,),
    "boolean": (bool,),
}

#: Takes a value and where it stands; appends what is wrong.
_Check = Callable[[Any, str, list[str]], None]


class _Loader(yaml.CSafeLoader):
    """Leaves unquoted dates as text: examples must not turn into datetimes."""


_Loader.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in rows if tag != "tag:yaml.org,2002:timestamp"]
    for sign, rows in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def contract_folder() -> Path | None:
    """Return the folder with Xero's documents, or None where it is not present."""
    shared = Path(os.environ.get("XTIGER_SHARED") or _ROOT.parent / "shared")
    folder = shared / "contract"
    return folder if (folder / "xero_accounting.yaml").is_file() else None


@cache
def contract() -> Contract | None:
    """Return the checked contract, or None where Xero's document is not present."""
    folder = contract_folder()
    if folder is None:
        return None
    text = (folder / "xero_accounting.yaml").read_text(encoding="utf-8")
    return Contract(yaml.load(text, _Loader))


@dataclass(frozen=True, slots=True)
class _Operation:
    method: str
    path: str
    pattern: re.Pattern[str]
    raw: Mapping[str, Any]


class Contract:
    """Xero's accounting document, ready to check with."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._schemas: Mapping[str, Any] = document["components"]["schemas"]
        # All at once: server threads may ask for the same schema at the same time.
        self._checks: dict[tuple[str, bool], _Check] = {
            (name, request): self._compiled(schema, name, request=request)
            for name, schema in self._schemas.items()
            for request in (True, False)
        }
        self._operations = [
            _Operation(method, path, _pattern(path), raw)
            for path, rows in document["paths"].items()
            for method, raw in rows.items()
            # x-path marks the four invented /pdf paths: no such address exists.
            if method in ("get", "put", "post", "delete") and "x-path" not in raw
        ]

    # --- requests ---------------------------------------------------------------------------

    def check_request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> list[str]:
        """Return what is wrong with a request; `path` with or without /api.xro/2.0."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path}: no such operation"]
        is_file = _FILE in operation.raw.get("requestBody", {}).get("content", {})
        found = self._query(operation, query) + _headers(method, headers, body, is_file=is_file)
        found += self._operation_body(operation, path, body)
        return [f"{method} {path}: {text}" for text in found]

    def check_body(self, method: str, path: str, body: bytes) -> list[str]:
        """Return what is wrong with the body of a request; `path` as in the document."""
        operation = next(o for o in self._operations if (o.method, o.path) == (method, path))
        return self._operation_body(operation, path, body)

    def _operation_body(self, operation: _Operation, path: str, body: bytes) -> list[str]:
        content = operation.raw.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is not None:
            return self._body(schema, path, body)
        if _FILE in content:
            return [] if body else ["a file is empty"]
        return ["a body is sent where none is expected"] if body else []

    def _query(self, operation: _Operation, query: Mapping[str, str]) -> list[str]:
        parameters = [self._resolved(row) for row in operation.raw.get("parameters", [])]
        known = {row["name"]: row for row in parameters if row["in"] == "query"}
        extra = defects.QUERY.get((operation.method, operation.path), frozenset())
        found = [
            f"unknown query parameter {name}" for name in query if name not in {*known, *extra}
        ]
        for name, row in known.items():
            schema = row["schema"]
            if schema.get("type") == "boolean" and query.get(name, "true") not in _BOOLEANS:
                found.append(f"query parameter {name} must be true or false")
            if schema.get("type") == "integer" and not query.get(name, "0").isdigit():
                found.append(f"query parameter {name} must be a whole number")
        return found

    def _body(self, schema: Mapping[str, Any], path: str, body: bytes) -> list[str]:
        try:
            value = simplejson.loads(body, use_decimal=True)
        except ValueError as error:
            return [f"the body is not JSON: {error}"]
        results = []
        for name in self._alternatives(schema["$ref"].rsplit("/", 1)[-1], path):
            found: list[str] = []
            self._checks[(name, True)](value, name, found)
            results.append(found)
        return min(results, key=len)

    def _alternatives(self, name: str, path: str) -> list[str]:
        """Return the schemas a body may have: the named one, and its bare or listed twin."""
        plural = path.removeprefix(_PREFIX).strip("/").split("/")[0]
        rows = self._schemas.get(plural, {}).get("properties", {}).get(plural, {})
        twin = str(rows.get("items", {}).get("$ref", "")).rsplit("/", 1)[-1]
        pair = (plural, twin)
        return [name, *(other for other in pair if name in pair and other and other != name)]

    # --- answers ----------------------------------------------------------------------------

    def check_answer(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """Return what is wrong with an answer; statuses the document lacks are not judged."""
        operation = self._operation(method, path)
        if operation is None:
            return [] if status in (404, 501) else [f"{method} {path}: no such operation"]
        answer = operation.raw["responses"].get(str(status))
        if status == 400 and answer is None:
            answer = {"$ref": "#/components/responses/400Error"}
        if answer is None:
            return [] if status >= 400 else [f"{method} {path}: unexpected status {status}"]
        schema = self._resolved(answer).get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            return [f"{method} {path}: a body where none is expected"] if body else []
        try:
            value = simplejson.loads(body, use_decimal=True)
        except ValueError as error:
            return [f"{method} {path}: the answer is not JSON: {error}"]
        if status == 400 and "ErrorNumber" not in value:
            return []  # the front door's own shape (Title, Detail) is outside the document
        return [f"{method} {path}: {text}" for text in self.check_schema(schema, value)]

    def check_schema(self, schema: Mapping[str, Any], value: Any) -> list[str]:
        """Return what is wrong with an answer's value under a schema."""
        found: list[str] = []
        self._compiled(schema, "", request=False, top=True)(value, "", found)
        return found

    def answers_with_examples(self) -> list[tuple[str, str, str, Mapping[str, Any], Any]]:
        """Return (method, path, status, schema, example) of every answer that has an example."""
        rows = []
        for operation in self._operations:
            for status, answer in operation.raw["responses"].items():
                content = self._resolved(answer).get("content", {}).get("application/json", {})
                example = content.get("example")
                if isinstance(example, str):
                    example = simplejson.loads(example)
                if example is not None:
                    key = (operation.method, operation.path, status)
                    rows.append((*key, content["schema"], example))
        return rows

    def bodies_with_examples(self) -> list[tuple[str, str, Any]]:
        """Return (method, path, example) of every request body that has an example."""
        rows = []
        for operation in self._operations:
            content = operation.raw.get("requestBody", {}).get("content", {})
            example = content.get("application/json", {}).get("example")
            if isinstance(example, str):
                example = simplejson.loads(example)
            if example is not None:
                rows.append((operation.method, operation.path, example))
        return rows

    # --- operations -------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many operations the document has."""
        return len(self._operations)

    def operation(self, method: str, path: str) -> str:
        """Return the name of the operation of an address, as "get /Contacts/{ContactID}"."""
        found = self._operation(method, path)
        return f"{method} {path}" if found is None else f"{found.method} {found.path}"

    # --- finding ----------------------------------------------------------------------------

    def _operation(self, method: str, path: str) -> _Operation | None:
        """Return the operation of an address; of equivalent paths the one whose ids fit."""
        below = path.removeprefix(_PREFIX)
        found = [
            operation
            for operation in self._operations
            if operation.method == method.lower() and operation.pattern.fullmatch(below)
        ]
        # /Organisation/Actions is no organisation called Actions: fewest placeholders first.
        found.sort(key=lambda operation: operation.path.count("{"))
        for operation in found:
            if operation.path in defects.KEYS_IN_PATH or self._ids_fit(operation, below):
                return operation
        return None

    def _ids_fit(self, operation: _Operation, path: str) -> bool:
        match = operation.pattern.fullmatch(path)
        assert match is not None
        for row in map(self._resolved, operation.raw.get("parameters", [])):
            wants_uuid = row["in"] == "path" and row["schema"].get("format") == "uuid"
            if wants_uuid and not _UUID.fullmatch(match.group(row["name"])):
                return False
        return True

    def _resolved(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in row:
            return row
        found: Any = self.document
        for part in row["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        resolved: Mapping[str, Any] = found
        return resolved

    # --- schemas ----------------------------------------------------------------------------

    def _later(self, name: str, *, request: bool) -> _Check:
        """Return a check that finds its schema when called: contacts hold groups of contacts."""
        key = (name, request)

        def check(value: Any, at: str, found: list[str]) -> None:
            self._checks[key](value, at, found)

        return check

    def _compiled(
        self, schema: Mapping[str, Any], owner: str, *, request: bool, top: bool = False
    ) -> _Check:
        if "$ref" in schema:
            name = str(schema["$ref"]).rsplit("/", 1)[-1]
            if top and name != "Error":
                return self._object(self._schemas[name], name, request=request, envelope=True)
            return self._later(name, request=request)
        if "properties" in schema:
            return self._object(schema, owner, request=request)
        if schema.get("type") == "array":
            return _array(self._compiled(schema["items"], owner, request=request))
        return _scalar(schema, owner, request=request)

    def _object(
        self, schema: Mapping[str, Any], name: str, *, request: bool, envelope: bool = False
    ) -> _Check:
        checks: dict[str, _Check | None] = {}
        for field, part in schema.get("properties", {}).items():
            if request and part.get("readOnly") and (name, field) not in defects.WRITABLE:
                checks[field] = _read_only
            else:
                checks[field] = self._compiled(part, name, request=request)
        extra = defects.REQUEST_PROPERTIES if request else defects.ANSWER_PROPERTIES
        for field in extra.get(name, ()):
            checks.setdefault(field, None)
        if envelope:
            for field, kind in defects.ENVELOPE.items():
                checks[field] = _scalar({"type": kind}, "", request=request)
        required = schema.get("required", []) if request else []
        is_open = name in defects.OPEN_SCHEMAS
        by_id = defects.REQUIRED_WITHOUT.get(name, "")
        return _closed(checks, required, by_id, is_open=is_open, empty_list_is_null=not request)


_BOOLEANS = ("true", "false")
#: What the document calls the body of a request that is a file; its type is the file's own.
_FILE = "application/octet-stream"


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def _headers(method: str, headers: Mapping[str, str], body: bytes, *, is_file: bool) -> list[str]:
    low = {name.lower(): value for name, value in headers.items()}
    found = []
    if not low.get("xero-tenant-id"):
        found.append("header xero-tenant-id is missing")
    if "application/json" not in low.get("accept", ""):
        found.append("header Accept must name application/json")
    is_json = low.get("content-type", "").startswith("application/json")
    if is_file and (is_json or "/" not in low.get("content-type", "")):
        found.append("header Content-Type must be that of the file")
    if body and not is_file and not is_json:
        found.append("header Content-Type must be application/json")
    if len(low.get("idempotency-key", "")) > 128:
        found.append("header Idempotency-Key is longer than 128")
    if "idempotency-key" in low and method.upper() not in ("PUT", "POST"):
        found.append("header Idempotency-Key on a request that ignores it")
    since = low.get("if-modified-since")
    if since is not None and not _SINCE.fullmatch(since):
        found.append("header If-Modified-Since must be UTC, whole seconds, without zone")
    return found


def _read_only(value: Any, at: str, found: list[str]) -> None:
    found.append(f"{at}: is read-only")


def _closed(
    checks: Mapping[str, _Check | None],
    required: Sequence[str],
    by_id: str,
    *,
    is_open: bool,
    empty_list_is_null: bool,
) -> _Check:
    def check(value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, dict):
            # Null objects come back as [] (docs), and as null in lists (examples).
            if value not in ([], None) or not empty_list_is_null:
                found.append(f"{at}: expected an object")
            return
        for field, inner in value.items():
            if field not in checks:
                if not is_open:
                    found.append(f"{at}.{field}: no such property")
            elif (known := checks[field]) is not None and inner is not None:
                known(inner, f"{at}.{field}", found)
        wanted = () if by_id and by_id in value else required
        found.extend(f"{at}.{field}: is required" for field in wanted if field not in value)

    return check


def _array(inner: _Check) -> _Check:
    def check(value: Any, at: str, found: list[str]) -> None:
        if not isinstance(value, list):
            found.append(f"{at}: expected a list")
            return
        for number, row in enumerate(value):
            inner(row, f"{at}[{number}]", found)

    return check


def _scalar(schema: Mapping[str, Any], owner: str, *, request: bool) -> _Check:
    kind = schema.get("type", "object")
    types = _TYPES.get(kind, (object,))
    longest = schema.get("maxLength")
    # Enums are closed for requests only: Xero keeps adding values to answers.
    values = frozenset(schema.get("enum", ())) if request else frozenset()
    uuid = schema.get("format") == "uuid"
    day, stamp = schema.get("x-is-msdate"), schema.get("x-is-msdate-time")
    textual = not request and owner in defects.TEXT_NUMBERS and kind != "string"

    def check(value: Any, at: str, found: list[str]) -> None:
        if textual and isinstance(value, str):
            return
        if not isinstance(value, types) or (isinstance(value, bool) and kind != "boolean"):
            found.append(f"{at}: expected {kind}")
            return
        if kind != "string" or not isinstance(value, str):
            return
        if longest and len(value) > longest:
            found.append(f"{at}: longer than {longest}")
        if values and value not in values:
            found.append(f"{at}: {value!r} is not in the list of values")
        if uuid and not _UUID.fullmatch(value):
            found.append(f"{at}: is not a uuid")
        if request and day and not _DAY.fullmatch(value):
            found.append(f"{at}: a day is sent as YYYY-MM-DD")
        if not request and (day or stamp) and not _MS_DATE.fullmatch(value):
            found.append(f"{at}: is not a /Date(…)/")

    return check
