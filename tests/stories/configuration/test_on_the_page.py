"""The configuration as a file on its page: downloaded, chosen, looked at, applied."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.commands import commands_on
from tests.services.test_routing import NORTH, SOUTH, connect
from tests.stories.configuration.conftest import connected
from tests.web.test_modules_page import OWN, browser_of
from tests.world import make_world

_PAGE = "/xt/configuration"


def _look(browser: FlaskClient, content: bytes) -> str:
    data = {"file": (BytesIO(content), "xero.toml")}
    return unescape(browser.post(_PAGE, data=data, headers=OWN).text)


def kept(page: str) -> str:
    """What the button Apply would send."""
    (text,) = re.findall(r'name="text" value="([^"]*)"', page)
    return unescape(text)


@pytest.mark.feature("O16")
def test_a_file_is_carried_to_an_empty_home(tmp_path: Path) -> None:
    """Looking shows what would change and saves nothing; applied, the page gives the same bytes."""
    with connected(tmp_path / "a") as here:
        here.default_account()
        settings = here.xt.modules.settings("Products")
        here.xt.modules.save_settings(replace(settings, conflict="crm", brake_share=50))
        answer = browser_of(here).get(f"{_PAGE}/xero.toml")
        file = answer.data
    assert "attachment; filename=xero.toml" == answer.headers["Content-Disposition"]

    with connected(tmp_path / "b") as there:
        browser = browser_of(there)
        # The page escapes it once; browsers send line ends of two signs.
        data = {"file": (BytesIO(file), "xero.toml")}
        looked = browser.post(_PAGE, data=data, headers=OWN).text
        untouched = there.xt.modules.settings("Products").conflict
        sent = {"text": kept(looked).replace("\n", "\r\n")}
        done = browser.post(f"{_PAGE}/apply", data=sent, headers=OWN, follow_redirects=True)
        again = browser.get(f"{_PAGE}/xero.toml").data
        twice = _look(browser, file)

    assert "ask" == untouched
    said = "conflict: who wins when both changed"
    assert re.search(rf"<td[^>]*>{said}</td><td[^>]*>ask</td><td[^>]*>crm</td>", looked)
    assert "Saved; changes: " in done.text
    assert file == again
    assert "Nothing differs." in twice
    assert "Apply all of it" not in twice


@pytest.mark.feature("F134")
def test_another_organisation_s_decisions_are_taken_over(tmp_path: Path) -> None:
    """They are shown as changes first; afterwards nothing differs."""
    with make_world(tmp_path, seed="demo") as two:
        connect(two, NORTH)
        connect(two, SOUTH)
        north, south = (two.xt.connections.get(name).id for name in (NORTH, SOUTH))
        settings = two.xt.modules.settings("Products", NORTH)
        two.xt.modules.save_settings(replace(settings, conflict="newest"), NORTH)
        browser = browser_of(two)
        ask = {"connection": south, "other": north}

        looked = browser.post(_PAGE, data=ask, headers=OWN).text
        sent = {"connection": south, "text": kept(looked)}
        browser.post(f"{_PAGE}/apply", data=sent, headers=OWN)
        taken = two.xt.modules.settings("Products", SOUTH).conflict
        then = browser.post(_PAGE, data=ask, headers=OWN).text
        strange = browser.post(_PAGE, data={**ask, "other": south}, headers=OWN).status_code

    assert "newest" in looked
    assert ("newest", 404) == (taken, strange)
    assert "Nothing differs." in then


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a file that this page gave, such as xero.toml."),
        (b"\xff\xfe", "The file is no text."),
        (b"format = 1\n[modules", "This is no TOML: "),
        (
            b'format = 1\n[modules.Products]\nconflict = "me"',
            "Line 3: modules.Products.conflict cannot be",
        ),
        (b"x" * 400_001, "Choose a file that this page gave, such as xero.toml."),
    ],
)
def test_a_file_that_cannot_be_applied_is_refused(
    tmp_path: Path, content: bytes, said: str
) -> None:
    """With the place of each mistake, before and at the press that applies; nothing is saved."""
    with connected(tmp_path / "a") as world:
        browser, before = browser_of(world), world.xt.configuration.text()
        page = _look(browser, content)
        text = content.decode("latin-1")[:100]
        applied = browser.post(f"{_PAGE}/apply", data={"text": text}, headers=OWN)
        after = world.xt.configuration.text()

    assert said in page
    assert "Nothing was saved. Correct this in the file" in page
    assert "Nothing was saved. Correct this in the file" in applied.text
    assert before == after


@pytest.mark.parametrize(("locale", "line"), [("de", "Zeile"), ("fr", "Ligne")])
def test_its_mistakes_are_said_in_the_language_of_the_page(
    tmp_path: Path, locale: str, line: str
) -> None:
    """Each with its line and place; only what is typed stays as it is."""
    wrong = """format = 1
