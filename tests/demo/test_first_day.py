"""The demo's first day by the answers that Start proposes: what is held is the seed's own flaw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hurried import HurriedClock
from xtiger.demo.seeding import load_seed
from xtiger.demo.stage import Stage, set_stage
from xtiger.demo.story import BANK_ACCOUNT, ORGANISATION, SALES_ACCOUNT
from xtiger.demo.visitor import connect_in_crm
from xtiger.model.agreement import Agreement
from xtiger.model.plans import Plan
from xtiger.model.start_answers import FirstAccounts
from xtiger.rules.four_words import word_of

#: Module, CRM id else Xero id, code.
Held = tuple[str, str, str]
WHO = "the administrator of the demo"
#: Flaws that the answers of Start leave out or let wait.
NOT_YET = Counter(
    {
        "due_date_missing": 1,
        "organisation_missing": 1,
        "payment_too_high": 1,
    }
)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Connected, with the default mapping and the accounts that the first page offers."""
    with set_stage(tmp_path, crm_port=0, sandbox_port=0, clock=HurriedClock()) as running:
        connect_in_crm(running.crm_url, ORGANISATION)
        xt = running.xt
        xt.connections.accept_terms(WHO)
        xt.mappings.save_defaults()
        xt.sync.read_settings()
        xt.start.choose_accounts(FirstAccounts(SALES_ACCOUNT, SALES_ACCOUNT, BANK_ACCOUNT))
        xt.start.answer(xt.start.proposal(), WHO)
        yield running


def flaws() -> set[Held]:
    return {(one.module, one.crm_id, one.code) for one in load_seed.flaws()}


def standing(plan: Plan, word: Agreement) -> set[Held]:
    """What a plan leaves standing that people read this word of."""
    return {
        (item.module, item.crm_id or item.xero_id or "", item.cause.code)
        for item in plan.items
        if item.cause is not None and word_of(item.result, item.cause.code) == word
    }


def read_as(stage: Stage, word: Agreement) -> set[Held]:
    """What the lists of the pages show under this word: the records whose cause is known."""
    return {
        (one.module, one.crm_id or one.xero_id or "", one.outcome.cause.code)
        for one in stage.xt.agreements.records(word, limit=10_000)
        if one.outcome is not None and one.outcome.cause is not None
    }


def codes(records: Iterable[Held]) -> Counter[str]:
    return Counter(code for _module, _id, code in records)


def test_at_most_the_flaws_of_the_seed_need_a_person(stage: Stage) -> None:
    """The whole first day: ten records, the rest, then the release of approving.

    No payment lacks an account any more, and nothing of before the start moves.
    """
    xt = stage.xt
    xt.start.advance("ten", WHO)
    first = xt.sync.run()
    after_ten(stage)
    xt.start.advance("all", WHO)
    xt.sync.run()
    after_all(stage)
    drafts = xt.sync.plan()
    proof = xt.proof.reconcile()
    xt.start.answer(replace(xt.start.answers(), arrive="as_crm"), WHO)
    # These are the changes that the answer was about: no brake asks again.
    xt.sync.run()
    approved = xt.sync.plan()

    assert 10 == sum(first.totals.get(name, 0) for name in ("created", "linked", "updated"))
    assert set() == standing(drafts, "needs_you") - flaws()
    assert {"waits_for_approving"} == set(codes(standing(drafts, "waiting") - flaws()))
    # Both are conflicts that the seed planted: a person decides which address is right.
    assert {"first_link_differs"} == {
        code
        for module, crm_id, code in flaws()
        if (module, crm_id) in {(one.module, one.crm_id) for one in proof.differences}
    }
    assert 2 == len(proof.differences)
    assert (set(), set()) == (
        standing(approved, "needs_you") - flaws(),
        standing(approved, "waiting") - flaws(),
    )
    assert 0 == len(approved.actions)
    accounts_and_days(stage)


def after_ten(stage: Stage) -> None:
    """What only waits for the rest to be sent asks nobody, with all that belongs to it."""
    asked, waiting = read_as(stage, "needs_you"), read_as(stage, "waiting")

    assert set() == asked - flaws()
    assert len(asked) == stage.xt.agreements.needing()
    assert {"after_first_ten", "waits_for_approving"} == set(codes(waiting - flaws()))
    # Their persons and invoices wait as the customers do.
    held = {module for module, _id, code in waiting if code == "after_first_ten"}
    assert {"Organizations", "Contacts", "Products", "Services", "Invoices"} <= held


def after_all(stage: Stage) -> None:
    """The pages ask about the seed's flaws and nothing else, and leave none of them out."""
    asked, waiting = read_as(stage, "needs_you"), read_as(stage, "waiting")
    planted = {
        (one.module, one.crm_id, one.code)
        for one in load_seed.flaws()
        if one.result in ("held", "conflict")
    }

    assert set() == asked - planted
    assert len(asked) == stage.xt.agreements.needing()
    assert {"waits_for_approving"} == set(codes(waiting - planted))
    # What waits for another flaw is asked for there, and nowhere else.
    cascades = {one for one in planted if one[2] == "waits_for_parent"}
    followers = [each for need in stage.xt.needs.all() for each in need.followers]
    assert set() == asked & cascades
    assert waiting & cascades == {
        (one.module, one.crm_id or "", one.cause.code) for one in followers if one.cause
    }
    assert 2 == len(cascades - waiting), "those of before the start"
    # Of before the start, or of a draft that takes no money yet.
    assert NOT_YET == codes(planted - cascades - asked)


def accounts_and_days(stage: Stage) -> None:
    """What was held for want of an account is sent; what is before the start is left out."""
    told = stage.xt.sync.outcomes(limit=10_000)
    counted = Counter(one.cause.code for one in told if one.cause is not None)
    start = stage.xt.start.answers().from_day
    sent = [raw for raw in stage.sandbox.table("Invoices") if raw["Type"] == "ACCREC"]
    own = {
        str(raw["InvoiceNumber"]): str(raw["Date"])[:10]
        for raw in sent
        if str(raw["InvoiceNumber"]).startswith("INV-")
    }

    assert start is not None
    assert (0, 0) == (counted["payment_account_missing"], counted["account_missing"])
    assert counted["before_start"] > 100
    assert len(own) > 50
    assert [] == [number for number, day in own.items() if day < str(start)]
