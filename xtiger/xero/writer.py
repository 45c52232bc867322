"""Writing: one batch out, one answer per element back, or no answer that counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from xtiger.errors import AnswerUnknown
from xtiger.i18n.process_log import process_log
from xtiger.ports.xero import ElementAnswer, WriteRequest
from xtiger.rules.kinds import KindTraits, traits_of_path
from xtiger.xero.answers import failed, look, problems, read_json, warnings
from xtiger.xero.client import XeroClient


class XeroWriter:
    """Writes of one organisation."""

    def __init__(self, client: XeroClient) -> None:
        self._client = client

    def send(self, request: WriteRequest) -> Sequence[ElementAnswer]:
        """Send one batch; one answer per element, in order.

        Raises AnswerUnknown when the answers do not fit the elements, and what
        XeroClient.write raises. Raises ValueError for a body that is no JSON of a known kind.
        """
        row = _row_of(request.path)
        if request.method == "DELETE":
            return [self._delete(request, row)]
        sent = _elements_sent(request, row)
        query = _with_parameters(request, row)
        operation = f"{request.method} {request.path}"
        reply = self._client.write(
            request.method, request.path, request.body, key=request.key, query=query
        )
        refused = look(reply.body, "Elements")
        found = refused or look(reply.body, row.plural)
        if not isinstance(found, list) or len(found) != len(sent):
            # Of a refusal that lists fewer than were sent, the others may have been saved.
            unknown = AnswerUnknown(operation, http_status=400 if refused else 200)
            log = process_log("xtiger.xero")
            log.info("%s: %s, the answers do not fit the elements", operation, unknown.code)
            raise unknown
        answers = [_answer(element, row, operation, saved=not refused) for element in found]
        return [replace(one, correlation_id=reply.correlation_id) for one in answers]

    def _delete(self, request: WriteRequest, row: KindTraits) -> ElementAnswer:
        """Delete the element that the path names; Xero answers 204 and nothing else."""
        reply = self._client.write(request.method, request.path, b"", key=request.key, query={})
        gone = {row.id_field: request.path.rsplit("/", 1)[-1]}
        return ElementAnswer(True, gone, correlation_id=reply.correlation_id)


def _row_of(path: str) -> KindTraits:
    """What the elements of a path are: its kind's, or the allocations of one credit."""
    row = traits_of_path(path)
    if not path.endswith("/Allocations"):
        return row
    return replace(row, plural="Allocations", id_field="AllocationID", unitdp=False)


def _elements_sent(request: WriteRequest, row: KindTraits) -> Sequence[Any]:
    """The elements in the body: a bare one, or those of the list."""
    body = read_json(request.body)
    if body is None:
        raise ValueError(f"the body of {request.method} {request.path} is no JSON object")
    found = look(body, row.plural)
    return found if isinstance(found, list) else [body]


def _with_parameters(request: WriteRequest, row: KindTraits) -> Mapping[str, str]:
    """The query with what makes Xero answer per element and keep 4 decimals."""
    given = {name.lower() for name in request.query}
    query = dict(request.query)
    on_list = request.path.strip("/") == row.plural
    if on_list and request.method in row.summarises and "summarizeerrors" not in given:
        # Xero's own default is true: it saves the good ones and tells only of the others.
        query["summarizeErrors"] = "false"
    if row.unitdp and "unitdp" not in given:
        query["unitdp"] = "4"
    return query


def _answer(element: Any, row: KindTraits, operation: str, *, saved: bool) -> ElementAnswer:
    if not isinstance(element, Mapping):
        raise AnswerUnknown(operation, http_status=200)
    said = problems(element)
    ok = saved and not failed(element) and bool(row.usable_id(element))
    if not ok and not said:
        said = ("Xero did not save it and gave no reason.",)
    return ElementAnswer(ok, element, () if ok else said, warnings(element))
