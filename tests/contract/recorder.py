"""An observer for Sandbox.observers that checks all traffic against Xero's document."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.contract import defects
from tests.contract.openapi import Contract, contract
from xtiger.sandbox import Request, Response

API = "/api.xro/2.0/"


@dataclass(slots=True)
class Recorder:
    """Collects violations; where the document is not present it collects none.

    Use: `sandbox.observers.append(recorder)`, and at the end `recorder.assert_clean()`. What the
    library says is judged in every test: tests/contract/traffic.py.
    """

    #: Violations so far, each as "METHOD path: what".
    violations: list[str] = field(default_factory=list)
    #: How many calls were judged.
    judged: int = 0

    def __call__(self, request: Request, response: Response) -> None:
        """Judge one call to the accounting API."""
        checks = contract()
        if checks is None or not request.path.startswith(API):
            return
        self.judged += 1
        self.violations += checks.check_request(
            request.method, request.path, request.query, request.headers, request.body
        )
        self.violations += judge_answer(checks, request.method, request.path, response)

    def assert_clean(self) -> None:
        """Fail when any request or answer broke the contract."""
        shown = "\n".join(self.violations[:20])

        assert [] == self.violations, f"{len(self.violations)} contract violations:\n{shown}"


def judge_answer(checks: Contract, method: str, path: str, response: Response) -> list[str]:
    """What is wrong with an answer of the accounting API, each as "METHOD path: what"."""
    kind = response.headers.get("content-type", "")
    json = "json" in kind
    if response.status == 200 and not json:
        # Files and printed documents are the only answers that are no JSON.
        printed = kind == "application/pdf" and response.body.startswith(b"%PDF-")
        return [] if printed or "/Attachments/" in path else [f"{method} {path}: no JSON: {kind}"]
    if not json and response.status not in (200, 204):
        return []
    parts = path.rstrip("/").split("/")
    spelled = "/".join(defects.SPELLINGS.get(part, part) for part in parts)
    return checks.check_answer(method, spelled, response.status, response.body)
