"""What people do with jobs: hold and release, order, run now; by function, command and button."""

from __future__ import annotations

import json

import pytest

from tests.xtiger_queue.context import SmallContext, statements
from tests.xtiger_queue.test_cli import run
from tests.xtiger_queue.test_plugin import hold as held_job
from tests.xtiger_queue.test_plugin import press
from tests.xtiger_queue.test_rounds import answering
from tests.xtiger_queue.test_rounds import run as round_of
from tests.xtiger_queue.test_store import add, claim, everything
from xtiger.errors import NeedsPerson
from xtiger.hookspecs import PageRequest
from xtiger_queue import page, requests, rounds


def one(context: SmallContext, module: str = "Invoices", crm_id: str = "1") -> int:
    """The number of a job that waits."""
    add(context, (module, crm_id))
    job = next(job for job in everything(context) if job.key.crm_id == crm_id)
    assert job.id is not None
    return job.id


def states(context: SmallContext) -> dict[str, str]:
    """CRM id → state."""
    return {job.key.crm_id: job.state for job in everything(context)}


def test_a_job_on_hold_waits_until_it_is_released(either: SmallContext) -> None:
    """No round takes it, a save leaves it, and nothing else sends its record meanwhile."""
    number = one(either)
    requests.hold(either, [number])
    add(either, ("Invoices", "1"))
    kept, reason = claim(either), either.holds["Invoices", "1"]
    requests.release(either, [number])

    assert ([], True, "") == (kept, bool(reason), either.holds["Invoices", "1"])
    assert ["Invoices 1"] == claim(either)


def test_a_round_runs_in_the_name_of_who_asked(either: SmallContext) -> None:
    """Who lets a job go on, now or with the next round; a save is nobody's."""
    number = one(either)
    round_of(either, answering("failed"))
    before = list(either.named)
    either.by = "ann"
    requests.retry(either, [number])
    either.by = ""
    round_of(either, answering("failed"))
    either.by = "bob"
    requests.run_now(either, [number])

    assert ([], ["ann", "bob"]) == (before, either.named)


@pytest.mark.parametrize("end", [requests.release, requests.cancel, requests.done])
def test_a_hold_of_somebody_else_stays(context: SmallContext, end: object) -> None:
    """Set for a reason of its own, it is neither said anew nor ended with that of the queue."""
    context.holds["Invoices", "1"] = "The customer disputes it."
    number = one(context)
    requests.hold(context, [number])
    meanwhile = context.holds["Invoices", "1"]
    assert callable(end)
    end(context, [number])

    assert "The customer disputes it." == meanwhile == context.holds["Invoices", "1"]


def test_a_hold_in_another_language_is_the_queues(context: SmallContext) -> None:
    """Whoever releases it may read another one than who set it."""
    context.locale = "de"
    number = one(context)
    requests.hold(context, [number])
    set_ = context.holds["Invoices", "1"]
    context.locale = "en"
    requests.release(context, [number])

    assert (True, "") == ("Warteschlange" in set_, context.holds["Invoices", "1"])


@pytest.mark.parametrize("end", [requests.cancel, requests.done])
def test_taking_a_job_out_ends_its_hold(context: SmallContext, end: object) -> None:
    """Else its record would be kept back for ever, and nothing would say so."""
    number = one(context)
    requests.hold(context, [number])
    assert callable(end)
    end(context, [number])

    assert ("", []) == (context.holds["Invoices", "1"], everything(context))


@pytest.mark.parametrize("what", [requests.retry, requests.run_now])
def test_what_is_on_hold_is_released_first(context: SmallContext, what: object) -> None:
    """The refusal names the command; Retry for all leaves it."""
    number = one(context)
    requests.hold(context, [number])
    assert callable(what)
    with pytest.raises(NeedsPerson, match=f"xtiger queue release {number}"):
        what(context, [number])

    assert 0 == requests.retry(context, every=True)
    assert {"1": "held"} == states(context)


def test_run_now_takes_what_is_not_due_and_what_is_held(context: SmallContext) -> None:
    """These alone: the others wait for their round."""
    held = held_job(context)
    add(context, ("Invoices", "7"), ("Invoices", "8"))
    seven = next(job.id for job in everything(context) if job.key.crm_id == "7")
    context.sync = answering("created", "created")
    report = requests.run_now(context, [held, seven or 0])

    assert {"created": 2} == dict(report.results)
    assert {"8": "waiting"} == states(context)


