"""The story of the demo: connect, plan, sync, edit both sides, sync again, plan once more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from xtiger.demo import models
from xtiger.demo.seeding import load_seed
from xtiger.demo.stage import Stage
from xtiger.i18n.cause_text import counted_result
from xtiger.i18n.language import language
from xtiger.model.plans import STANDING, Item, Plan
from xtiger.model.runs import Run
from xtiger.model.start_answers import StartAnswers
from xtiger.rules.reconciliation import Reconciliation

ORGANISATION = "Aroha Trading Ltd"
#: The sales account of lines whose product names none.
SALES_ACCOUNT = "200"
#: Where money goes that names no account.
BANK_ACCOUNT = "090"
#: The demo's own promise: the whole story spends fewer calls than this.
MAX_CALLS = 100
EXTENSIONS = ("XTLog", "XTQueue", "XeroAccounts")
#: Customers whose phone the CRM changes and whose tax number Xero's bookkeeper changes.
_EDITED = ("ACC-0001", "ACC-0002", "ACC-0003")

Say = Callable[[str], None]


@dataclass(slots=True)
class Result:
    """What the story came to, as numbers and lists."""

    runs: list[Run] = field(default_factory=list)
    first_plan: Plan | None = None
    last_plan: Plan | None = None
    #: The proof, both sides read again.
    proof: Reconciliation | None = None
    #: Its differences on records that are linked and that nobody has to decide on.
    differences: list[dict[str, Any]] = field(default_factory=list)
    #: Sentences about what is not as promised; empty when all is well.
    complaints: list[str] = field(default_factory=list)
    calls: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The one JSON object of `--json`."""
        items = self.last_plan.items if self.last_plan else ()
        return {
            "runs": [
                {"calls": run.calls, "outcomes": {m: dict(r) for m, r in run.counts.items()}}
                for run in self.runs
            ],
            "second_plan_actions": len(self.last_plan.actions) if self.last_plan else None,
            "conflicts": [_listed(item) for item in items if item.result == "conflict"],
            "holds": [_listed(i) for i in items if i.result in STANDING and i.result != "conflict"],
            "differences": self.differences,
            "seconds": round(self.seconds, 1),
        }


def _listed(item: Item) -> dict[str, Any]:
    code = item.cause.code if item.cause else ""
    return {
        "module": item.module,
        "crm_id": item.crm_id,
        "xero_id": item.xero_id,
        "code": code,
    }


def set_up(stage: Stage, say: Say) -> None:
    """What an administrator does once after connecting."""
    xt = stage.xt
    connection = xt.connections.get()
    say(f"Connected: {connection.name} ({connection.base_currency}).")
    for name in EXTENSIONS:
        xt.extensions.enable(name)
    xt.connections.accept_terms("the administrator of the demo")
    # The story shows all of both sides in one go.
    xt.start.answer(StartAnswers(), "the administrator of the demo")
    xt.start.advance("all", "the administrator of the demo")
    xt.mappings.save_defaults()
    mapping = xt.mappings.get("Invoices")
    if mapping is not None and "sales_account" not in mapping.options:
        options = {"sales_account": SALES_ACCOUNT, "charges_account": SALES_ACCOUNT}
        xt.mappings.save(replace(mapping, options={**mapping.options, **options}))
    payments = xt.mappings.get("Payments")
    if payments is not None and "payment_account" not in payments.options:
        options = {"payment_account": BANK_ACCOUNT}
        xt.mappings.save(replace(payments, options={**payments.options, **options}))
    say("Extensions enabled, terms accepted, default mapping saved.")


def tell(stage: Stage, say: Say) -> Result:
    """Plan, sync, edit on both sides, sync again, plan once more, and check it all."""
    xt, result = stage.xt, Result()
    result.first_plan = xt.sync.plan()
    say(f"Plan: {len(result.first_plan.actions)} actions, {_standing(result.first_plan)} wait.")
    result.runs.append(xt.sync.run())
    say(f"First sync: {_counted(stage, result.runs[-1])}")
    edit_both_sides(stage)
    say("Edited: three customers, each in another field on either side.")
    result.runs.append(xt.sync.run())
    say(f"Second sync: {_counted(stage, result.runs[-1])}")
    result.last_plan = xt.sync.plan()
    say(f"Plan again: {len(result.last_plan.actions)} actions.")
    known = {(i.module, i.crm_id) for i in result.last_plan.items if i.result in STANDING}
    known |= _half_paid(stage, known)
    result.proof = xt.proof.reconcile()
    result.differences = [
        {
            "module": d.module,
            "crm_id": d.crm_id,
            "xero_id": d.xero_id,
            "field": d.field,
            "crm": d.crm,
            "xero": d.xero,
        }
        for d in result.proof.differences
        if (d.module, d.crm_id) not in known
    ]
    result.calls = len([c for c in stage.sandbox.calls() if c.path.startswith("/api.xro")])
    result.complaints = complaints(stage, result)
    return result


def _half_paid(stage: Stage, known: Collection[tuple[str, str | None]]) -> set[tuple[str, str]]:
    """The invoices whose payments wait: what they have received differs as long as that."""
    ids = [int(crm_id) for module, crm_id in known if module == "Payments" and crm_id]
    with stage.sessions() as session:
        paid = session.scalars(
            select(models.Payment.invoice_id).where(models.Payment.id.in_(ids))
        ).all()
    return {("Invoices", str(invoice_id)) for invoice_id in paid}


