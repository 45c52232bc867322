"""What a module's list in the CRM shows of its records."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.panels.test_build_panel import AROHA, LINK, NOW, SHADOW, outcome
from xtiger.hookspecs import RecordAction
from xtiger.model.agreement import Agreement
from xtiger.panels import ListLink, ModuleList, PanelButton, PanelFacts, build_list

COPY = RecordAction("copy", "Copy to Xero", lambda _context, _refs: "")


def facts(record_id: str = "7", **given: Any) -> PanelFacts:
    """A record of the organisation Aroha, linked and in step unless said otherwise."""
    usual = {
        "module": "Invoices",
        "record_id": record_id,
        "now": NOW,
        "connection": AROHA,
        "link": LINK,
        "shadow": SHADOW,
        "outcome": outcome("unchanged", None),
    }
    return PanelFacts(**{**usual, **given})


def of(*records: PanelFacts, locale: str = "en", **sentences: str) -> ModuleList:
    return build_list("Invoices", records, sentences, [COPY], locale)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "in_step"),
        ({"waiting": True}, "waiting"),
        ({"link": None, "outcome": None}, "waiting"),
        ({"outcome": outcome("held")}, "needs_you"),
        ({"outcome": outcome("held", "after_first_ten")}, "waiting"),
        ({"outcome": outcome("skipped", "group_discount")}, "left_out"),
        ({"outcome": outcome("skipped", "gone_in_xero")}, "needs_you"),
        ({"outcome": outcome("excluded", "before_start")}, "left_out"),
        ({"allow_sync": False}, "left_out"),
        ({"link": replace(LINK, state="orphan")}, "needs_you"),
        ({"reconnect": "key_lost"}, "needs_you"),
        ({"currencies": ("GBP", "NZD")}, "needs_you"),
        ({"connection": replace(AROHA, state="ended")}, "needs_you"),
    ],
)
def test_each_record_has_one_of_four_words(given: dict[str, Any], word: Agreement) -> None:
    """In step, waiting, needs you or left out, as its panel and the page Needs you have it."""
    mark = of(facts(**given)).mark("7")

    assert mark is not None
    assert word == mark.state


def test_the_word_is_of_the_language() -> None:
    """English, German and French."""
    words = {name: of(facts(), locale=name).marks["7"].word for name in ("en", "de", "fr")}

    assert {"en": "In step", "de": "Gleicher Stand", "fr": "À jour"} == words


def test_a_cell_says_why_and_escapes_it() -> None:
    """The reason stands in the cell for those who hear the page; what a record holds is text."""
    held = facts(outcome=outcome("held"))
    cell = str(build_list("Invoices", [held], {"7": "<b>No date</b>"}, [], "en").cell("7"))

    assert "Needs you" in cell
    assert ": &lt;b&gt;No date&lt;/b&gt;" in cell
    assert "<b>" not in cell


def test_a_box_belongs_to_the_form_of_the_bar() -> None:
    """Wherever the table stands: by the id of the form."""
    drawn = replace(of(facts()), action_url="/list", csrf="t0ken", next_url="/invoices")

    assert 'id="xt-list-Invoices"' in drawn.bar()
    assert 'form="xt-list-Invoices"' in drawn.box("7", 'INV "7"')
    assert "INV &#34;7&#34;" in drawn.box("7", 'INV "7"')
    assert 'name="action" value="copy"' in drawn.bar()


def test_who_may_tick_nothing_sees_no_box() -> None:
    """Records that the user may not edit have none; nor has one that is not in the list."""
    drawn = replace(of(facts("7"), facts("8")), may_tick=frozenset({"8"}))

    assert ("", True, ["8"]) == (str(drawn.box("7")), "8" in drawn.box("8"), drawn.tickable)
    assert ("", "", None) == (str(drawn.box("9")), str(drawn.cell("9")), drawn.mark("9"))


def test_nothing_connected_shows_no_column() -> None:
    """A sentence at most."""
    found = build_list("Invoices", [facts(connection=None)], {}, [COPY], "en", note="Not yet.")

    assert (False, (), "Not yet.") == (found.is_shown, found.actions, found.note)
    assert "Not yet." in found.bar()
    assert "<form" not in found.bar()


def test_the_list_as_plain_data() -> None:
    """For a CRM that draws it alone."""
    drawn = replace(
        of(facts()),
        sync=PanelButton("xtiger.sync", "Sync now"),
        links=(ListLink("log", "Log", "/xt/log?module=Invoices"),),
    )
    data = json.loads(json.dumps(drawn.as_dict()))

    assert "in_step" == data["records"][0]["state"]
    assert [{"name": "copy", "label": "Copy to Xero"}] == data["actions"]
    assert "/xt/log?module=Invoices" == data["links"][0]["url"]
    assert "Sync now" == data["sync"]["label"]
