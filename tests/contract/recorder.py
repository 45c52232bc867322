"""An observer for Sandbox.observers that checks all traffic against Xero's document."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.contract import defects
from tests.contract.openapi import contract
from xtiger.sandbox import Request, Response

_API = "/api.xro/2.0/"


@dataclass(slots=True)
class Recorder:
    """Collects violations; where the document is not present it collects none.

    Use: `sandbox.observers.append(recorder)`, and at the end `recorder.assert_clean()`.
    """

    #: False for tests that send broken requests on purpose.
    judge_requests: bool = True
    #: Violations so far, each as "METHOD path: what".
    violations: list[str] = field(default_factory=list)
    #: How many calls were judged.
    judged: int = 0

    def __call__(self, request: Request, response: Response) -> None:
        """Judge one call to the accounting API."""
        checks = contract()
        if checks is None or not request.path.startswith(_API):
            return
        self.judged += 1
        if self.judge_requests:
            self.violations += checks.check_request(
                request.method, request.path, request.query, request.headers, request.body
            )
        kind = response.headers.get("content-type", "")
        json = "json" in kind
        if response.status == 200 and not json:
            # Files and printed documents are the only answers that are no JSON.
            printed = kind == "application/pdf" and response.body.startswith(b"%PDF-")
            if not printed and "/Attachments/" not in request.path:
                self.violations.append(f"{request.method} {request.path}: no JSON but {kind}")
        elif json or response.status in (200, 204):
            parts = request.path.rstrip("/").split("/")
            path = "/".join(defects.SPELLINGS.get(part, part) for part in parts)
            self.violations += checks.check_answer(
                request.method, path, response.status, response.body
            )

    def assert_clean(self) -> None:
        """Fail when any request or answer broke the contract."""
        shown = "\n".join(self.violations[:20])

        assert [] == self.violations, f"{len(self.violations)} contract violations:\n{shown}"