def test_what_runs_already_is_not_run_twice(either: SmallContext) -> None:
    """A round has it."""
    number = one(either)
    claim(either)
    either.sync = answering("created")
    report = rounds.run_now(either, [number])

    assert (0, {"1": "running"}) == (report.records, states(either))


def test_first_goes_before_parents_and_last_after_all(either: SmallContext) -> None:
    """A person's order is stronger than that of the modules."""
    add(either, ("Organizations", "1"), ("Payments", "2"), ("Organizations", "3"))
    numbers = {job.key.crm_id: job.id or 0 for job in everything(either)}
    requests.prioritise(either, [numbers["2"]], 1)
    requests.prioritise(either, [numbers["1"]], -1)

    assert ["Payments 2", "Organizations 3", "Organizations 1"] == claim(either)


def test_a_press_on_many_jobs_takes_a_few_statements(context: SmallContext) -> None:
    """Two hundred at once: released and ordered by the batch."""
    add(context, *(("Invoices", str(number)) for number in range(200)))
    ids = [job.id or 0 for job in everything(context)]
    asked = []
    for what in (requests.hold, requests.release, requests.retry, requests.done):
        with statements(context) as found:
            assert 200 == what(context, ids)
        asked.append(len(found))

    assert max(asked) <= 6, asked


# --- by command and by button ---


def test_hold_and_release_by_command(context: SmallContext) -> None:
    """Each says what comes next; the list says on hold, and how to go on."""
    number = str(one(context))
    said = run(context, "hold", number).output
    (listed,) = json.loads(run(context, "list", "--json").output)["jobs"]
    after = run(context, "release", number).output

    assert f"1 on hold. Release: xtiger queue release {number}\n" == said
    assert (True, f"Release it: xtiger queue release {number}") == (
        listed["on_hold"],
        listed["fix"],
    )
    assert after.startswith("1 released.")


def test_order_and_run_by_command(context: SmallContext) -> None:
    """By the numbers of the list."""
    number = str(one(context))
    said = run(context, "order", "first", number).output
    (listed,) = json.loads(run(context, "list", "--json").output)["jobs"]
    context.sync = answering("created")

    assert ("1 go before all others.\n", 1) == (said, listed["priority"])
    assert "1 records: 1 created.\n" == run(context, "run", number).output
    assert 2 == run(context, "order", "soon", number).exit_code


def test_the_buttons_of_a_job_fit_its_state(context: SmallContext) -> None:
    """On hold only what ends it; put first, only the way back and to the end."""
    number = str(one(context))
    usual = _buttons(context)
    held, on_hold = press(context, "hold", number), _buttons(context)
    shown = page.load(context, PageRequest("queue", {})).rows[0]
    released, first = press(context, "release", number), press(context, "first", number)

    assert ("send", "retry", "hold", "first", "last", "done", "cancel") == usual
    assert ("release", "done", "cancel") == on_hold
    assert held == "1 is on hold: nothing sends its record until you press Release."
    assert {"on hold", "Somebody put it on hold.", "Press Release."} <= set(shown)
    assert released == "1 is released, and goes on with the next round."
    assert first == "1 goes before all others."
    assert ("send", "retry", "hold", "last", "usual", "done", "cancel") == _buttons(context)


@pytest.mark.parametrize(("name", "order"), [("first", "first"), ("last", "last"), ("usual", "")])
def test_the_list_says_in_which_order_a_job_goes(
    context: SmallContext, name: str, order: str
) -> None:
    """And with what it began."""
    number = str(one(context))
    press(context, "first", number)
    press(context, "last", number)
    press(context, name, number)
    shown = page.load(context, PageRequest("queue", {}))
    row = dict(zip(shown.columns, shown.rows[0], strict=True))

    assert (order, "saved in the CRM") == (row["Order"], row["Began with"])


def _buttons(context: SmallContext) -> tuple[str, ...] | None:
    (detail,) = page.load(context, PageRequest("queue", {})).details
    return detail.actions


def test_a_failed_job_says_reason_tries_and_next_time(context: SmallContext) -> None:
    """What happened, how often it was tried, and when it is tried next."""
    add(context, ("Invoices", "1"))
    round_of(context, answering("failed"))
    shown = page.load(context, PageRequest("queue", {}))
    row = dict(zip(shown.columns, shown.rows[0], strict=True))

    assert ("1", True) == (row["Tries"], bool(row["Next try"]))