strange = 1
[start]
invoices = "soon"
[modules.Cars]
enabled = true
[modules.Products]
conflict = "me"
brake_share = 700
fields = [{crm = "product.code", xero = "Nom"}]
[modules.Invoices]
filter = "colour is red"
[modules.Invoices.options]
sales_account = "999999"
tax = {"VAT" = "NONESUCH"}
[routing]
default = "Nowhere"
rules = [{module = "Invoices", field = "colour", value = "1", organisation = ""}]
"""
    with connected(tmp_path / "a") as world:
        object.__setattr__(world.xt.settings, "locale", locale)
        browser = browser_of(world)
        pages = [_look(browser, wrong.encode())]
        pages.append(_look(browser, wrong.replace("strange = 1", "").encode()))
        pages.append(_look(browser, b"format = 2"))

    found = [unescape(one) for page in pages for one in re.findall(r"<li>([^<]*)</li>", page)]
    assert 13 == len(found)
    assert [] == [one for one in found if not one.startswith(line)]
    for english in (" is ", " the ", " has ", " use ", "Use ", " no ", "cannot", "See:"):
        assert [] == [one for one in found if english in one], english


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (
            "de",
            [
                "mode: active, oder read-only: an Xero wird nichts gesendet",
                "conflict: wer gewinnt, wenn beide geändert wurden",
                "type:both: das Wort des CRM für both",
                "schedules: Zeitplan",
            ],
        ),
        (
            "fr",
            [
                "mode: active, ou read-only : rien n’est envoyé à Xero",
                "conflict: qui l’emporte quand les deux ont changé",
                "type:both: le mot du CRM pour both",
                "schedules: Horaire",
            ],
        ),
    ],
)
def test_keys_stand_with_their_meaning_in_the_reader_s_language(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    locale: str,
    said: list[str],
) -> None:
    """On the page and in a terminal; the keys stay those of the file."""
    file = tmp_path / "other.toml"
    file.write_text(
        'format = 1\n[start]\nmode = "read-only"\n[modules.Organizations]\nconflict = "crm"\n'
        '[modules.Organizations.options]\ntype = {both = "Partner"}\n'
        '[schedules]\ntimes = [{module = "all", every = "10m"}]\n'
    )
    with connected(tmp_path / "a") as world:
        object.__setattr__(world.xt.settings, "locale", locale)
        # Times are kept by it.
        world.xt.extensions.enable("XTQueue")
        page = _look(browser_of(world), file.read_bytes())
        xtiger = commands_on(world, monkeypatch, capsys, locale)
        printed = xtiger("config", "diff", str(file)).out
        keys = xtiger("config", "diff", str(file), "--json").json["changes"]
        monkeypatch.undo()

    assert said == [one for one in said if f">{one}</t" in page]
    assert said == [one for one in said if one in " ".join(printed.split())]
    assert ["mode", "conflict", "type:both", "all"] == [one["name"] for one in keys]


def test_only_administrators_see_it(tmp_path: Path) -> None:
    """Nor does a page of elsewhere apply anything."""
    with connected(tmp_path / "a") as world:
        reader = browser_of(world, administrator=False)
        refused = [reader.get(_PAGE), reader.get(f"{_PAGE}/xero.toml"), reader.post(_PAGE)]
        foreign = browser_of(world).post(f"{_PAGE}/apply", data={"text": "format = 1"})

    assert [403, 403, 403, 403] == [one.status_code for one in [*refused, foreign]]
