"""Why a job waits, told by a command, on the page and as data from one kept cause."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.xtiger_queue.context import SmallContext
from tests.xtiger_queue.test_cli import run as typed
from tests.xtiger_queue.test_plugin import hold
from tests.xtiger_queue.test_store import everything
from xtiger.hookspecs import PageRequest
from xtiger.i18n.cause_text import spoken_cause
from xtiger.i18n.language import language
from xtiger.model.plans import Cause, Face
from xtiger.model.runs import Outcome
from xtiger_queue import causes, page


@pytest.fixture
def speaking(context: SmallContext) -> SmallContext:
    """A context that tells causes as the catalogue does."""

    def sentence(outcome: Outcome, face: Face = "data") -> tuple[str, str]:
        assert outcome.cause is not None
        return spoken_cause(outcome.cause, language("en"), face, outcome)

    context.sentence = sentence  # type: ignore[method-assign]  # this one context's words
    return context


def _held(context: SmallContext, cause: Cause) -> None:
    number = hold(context)
    job_of_row = sa.table("xt_queue_job", sa.column("id"), sa.column("cause"))
    with context.database.writing() as connection:
        connection.execute(
            sa.update(job_of_row).where(job_of_row.c.id == number).values(cause=causes.kept(cause))
        )


def test_each_face_tells_its_own_way(speaking: SmallContext) -> None:
    """The command names a command with the record, the page a button, JSON neither."""
    _held(speaking, Cause("stored_otherwise", {"fields": "Price", "value": Decimal("1.50")}))
    (job,) = everything(speaking)
    shown = page.load(speaking, PageRequest("Xero Queue", {}))
    data = json.loads(typed(speaking, "list", "--json").output)["jobs"][0]

    said, fix = causes.sentences(speaking, job, "command")
    assert f"xtiger conflicts solve {job.key.module} {job.key.crm_id} --keep xero" in fix
    assert "1.50" in said
    assert "“Decide”" in shown.rows[0][4]
    assert "xtiger" not in data["fix"]
    assert "“" not in data["fix"]


def test_all_reasons_are_kept(speaking: SmallContext) -> None:
    """What is beside the first reason is told, too."""
    _held(speaking, Cause.of_all([Cause("number_missing"), Cause("due_date_missing")]))
    (job,) = everything(speaking)

    said = causes.sentences(speaking, job, "data")[0]

    assert "The invoice has no number. The invoice has no due date." in said


def test_a_job_of_before_keeps_its_sentence(context: SmallContext) -> None:
    """Jobs held by a release that kept no causes say what they said."""
    hold(context)
    rows = sa.table("xt_queue_job", sa.column("cause"), sa.column("sentence"), sa.column("fix"))
    with context.database.writing() as connection:
        connection.execute(sa.update(rows).values(cause="", sentence="Both.", fix="Choose."))
    (job,) = everything(context)

    assert causes.sentences(context, job, "command") == ("Both.", "Choose.")
