"""The configuration as one text, by `xtiger config`: to other homes, CRMs and organisations."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.services.test_routing import NORTH, SOUTH, connect
from tests.stories.configuration.conftest import Config, connected
from tests.world import World, make_world


def _decide(world: World) -> None:
    """Something of each sort is not as it was at first."""
    xt = world.xt
    world.default_account()
    invoices = xt.mappings.get("Invoices")
    assert invoices is not None
    options = {**invoices.options, "status_map": {"Won": "AUTHORISED"}, "due_days": "30"}
    xt.mappings.save(replace(invoices, rows=invoices.rows[:-1], options=options))
    settings = xt.modules.settings("Products")
    xt.modules.save_settings(replace(settings, conflict="crm", create_in_crm=False, brake_share=50))
    xt.start.answer(replace(xt.start.answers(), arrive="draft", bring="customers"), "a test")


@pytest.mark.feature("O16")
def test_it_is_carried_to_an_empty_home(tmp_path: Path, config: Config) -> None:
    """Written, applied there, written again: the same bytes. Applied twice it changes nothing."""
    file, again = tmp_path / "xero.toml", tmp_path / "again.toml"
    with connected(tmp_path / "a") as here:
        _decide(here)
        assert 0 == config(here, "config", "export", "--out", str(file)).code

    with connected(tmp_path / "b") as there:
        shown = config(there, "config", "apply", str(file), "--plan").out
        planned = config(there, "config", "diff", str(file), "--json").json["changes"]
        untouched = there.xt.modules.settings("Products").conflict
        applied = config(there, "config", "apply", str(file), "--json").json
        assert 0 == config(there, "config", "export", "--out", str(again)).code
        twice = config(there, "config", "apply", str(file)).out

    assert ("ask", True, planned) == (untouched, applied["applied"], applied["changes"])
    assert {"Invoices", "Products", "start"} <= {one["section"] for one in planned}
    assert "status:Won" in shown
    assert file.read_bytes() == again.read_bytes()
    assert "Nothing differs." == twice.strip()


@pytest.mark.feature("F134")
def test_another_crm_takes_it_by_role(tmp_path: Path, config: Config) -> None:
    """Its modules have other names, and play the same roles."""
    file = tmp_path / "xero.toml"
    with connected(tmp_path / "a") as here:
        _decide(here)
        config(here, "config", "export", "--out", str(file))

    text = file.read_text().replace("modules.Products", "modules.Wares")
    file.write_text(text)
    with connected(tmp_path / "b") as there:
        ended = config(there, "config", "apply", str(file))
        settings = there.xt.modules.settings("Products")

    assert '[modules.Wares]\nrole = "product"' in text
    assert (0, "crm", False) == (ended.code, settings.conflict, settings.create_in_crm)


@pytest.mark.feature("F134")
def test_another_organisation_takes_it(tmp_path: Path, config: Config) -> None:
    """What differs between two reads like what a person changed; then nothing differs."""
    with make_world(tmp_path, seed="demo") as two:
        connect(two, NORTH)
        connect(two, SOUTH)
        settings = two.xt.modules.settings("Products", NORTH)
        two.xt.modules.save_settings(replace(settings, conflict="newest"), NORTH)
        file = tmp_path / "north.toml"

        first = config(two, "--connection", SOUTH, "config", "diff", "--with", NORTH, "--json")
        config(two, "--connection", NORTH, "config", "export", "--out", str(file))
        config(two, "--connection", SOUTH, "config", "apply", str(file))
        then = config(two, "--connection", SOUTH, "config", "diff", "--with", NORTH)

    assert [
        {"section": "Products", "name": "conflict", "before": "ask", "after": "newest"}
    ] == first.json["changes"]
    assert "Nothing differs." == then.out.strip()


def test_routes_travel_by_the_names_of_organisations(tmp_path: Path, config: Config) -> None:
    """A rule, the default and the master; an organisation that is not connected is named."""
    with make_world(tmp_path, seed="demo") as two:
        connect(two, NORTH)
        connect(two, SOUTH)
        two.xt.routing.set_rule("Invoices", "subject", "Boat", SOUTH)
        two.xt.routing.set_default(NORTH)
        text = config(two, "--connection", NORTH, "config", "export").out
        two.xt.routing.drop_rules("Invoices")
        file = tmp_path / "routes.toml"
        file.write_text(text)

        applied = config(two, "--connection", NORTH, "config", "apply", str(file), "--json").json
        (rule,) = two.xt.routing.routes().rules
        file.write_text(text.replace(f'organisation = "{SOUTH}"', 'organisation = "Nowhere"'))
        refused = config(two, "--connection", NORTH, "config", "check", str(file))
        file.write_text(text.replace('field = "subject"', 'field = "colour"'))
        strange = config(two, "--connection", NORTH, "config", "check", str(file))

    assert [("routing", SOUTH)] == [(one["section"], one["after"]) for one in applied["changes"]]
    assert ("Invoices", "subject", "Boat") == (rule.module, rule.field, rule.value)
    assert "no organisation is called Nowhere. Connected are: " in refused.err
    assert "routing.rules, row 1: Invoices has no field colour." in strange.err


@pytest.mark.feature("F045")
def test_own_templates_travel_with_it(tmp_path: Path, config: Config) -> None:
    """To an empty home, with the same bytes; one that is deleted in the file is forgotten."""
    file, again = tmp_path / "xero.toml", tmp_path / "again.toml"
    with connected(tmp_path / "a") as here:
        _decide(here)
        config(here, "config", "keep", "Our shop")
        config(here, "config", "keep", "Second")
        assert 0 == config(here, "config", "export", "--out", str(file)).code

    with connected(tmp_path / "b") as there:
        applied = config(there, "config", "apply", str(file), "--json").json
        config(there, "config", "export", "--out", str(again))
        twice = config(there, "config", "apply", str(file)).out
        used = config(there, "config", "use", "Our shop", "--plan").out
        names = [one.name for one in there.xt.templates.all() if one.is_own]
        text = file.read_text()
        edited = text.replace(
            '[templates."Our shop".modules.Invoices]\nrole = "invoice"\nenabled = true',
            '[templates."Our shop".modules.Invoices]\nrole = "invoice"\nenabled = false',
        )
        file.write_text(edited.partition("[templates.Second")[0])
        changed = config(there, "config", "apply", str(file), "--json").json["changes"]
        left = [one.name for one in there.xt.templates.all() if one.is_own]
        file.write_text("format = 1\n[templates]\n")
        config(there, "config", "apply", str(file))
        file.write_text("format = 1\n")
        config(there, "config", "apply", str(file))
        none = [one.name for one in there.xt.templates.all() if one.is_own]

    assert edited != text
    assert file.read_bytes() != again.read_bytes() == text.encode()
    assert [("Our shop", ""), ("Second", "")] == [
        (one["name"], one["before"]) for one in applied["changes"] if one["section"] == "templates"
    ]
    assert ["Nothing differs."] * 2 == [one.strip() for one in (twice, used)]
    assert [("templates.Our shop", "Invoices enabled", "on", "off"), ("templates", "Second")] == [
        tuple(one.values())[: 4 if "." in one["section"] else 2] for one in changed
    ]
    assert (["Our shop", "Second"], ["Our shop"], []) == (names, left, none)


#: Times as they are set on the command line.
TIMES = (
    ("all", "15m"),
    ("Products", "off"),
    ("all", "0 2 * * 1-5", "--zone", "Europe/Berlin", "--proof"),
    ("Invoices", "1h", "--direction", "to_xero", "--quiet", "22-6"),
)


def test_the_times_travel_with_it(tmp_path: Path, config: Config) -> None:
    """Of syncs and proofs, with their zones, ways and quiet hours, to an empty home; and back."""
    file, again = tmp_path / "xero.toml", tmp_path / "again.toml"
    with connected(tmp_path / "a") as here:
        assert 0 == config(here, "extensions", "enable", "XTQueue").code
        for words in TIMES:
            assert 0 == config(here, "queue", "schedule", "set", *words).code
        config(here, "config", "export", "--out", str(file))

    with connected(tmp_path / "b") as there:
        nobody = config(there, "config", "apply", str(file)).err
        config(there, "extensions", "enable", "XTQueue")
        shown = config(there, "config", "apply", str(file), "--plan").out
        none = config(there, "queue", "schedule", "list", "--json").json["schedules"]
        config(there, "config", "apply", str(file))
        config(there, "config", "export", "--out", str(again))
        twice = config(there, "config", "apply", str(file)).out
        kept = config(there, "queue", "schedule", "list", "--json").json["schedules"]
        text = file.read_text()
        file.write_text(
            'format = 1\n[schedules]\ntimes = [\n    {module = "Organizations", every = "1m"},\n]\n'
        )
        wrong = config(there, "config", "check", str(file))
        file.write_text("format = 1\n[schedules]\ntimes = []\n")
        gone = config(there, "config", "apply", str(file), "--json").json["changes"]

    assert "schedules: no extension that is on keeps times. Switch XTQueue on" in nobody
    assert (0, 4) == (len(none), len(kept))
    assert text == again.read_text()
    assert "all proof" in shown
    assert "0 2 * * 1-5, Europe/Berlin" in " ".join(shown.split())
    assert 'module = "all", proof = true, every = "0 2 * * 1-5"' in again.read_text()
    assert 'quiet = "22:00-06:00"' in again.read_text()
    assert "Nothing differs." == twice.strip()
    assert "Line 4: schedules.times, row 1: '1m' is too often" in " ".join(wrong.err.split())
    assert ["schedules"] * 4 == [one["section"] for one in gone]


#: A mistake → what stands there instead, what is said of it, and what its line has.
MISTAKES = {
    'direction = "both" # which way': (
        'direction = "up" # which way',
        "modules.Organizations.direction cannot be 'up'",
        'direction = "up"',
    ),
    'conflict = "ask"': (
        'conflict = "me"',
        "modules.Organizations.conflict cannot be 'me'",
        'conflict = "me"',
    ),
    'invoices = "as-crm"': ('invoices = "soon"', "start.invoices is 'soon'.", "invoices ="),
    'xero = "Name"': (
        'xero = "Nom"',
        "modules.Organizations.fields, row 1: Xero's Contact has no field Nom.",
        'xero = "Nom"',
    ),
    'sales_account = "200"': (
        'sales_account = "999999"',
        "modules.Invoices.options.sales_account: ",
        'sales_account = "999999"',
    ),
    "[modules.Products]\nrole": (
        "[modules.Cars]\nenabled = true\n[modules.Products]\nrole",
        "modules.Cars: the CRM has no such module. It has: Organizations, ",
        "[modules.Cars]",
    ),
    "[modules.Services]\nrole": (
        '[modules.Twice]\nrole = "product"\n[modules.Services]\nrole',
        "modules.Products is there twice.",
        "[modules.Products]",
    ),
    "[modules.CreditNotes]\n": (
        '[modules.CreditNotes]\nconflict = "crm"\n',
        "modules.CreditNotes.conflict: the module only lists; say only enabled.",
        'conflict = "crm"',
    ),
    "[modules.Organizations]": (
        '[templates.Own.modules.Cars]\nconflict = "me"\n[modules.Organizations]',
        "templates.Own.modules.Cars.conflict cannot be 'me'",
        'conflict = "me"',
    ),
    "[start]": (
        "[templates.vtiger]\n[start]",
        "templates.vtiger cannot have this name. Choose one of 1 to 60 characters",
        "[templates.vtiger]",
    ),
    "format = 1\n": (
        'format = 1\ntemplates."Two  blanks".modules.Products.conflict = "ask"\n',
        "templates.Two blanks has blanks too many in its name.",
        "Two  blanks",
    ),
    "[modules.Payments]": (
        "[modules.Payments]\nduplicates = 1",
        "This is no TOML",
        "duplicates = ",
    ),
}


@pytest.mark.parametrize("found", MISTAKES)
@pytest.mark.parametrize("command", ["check", "apply"])
def test_a_mistake_is_named_and_nothing_is_saved(
    tmp_path: Path, config: Config, found: str, command: str
) -> None:
    """Its line and place, what is wrong, and what may stand there; the rest is not saved either."""
    wrong, sentence, there = MISTAKES[found]
    with connected(tmp_path / "a") as world:
        world.default_account()
        text = config(world, "config", "export").out
        assert found in text
        changed = text.replace(found, wrong, 1).replace("brake_share = 20", "brake_share = 7")
        file = tmp_path / "xero.toml"
        file.write_text(changed)

        ended = config(world, "config", command, str(file))

        assert (3, 20) == (ended.code, world.xt.modules.settings("Products").brake_share)
        assert text == config(world, "config", "export").out
    said = " ".join(ended.err.split())
    assert sentence in said
    (line,) = {int(one) for one in re.findall(r"Line (\d+):", said)}
    assert there in changed.split("\n")[line - 1]


def test_a_part_of_it_changes_only_that(tmp_path: Path, config: Config) -> None:
    """Options alone where no mapping was saved bring the default fields; a switch alone no more."""
    file = tmp_path / "xero.toml"
    file.write_text(
        "format = 1\n[modules.Products]\ncreate_in_crm = false\n"
        "[modules.CreditNotes]\nenabled = true"
        '\n[modules.Invoices.options]\nsales_account = "200"\n'
    )
    with connected(tmp_path / "a") as world:
        before = world.xt.mappings.get("Products")
        ended = config(world, "config", "apply", str(file), "--json")
        kept = (world.xt.mappings.get("Products"), world.xt.modules.settings("Products").conflict)
        invoices = world.xt.mappings.get("Invoices")
        listed = world.xt.modules.settings("CreditNotes").enabled

    assert invoices is not None
    assert ("200", True, (before, "ask")) == (invoices.options["sales_account"], listed, kept)
    assert ("Products", "create_in_crm", "on", "off") in [
        tuple(one.values()) for one in ended.json["changes"]
    ]


def test_no_secret_is_in_it(tmp_path: Path, config: Config) -> None:
    """Neither the tokens of the connection nor the app's secret nor the home's key."""
    with connected(tmp_path / "a") as world:
        text = config(world, "config", "export").out
        tokens = world.xt.store.tokens(world.xt.connections.get().id)
        assert tokens is not None
        hidden = [
            one.reveal() if one is not None else ""
            for one in (tokens.access, tokens.refresh, world.xt.settings.xero_client_secret)
        ]

    assert "Empty Trading" in text
    assert [] == [one for one in hidden if one and one in text]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["diff"], 2, "Name a FILE, or an organisation by --with."),
        (["apply", "nowhere.toml"], 3, "nowhere.toml cannot be read: No such file"),
        (["export", "--out", "nowhere/x.toml"], 3, "cannot be written: No such file"),
        (["apply", "latin.toml"], 3, "latin.toml is no text in UTF-8."),
    ],
)
def test_files_that_cannot_be_used_are_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    config: Config,
    arguments: list[str],
    code: int,
    sentence: str,
) -> None:
    """With the next step."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")
    with connected(tmp_path / "a") as world:
        ended = config(world, "config", *arguments)

    assert (code, True) == (ended.code, sentence in " ".join(ended.err.split()))
