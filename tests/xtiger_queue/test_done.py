"""What succeeded stays listed for a set time, scheduled syncs too."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import event

from tests.xtiger_queue.context import SmallContext
from tests.xtiger_queue.test_cli import run as command
from tests.xtiger_queue.test_rounds import answering, run
from tests.xtiger_queue.test_store import add
from xtiger.hookspecs import PageRequest
from xtiger_queue import done, page, requests, scheduled_runs, store


def _add(context: SmallContext, *ids: str) -> None:
    add(context, *(("Organizations", one) for one in ids))


def _found(context: SmallContext) -> list[tuple[str, str, str, str]]:
    with store.look(context) as database:
        rows = done.find(database, context.tenant)
    return [(one.module, one.crm_id, one.reason, one.result) for one in rows]


def test_a_record_that_went_is_listed(either: SmallContext) -> None:
    """With what came of it, and how often it was tried; one that is held is not."""
    _add(either, "1", "2")
    run(either, answering("created", "held"))

    assert [("Organizations", "1", "save", "created")] == _found(either)


def test_a_scheduled_sync_and_a_proof_that_ended_well_are_listed(context: SmallContext) -> None:
    """Not those that a person must mend."""
    scheduled_runs.set_schedule(context, "c1", "all", "15m", "UTC")
    scheduled_runs.set_schedule(context, "c1", "all", "1h", "UTC", proof=True)
    context.hand.sleep(3_601)
    scheduled_runs.run_due(context, context.now())
    context.failing = ZeroDivisionError()
    context.hand.sleep(3_601)
    scheduled_runs.run_due(context, context.now())

    assert [("all", "", "proof", "done"), ("all", "", "schedule", "done")] == _found(context)


def test_what_is_older_than_a_week_leaves(context: SmallContext) -> None:
    """With the next one that succeeds."""
    for crm_id in ("1", "2"):
        _add(context, crm_id)
        run(context, answering("updated"))
        context.hand.sleep(timedelta(days=8).total_seconds())

    assert ["2"] == [one[1] for one in _found(context)]


def test_what_was_cancelled_or_done_by_hand_did_not_succeed(context: SmallContext) -> None:
    """Neither is listed as if it had gone to Xero."""
    _add(context, "1", "2")
    requests.cancel(context, [1])
    requests.done(context, [2])

    assert [] == _found(context)


def test_the_page_and_the_command_list_them(context: SmallContext) -> None:
    """The newest first, page by page, with the way to the record."""
    ids = [str(number) for number in range(60)]
    _add(context, *ids)
    run(context, answering("created"))
    pages = [
        page.load(context, PageRequest("queue", {"state": "done"}, number=number))
        for number in (1, 2)
    ]
    listed = json.loads(command(context, "list", "--state", "done", "--json").output)["jobs"]
    said = command(context, "list", "--state", "done", "--module", "Products").output

    assert [(50, True), (10, False)] == [(len(one.rows), one.has_more) for one in pages]
    assert pages[0].rows[0][:4] == (
        "Name 59",
        "Organizations",
        "created",
        "saved in the CRM",
    )
    assert {"done"} == {one["state"] for one in listed}
    assert "Nothing was done in the last days." in said


def test_storing_and_listing_take_few_statements(context: SmallContext) -> None:
    """20,000 changes go 400 at a time, with four each; a page costs the same for 2 and 200."""
    counted: list[str] = []

    def listen(*given: object) -> None:
        counted.append(str(given[2]))

    event.listen(context.raw.engine, "before_cursor_execute", listen)
    _add(context, *(str(number) for number in range(20_000)))
    stored = len(counted)
    shown = []
    for size in (2, 200):
        counted.clear()
        with store.look(context) as database:
            found = store.find(database, context.tenant, limit=size)
            store.counts(database, context.tenant)
        [page.fields(context, job) for job in found]
        shown.append(len(counted))

    assert stored <= 20_000 // 400 * 4 + 4
    assert shown[0] == shown[1] <= 10
