"""The way of one call into the accounting API: token, organisation, limits, key, endpoint."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.accounting import endpoints, handle, named, wants_pdf
from xtiger.sandbox.accounting.envelope import Answer, Refused, not_found, problem
from xtiger.sandbox.accounting.idempotency import Idempotency, fingerprint
from xtiger.sandbox.accounting.kinds import Asked, Context
from xtiger.sandbox.control.traffic import Request
from xtiger.sandbox.faults.faults import Fault
from xtiger.sandbox.faults.limits import Meter
from xtiger.sandbox.identity import scopes
from xtiger.sandbox.identity.identity import Identity, expired
from xtiger.sandbox.identity.tokens import Access
from xtiger.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets calls through to the accounting API, or says why not."""

    state: State
    identity: Identity
    meter: Meter
    idempotency: Idempotency
    now: Callable[[], dt.datetime]
    new_id: Callable[[], str]
    #: Waits real seconds (for the fault "slow").
    sleep: Callable[[float], None]

    def answer(
        self, request: Request, authorization: str, rest: str, fault: Fault | None
    ) -> Answer:
        """Answer one call. Order: token, organisation, limits, scope, key, endpoint."""
        headers = {"Xero-Correlation-Id": self.new_id()}
        try:
            access = self.identity.access(authorization)
            if fault is not None and fault.kind == "token_expired":
                raise Refused(expired(self.now()))
            tenant = self.identity.tenant(access, _header(request, "xero-tenant-id"))
            limits = self.identity.apps.limits_of(access.client_id)
            with self.meter.call(access.client_id, tenant, limits, self.now()) as left:
                headers |= left
                answer = self._inside(request, tenant, access, rest, fault)
        except Refused as refused:
            answer = refused.answer
        return Answer(answer.status, answer.body, answer.headers | headers)

    def _inside(
        self,
        request: Request,
        tenant: str,
        access: Access,
        rest: str,
        fault: Fault | None,
    ) -> Answer:
        if fault is not None and fault.kind == "slow":
            self.sleep(fault.seconds)
        endpoint, *below = rest.strip("/").split("/")
        endpoint = named(endpoint)
        below[1:2] = [part.capitalize() if part.islower() else part for part in below[1:2]]
        _admit(request, endpoint, below, access.scopes)
        query = {name.lower(): value for name, value in request.query.items()}
        asked = Asked(
            request.method,
            endpoint,
            tuple(below),
            query,
            _header(request, "if-modified-since"),
            request.body,
            _header(request, "accept"),
            _header(request, "content-type"),
        )
        context = Context(
            self.state,
            tenant,
            self.now(),
            self.new_id,
            app=access.client_id,
            refused_element=(
                fault.element if fault is not None and fault.kind == "refused_element" else None
            ),
            unitdp=4 if query.get("unitdp") == "4" else 2,
            backorders=endpoint == "Invoices"
            and query.get("allowbackorders", "").lower() == "true",
        )
        with self.state.lock:
            return self._once(request, context, asked, fault)

    def _once(
        self, request: Request, context: Context, asked: Asked, fault: Fault | None
    ) -> Answer:
        """Carry out a request, or give the kept answer of its Idempotency-Key again."""
        key = _header(request, "idempotency-key")
        if not key or request.method not in ("PUT", "POST", "PATCH"):
            return _carry_out(context, asked, fault)
        url = request.path + "?" + "&".join(f"{n}={v}" for n, v in request.query.items())
        mark = fingerprint(request.method, url, request.body)
        own = f"{context.app} {key}"
        kept = self.idempotency.replay(own, mark, context.now)
        if kept is not None:
            return kept
        answer = _carry_out(context, asked, fault)
        self.idempotency.keep(own, mark, context.now, answer)
        return answer


def _carry_out(context: Context, asked: Asked, fault: Fault | None) -> Answer:
    if fault is not None and fault.kind == "status":
        return fault.answer()
    try:
        with context.state.transaction():
            answer = handle(context, asked)
    except Refused as refused:
        answer = refused.answer
    if fault is not None and fault.kind == "lost_answer" and fault.status:
        return Fault("status", status=fault.status).answer()
    return answer


def _header(request: Request, name: str) -> str:
    headers: Mapping[str, str] = request.headers
    return headers.get(name, "")


def _admit(request: Request, endpoint: str, below: list[str], granted: frozenset[str]) -> None:
    """Refuse an unknown endpoint, a missing scope, and an answer wanted in another format."""
    if endpoint not in endpoints():
        raise not_found()
    files = below[1:2] == ["Attachments"]
    if not scopes.allowed("Attachments" if files else endpoint, request.method, granted):
        refusal = problem(401, "Unauthorized", messages.AUTHORIZATION)
        refusal.headers["WWW-Authenticate"] = 'Bearer error="insufficent_scope"'
        raise Refused(refusal)
    accept = _header(request, "accept")
    # A file is answered as it is, whatever the caller would like to have.
    if "json" not in accept and not wants_pdf(accept) and not (files and len(below) > 2):
        detail = (
            "Xero would answer XML here; the sandbox answers JSON only. "
            "Send the header Accept: application/json."
        )
        raise Refused(problem(406, "Not Acceptable", detail))