def _standing(plan: Plan) -> int:
    return sum(1 for item in plan.items if item.result in STANDING)


def _counted(stage: Stage, run: Run) -> str:
    words = language(stage.xt.settings.locale)
    parts = ", ".join(
        counted_result(count, name, words) for name, count in sorted(run.totals.items())
    )
    return f"{parts}; {run.calls} calls."


def edit_both_sides(stage: Stage) -> None:
    """A user edits phones in the CRM, a bookkeeper edits tax numbers in Xero."""
    with stage.sessions() as session, session.begin():
        found = session.scalars(
            select(models.Organization).where(models.Organization.number.in_(_EDITED))
        ).all()
        edited = {str(company.id) for company in found}
        for place, company in enumerate(found, start=1):
            company.phone = f"+44 20 7946 01{place:02d}"
    connection = stage.xt.connections.get()
    links = stage.xt.store.links_by_crm(connection.id, "Organizations", edited)
    for place, crm_id in enumerate(sorted(links), start=1):
        stage.sandbox.edit("Contacts", links[crm_id].xero_id, {"TaxNumber": f"GB90000000{place}"})


def complaints(stage: Stage, result: Result) -> list[str]:
    """What is not as the demo promises, one sentence each."""
    found = []
    plan = result.last_plan
    if plan is None or plan.actions:
        found.append(f"The second plan has {len(plan.actions) if plan else 'no'} actions, not 0.")
    if result.differences:
        found.append(f"{len(result.differences)} linked records differ between both sides.")
    if result.calls >= MAX_CALLS:
        found.append(f"The demo spent {result.calls} calls; it promises under {MAX_CALLS}.")
    found += _flaw_complaints(stage, plan)
    found += _link_complaints(stage)
    failed = sum(run.totals.get("failed", 0) for run in result.runs)
    if failed:
        found.append(f"{failed} records failed.")
    return found


def _flaw_complaints(stage: Stage, plan: Plan | None) -> list[str]:
    """Skips, holds and conflicts must be exactly the seed's own list."""
    expected = {(f.module, f.crm_id, f.code) for f in load_seed.flaws() if f.result != "excluded"}
    items = plan.items if plan else ()
    actual = {
        (i.module, i.crm_id or i.xero_id or "", i.cause.code if i.cause else "")
        for i in items
        if i.result in STANDING
    }
    excluded = {(f.module, f.crm_id, f.code) for f in load_seed.flaws() if f.result == "excluded"}
    seen = {
        (o.module, o.crm_id or "", o.cause.code if o.cause else "")
        for o in stage.xt.sync.outcomes(results=("excluded",), limit=1000)
        if o.crm_id
    }
    missing, extra = (
        (expected | excluded) - (actual | seen),
        (actual | seen) - (expected | excluded),
    )
    return [f"The seed's flaw {flaw} was not found." for flaw in sorted(missing)] + [
        f"{flaw} is held or skipped, but no flaw of the seed." for flaw in sorted(extra)
    ]


def _link_complaints(stage: Stage) -> list[str]:
    """Every other record in scope must be linked."""
    connection = stage.xt.connections.get()
    flawed = {(f.module, f.crm_id) for f in load_seed.flaws() if f.result != "conflict"}
    found = []
    for module, model in _models().items():
        with stage.sessions() as session:
            ids = {str(key) for key in session.scalars(select(model.id))}
        links = stage.xt.store.links_by_crm(connection.id, module)
        wanted = {key for key in ids if (module, key) not in flawed}
        found += [f"{module} {key} is not linked." for key in sorted(wanted - set(links))]
        found += [f"{module} {k} is linked despite its flaw." for k in sorted(set(links) - wanted)]
    return found


def _models() -> Mapping[str, Any]:
    return {
        "Organizations": models.Organization,
        "Contacts": models.Contact,
        "Products": models.Product,
        "Services": models.Service,
        "Invoices": models.Invoice,
        "Payments": models.Payment,
    }


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records of one module that wait for the same reason, for people."""

    module: str
    names: tuple[str, ...]
    why: str
    fix: str


def waiting(stage: Stage, plan: Plan) -> list[Waiting]:
    """What a plan leaves standing, grouped by module, reason and cure."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for item in plan.items:
        if item.result in STANDING and item.cause is not None:
            key = (item.module, *stage.xt.sentences.cause(item.cause, "browser", item))
            groups.setdefault(key, []).append(item.name)
    return [Waiting(module, tuple(n), why, fix) for (module, why, fix), n in groups.items()]


def proof_sentence(result: Result) -> str:
    """What the proof says of both sides."""
    proof = result.proof
    if proof is None:
        return "Nothing was proven."
    planted = len(proof.differences) - len(result.differences)
    return (
        f"Proof, both sides read again: {proof.records} records of the CRM and Xero compared, "
        f"{len(result.differences)} differences; {planted} more belong to what waits above."
    )


def addresses(stage: Stage) -> Sequence[tuple[str, str]]:
    """(what, address) of the pages to look at."""
    return (
        ("The CRM", stage.crm_url),
        ("XTiger's pages in the CRM", f"{stage.crm_url}/xt/"),
        ("The sandbox in place of Xero", stage.sandbox_url),
        ("Its control token", stage.sandbox.control_token),
    )
