"""What an administrator decided as it would be typed, and how two of these differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from xtiger.mapping.configuration import (
    Change,
    ConfigurationText,
    MailText,
    ModuleText,
    RouteText,
    RoutingText,
    ScheduleText,
    TemplateText,
    changes,
    module_of,
    module_text,
    options_text,
    start_text,
)
from xtiger.model.mappings import Mapping, ModuleSettings, Row
from xtiger.model.start_answers import StartAnswers

NAME = Row("organisation.name", "Name", keep_when_empty=True)
MAIL = Row("organisation.email", "EmailAddress", "to_xero", only_on_create=True)
FIRST = RouteText("Invoices", "region", "N", "North")
SECOND = RouteText("Invoices", "region", "S", "South")


def _of(**given: object) -> ConfigurationText:
    return ConfigurationText(modules=(ModuleText("Accounts", "organisation", **given),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answers", "texts"),
    [
        (StartAnswers(mode="read_only"), ["all", "no", "as-crm", "all", "read-only"]),
        (
            StartAnswers(date(2026, 4, 1), open_before=True, arrive="draft", bring="none"),
            ["2026-04-01", "yes", "draft", "none", "active"],
        ),
    ],
)
def test_answers_are_as_they_would_be_typed(answers: StartAnswers, texts: list[str]) -> None:
    """Day, open ones, invoices, whom Xero brings, and whether anything is sent."""
    assert texts == list(start_text(answers).values())


def test_a_module_is_its_settings_rows_and_options() -> None:
    """Without rows where no mapping is saved."""
    settings = ModuleSettings("Accounts", statuses=("Won", "Paid"), enabled=False)
    mapping = Mapping("Accounts", "Contact", (NAME,), options={"types_from_xero": True})

    whole, bare = (module_text(settings, "organisation", one) for one in (mapping, None))

    assert ("off", "Won, Paid") == (whole.settings["enabled"], whole.settings["statuses"])
    assert ((NAME,), {"types_from_xero": "yes"}) == (whole.fields, whole.options)
    assert (whole.settings, None, None) == (bare.settings, bare.fields, bare.options)


@pytest.mark.parametrize(
    ("role", "options", "texts"),
    [
        (
            "invoice",
            {"sales_account": "200", "charges_account": None, "tax_map": {"VAT": "OUTPUT2"}},
            {"sales_account": "200", "tax:VAT": "OUTPUT2"},
        ),
        ("payment", {"received_statuses": ["In", "Paid"]}, {"received_statuses": "In, Paid"}),
        ("organisation", {"types_from_xero": False}, {}),
    ],
)
def test_options_are_named_as_they_are_set(
    role: str, options: dict[str, object], texts: dict[str, str]
) -> None:
    """One entry per word of a table; nothing for what is not set."""
    assert texts == options_text(Mapping("M", "Invoice", (), options=options), role)


def test_a_module_that_is_not_there_has_nothing() -> None:
    """So that all of another one is a change."""
    assert ModuleText("Cars") == module_of(_of().modules, "Cars")


def test_what_is_left_out_is_no_change() -> None:
    """Neither settings nor fields, options, answers or routes."""
    routing = RoutingText((FIRST,), "North", "South")
    now = replace(_of(fields=(NAME,), options={"a": "1"}), start={"from": "all"}, routing=routing)

    assert [] == changes(now, _of())


@pytest.mark.parametrize(
    ("now", "wanted", "found"),
    [
        (
            ConfigurationText(start={"from": "all", "bring": "all"}),
            ConfigurationText(start={"from": "2026-04-01", "bring": "all"}),
            [Change("start", "from", "all", "2026-04-01")],
        ),
        (
            _of(settings={"enabled": "on"}),
            _of(settings={"enabled": "off", "conflict": "crm"}),
            [Change("Accounts", "enabled", "on", "off"), Change("Accounts", "conflict", "", "crm")],
        ),
        (
            _of(options={"sales_account": "200", "tax:A": "X"}),
            _of(options={"sales_account": "210"}),
            [
                Change("Accounts", "tax:A", "X", ""),
                Change("Accounts", "sales_account", "200", "210"),
            ],
        ),
        (
            _of(fields=(NAME, MAIL)),
            _of(fields=(replace(NAME, converter="upper"),)),
            [
                Change(
                    "Accounts",
                    "Name",
                    "organisation.name ↔ keep_when_empty",
                    "organisation.name ↔ keep_when_empty upper",
                ),
                Change("Accounts", "EmailAddress", "organisation.email → only_on_create", ""),
            ],
        ),
        (
            _of(fields=(NAME, MAIL)),
            _of(fields=(MAIL, NAME)),
            [Change("Accounts", "fields", "Name, EmailAddress", "EmailAddress, Name")],
        ),
        (
            _of(),
            _of(fields=(replace(NAME, direction="to_crm"),), options={"tax:A": "X"}),
            [
                Change("Accounts", "Name", "", "organisation.name ← keep_when_empty"),
                Change("Accounts", "tax:A", "", "X"),
            ],
        ),
    ],
)
def test_each_difference_is_named(
    now: ConfigurationText, wanted: ConfigurationText, found: list[Change]
) -> None:
    """Its section, its name, and both values."""
    assert found == changes(now, wanted)


def test_routes_differ_by_rule_and_order() -> None:
    """The first rule that fits decides, so their order counts."""
    both = ConfigurationText(routing=RoutingText((FIRST, SECOND), "North"))
    turned = ConfigurationText(routing=RoutingText((SECOND, FIRST), "North"))
    one = ConfigurationText(routing=RoutingText((FIRST,), "South"))

    names = ["Invoices.region=N", "Invoices.region=S"]
    assert [Change("routing", "rules", ", ".join(names), ", ".join(names[::-1]))] == (
        changes(both, turned)
    )
    assert [
        Change("routing", "default", "North", "South"),
        Change("routing", "Invoices.region=S", "South", ""),
    ] == changes(both, one)
    assert 3 == len(changes(ConfigurationText(), both))


def _templates(**modules: ModuleText) -> ConfigurationText:
    return ConfigurationText(templates=(TemplateText("Shop", tuple(modules.values())),))


def test_templates_that_come_and_go_are_named_by_their_modules() -> None:
    """Left out they stay; one that stays says what differs in it, module by module."""
    first = _templates(a=ModuleText("Accounts"), b=ModuleText("Products"))

    assert [Change("templates", "Shop", "", "Accounts, Products")] == (
        changes(ConfigurationText(), first)
    )
    assert [Change("templates", "Shop", "Accounts, Products", "")] == (
        changes(first, ConfigurationText(templates=()))
    )
    assert [] == changes(first, ConfigurationText()) + changes(first, first)


def test_what_differs_in_a_template_is_named() -> None:
    """Of a template a module is whole: what it no longer says is a change, too."""
    module = ModuleText("Accounts", "", {"enabled": "on", "conflict": "crm"}, (NAME,), {"a": "1"})
    bare = ModuleText("Accounts", "", {"enabled": "off"})

    found = changes(_templates(a=module), _templates(a=bare, b=ModuleText("Products")))
    back = changes(_templates(a=bare), _templates(a=module))

    assert [
        Change("templates.Shop", "modules", "Accounts", "Accounts, Products"),
        Change("templates.Shop", "Accounts enabled", "on", "off"),
        Change("templates.Shop", "Accounts conflict", "crm", ""),
        Change("templates.Shop", "Accounts Name", "organisation.name ↔ keep_when_empty", ""),
        Change("templates.Shop", "Accounts a", "1", ""),
    ] == found
    assert [
        ("Accounts enabled", "on"),
        ("Accounts conflict", "crm"),
        ("Accounts Name", "organisation.name ↔ keep_when_empty"),
        ("Accounts a", "1"),
    ] == [(one.name, one.after) for one in back]


def test_times_differ_by_what_they_are_for() -> None:
    """One that comes, goes, or is another time; the zone counts where a clock is read."""
    hourly = ScheduleText("1h", "Products", zone="Europe/Berlin")
    proof = ScheduleText("0 2 * * *", proof=True, zone="Europe/Berlin")
    out = ScheduleText("15m", direction="to_xero", quiet="22:00-06:00")
    now = ConfigurationText(schedules=(hourly, proof))

    found = changes(now, ConfigurationText(schedules=(replace(proof, every="1d"), out)))

    assert [
        Change("schedules", "Products", "1h", ""),
        Change("schedules", "all proof", "0 2 * * *, Europe/Berlin", "1d"),
        Change("schedules", "all to_xero", "", "15m, UTC, quiet 22:00-06:00"),
    ] == found
    assert [] == changes(now, ConfigurationText()) + changes(now, now)
    assert 2 == len(changes(ConfigurationText(), now))


def test_who_gets_mails_is_compared_by_address_and_organisation() -> None:
    """One that comes, goes or changes; left out, nothing does."""
    boss = MailText("boss@crm.example")
    now = ConfigurationText(mails=(boss, MailText("a@crm.example", "this")))
    wanted = ConfigurationText(mails=(replace(boss, every="daily"), MailText("b@crm.example")))

    assert [] == changes(now, ConfigurationText())
    assert ["a@crm.example (this)", "boss@crm.example (all)", "b@crm.example (all)"] == [
        one.name for one in changes(now, wanted)
    ]
    assert ["boss@crm.example (all)"] == [
        one.name for one in changes(ConfigurationText(), ConfigurationText(mails=(boss,)))
    ]
