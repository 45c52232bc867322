"""The HTML of the panel: escaped, labelled, and drawn with the host's templates first."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import jinja2
import pytest

from tests.panels.test_build_panel import facts, outcome
from xtiger.hookspecs import PanelRow, RecordAction
from xtiger.panels import ALLOW_SYNC, PanelFacts, build_panel

VOID = {"input", "link", "br", "meta"}
EVIL = '"><script>alert(1)</script>'


class Page(HTMLParser):
    """Reads a page into (tag, attributes) and checks that tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of each such tag."""
        return [attributes for name, attributes in self.tags if name == tag]


def full() -> PanelFacts:
    """A panel with everything on it, each text an attack."""
    return facts(
        link=None,
        record_id=EVIL,
        outcome=outcome("held"),
        sentences=(EVIL, EVIL),
        rows=[
            PanelRow(EVIL, EVIL, link="https://example.com/" + EVIL),
            PanelRow(EVIL, EVIL, edits="x.text"),
            PanelRow(EVIL, EVIL, edits="x.choice", choices=((EVIL, EVIL),), widget="choice"),
        ],
        actions=[RecordAction(EVIL, EVIL, lambda _context, _refs: "")],
        problems=[EVIL],
    )


def test_everything_is_escaped() -> None:
    """No text of a record, an extension or Xero becomes markup."""
    page = build_panel(full()).html(csrf=EVIL, next_url=EVIL)

    assert [] == Page(page).all("script")


def test_the_html_is_well_formed() -> None:
    """Each tag is closed in order."""
    page = Page(build_panel(full()).html())

    assert ([], []) == (page.wrong, page.open)


def test_each_field_has_a_label() -> None:
    """Every field that is shown has a label of its own id."""
    page = Page(build_panel(full()).html())
    fields = [a for tag in ("input", "select") for a in page.all(tag) if a.get("type") != "hidden"]

    assert sorted(a["id"] for a in fields) == sorted(a["for"] for a in page.all("label"))


def test_the_state_is_announced() -> None:
    """Screen readers hear the state; the sign is not read."""
    page = Page(build_panel(facts()).html())

    assert 1 == sum(attributes.get("role") == "status" for attributes in page.all("p"))


@pytest.mark.parametrize("ticked", [True, False])
def test_the_box_shows_the_choice(ticked: bool) -> None:
    """Allow XTiger Sync is ticked exactly when it is on."""
    page = Page(build_panel(facts(allow_sync=ticked)).html())

    assert [ticked] == ["checked" in a for a in page.all("input") if a.get("name") == ALLOW_SYNC]


def test_the_token_is_in_the_form() -> None:
    """The web layer's token is posted with the form."""
    page = Page(build_panel(facts()).html(csrf="t0ken"))

    assert ["t0ken"] == [a["value"] for a in page.all("input") if a.get("name") == "xt_csrf"]


def test_view_in_xero_opens_safely() -> None:
    """Xero's page cannot reach back into the CRM's."""
    (link,) = Page(build_panel(facts()).html()).all("a")

    assert ("https://go.xero.com/x", "noopener noreferrer") == (link["href"], link["rel"])


def test_the_template_of_the_host_goes_first() -> None:
    """A host draws the panel itself by a template of the same name."""
    loader = jinja2.DictLoader({"xtiger/panel.html": "<p>{{ panel.badge }}</p>"})

    panel = replace(build_panel(facts(link=None, outcome=None)), loader=loader)

    assert "<p>Not in Xero yet</p>" == panel.html()


def test_it_is_french_where_the_settings_are() -> None:
    """Language and direction of reading are told to the browser."""
    page = build_panel(facts(locale="fr")).html()

    assert 'lang="fr"' in page
    assert "Voir dans Xero" in page
