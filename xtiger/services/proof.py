"""The service for the proof: both sides are read again, counted and compared to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.model import setting_keys
from xtiger.model.asked_sync import KEPT_DIFFERENCES, KeptDifference, KeptProof
from xtiger.model.plans import AGREED, DIFFERS, PROOF
from xtiger.model.runs import Run
from xtiger.rules.reconciliation import Disagreement, Reconciliation, Standing, pairs_apart
from xtiger.services.mailing.letters import write_proof
from xtiger.services.proving.signing import Signing
from xtiger.services.syncing.sides import silent

if TYPE_CHECKING:
    from datetime import date, datetime

    from xtiger.engine.workbench.workbench import Progress
    from xtiger.model.privacy.marks import Marks
    from xtiger.model.proving.signed import SignedProof, Verified
    from xtiger.services.parts import Parts


class Proof:
    """Compares the CRM with Xero record by record; nothing is changed on either side."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def reconcile(
        self,
        connection_id: str | None = None,
        modules: Sequence[str] = (),
        since: date | None = None,
        *,
        progress: Progress = silent,
    ) -> Reconciliation:
        """Prove that both sides agree: read again, counted, summed and compared to the cent."""
        connection = self._parts.ready_connection(connection_id)
        return self._parts.runs.reconcile(connection, modules, since, progress)

    def differences(self, connection_id: str | None = None) -> list[Disagreement]:
        """Every difference between both sides as they are now, but for those that are explained."""
        return list(self.reconcile(connection_id).unexplained)

    def sign(self, found: Reconciliation) -> SignedProof:
        """The proof with this installation's signature, as a file that anyone can verify."""
        return Signing(self._parts).sign(found)

    def verify(self, text: str) -> Verified:
        """Whether the file of a signed proof is what was signed, and by whom.

        Raises NeedsPerson for what is no such file.
        """
        return Signing(self._parts).verify(text)

    def public_key(self) -> str:
        """The public half of the key that signs proofs here."""
        return Signing(self._parts).public_key()

    def fingerprint(self) -> str:
        """What people compare of that key."""
        return Signing(self._parts).fingerprint()

    def last(self, connection_id: str | None = None) -> KeptProof | None:
        """What the last run() of a connection found to differ; None before the first."""
        connection = self._parts.connection(connection_id)
        return KeptProof.of(self._parts.store.setting(setting_keys.kept_proof(connection.id)))

    def run(
        self,
        connection_id: str | None = None,
        modules: Sequence[str] = (),
        *,
        progress: Progress = silent,
    ) -> Run:
        """The same as a run that is kept: its state is "agreed", or "differs" with the counts.

        Raises what reconcile() raises.
        """
        clock, runs = self._parts.clock, self._parts.runs
        connection = self._parts.ready_connection(connection_id)
        started = clock.now()
        marks = self._parts.store.marks(connection.tenant)
        found = _without_erased(runs.reconcile(connection, modules, None, progress), marks)
        run = run_of(found, clock.new_id(), started, clock.now())
        kept = _kept(found, run.id)
        self._parts.store.save_setting(setting_keys.kept_proof(connection.id), kept.plain())
        self._parts.store.save_run(run)
        if self._is_whole(connection.id, found):
            write_proof(self._parts.for_tenant(connection.tenant), connection, found, run)
        runs.finished(connection, run)
        return run

    def _is_whole(self, connection_id: str, found: Reconciliation) -> bool:
        """Whether every module that is on was compared: only that proves that the books agree."""
        store, compared = self._parts.store, {one.module for one in found.modules}
        known = self._parts.modules(connection_id)
        on = {one.name for one in known if store.module_settings(connection_id, one.name).enabled}
        return on <= compared | set(found.not_compared)


def run_of(found: Reconciliation, run_id: str, started: datetime, now: datetime) -> Run:
    """A proof as a run: per module how many pairs agree, and how many differences there are."""
    counts: dict[str, dict[str, int]] = {}
    for one in found.modules:
        own = [d for d in found.unexplained if d.module == one.module]
        agreed = one.crm.linked - len(pairs_apart(own))
        counts[one.module] = {AGREED: agreed, DIFFERS: len(own)}
    return Run(
        id=run_id,
        connection_id=found.connection_id,
        modules=tuple(counts),
        started_at=started,
        trigger=PROOF,
        finished_at=now,
        state=AGREED if found.agrees else DIFFERS,
        calls=found.calls,
        counts=counts,
        error=_said(found),
    )


def _without_erased(found: Reconciliation, marks: Marks) -> Reconciliation:
    """The proof as it may be kept and mailed: of who was erased the ids alone."""
    kinds = {one.module: one.kind for one in found.modules}

    def is_erased(one: Disagreement | Standing) -> bool:
        here, there = one.crm_id or "", one.xero_id or ""
        kind = kinds.get(one.module, "")
        return marks.has_record(one.module, here) or marks.has_record(kind, there)

    def bare(one: Disagreement) -> Disagreement:
        # Of a whole record both say whether it is there.
        crm, xero = (side if isinstance(side, bool) else None for side in (one.crm, one.xero))
        return replace(one, name="", crm=crm, xero=xero, cure=replace(one.cure, data={}))

    if not marks.digests:
        return found
    return replace(
        found,
        differences=tuple(bare(one) if is_erased(one) else one for one in found.differences),
        standing=tuple(
            replace(one, name="", proposals=()) if is_erased(one) else one for one in found.standing
        ),
    )


def _kept(found: Reconciliation, run_id: str) -> KeptProof:
    """What pages show of a proof later on."""
    kinds = {one.module: one.kind for one in found.modules}
    return KeptProof(
        run_id,
        found.made_at,
        found.base_currency,
        found.since,
        len(found.unexplained),
        tuple(
            KeptDifference(
                one.module,
                kinds.get(one.module, ""),
                one.name,
                one.crm_id,
                one.xero_id,
                one.field,
                one.crm,
                one.xero,
                one.cure.code,
                one.cure.data,
                one.cure.command,
            )
            for one in found.unexplained[:KEPT_DIFFERENCES]
        ),
    )


def _said(found: Reconciliation) -> str:
    number = len(found.unexplained)
    if found.agrees:
        return ""
    if not number:
        return "The sums differ, though no single record does."
    return f"{number} difference{'' if number == 1 else 's'} between the CRM and Xero."
