"""A configuration as TOML: what is written is read as the same, and each mistake is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.errors import ConfigurationInvalid
from xtiger.mapping.configuration import (
    START,
    ConfigurationText,
    MailText,
    ModuleText,
    RouteText,
    RoutingText,
    ScheduleText,
    TemplateText,
)
from xtiger.mapping.configuration_toml import read, write
from xtiger.mapping.module_settings import SETTINGS, SettingSpec
from xtiger.mapping.option_specs import OPTIONS, TABLE_OPTIONS
from xtiger.model.mappings import Row

#: Names as CRMs have them: any text, but for line ends and what no file keeps.
NAMES = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters=","), min_size=1
).filter(lambda text: text == text.strip())
TABLES = tuple(TABLE_OPTIONS)


def _values(spec: SettingSpec) -> st.SearchStrategy[str]:
    if spec.numbers is not None:
        return st.integers(*spec.numbers).map(str)
    if spec.is_text:
        return st.just('branch is "South, North"') | NAMES
    if not spec.choices:
        return st.lists(NAMES, max_size=3).map(", ".join)
    return st.sampled_from(spec.choices)


ROWS = st.builds(
    Row,
    NAMES,
    NAMES,
    st.sampled_from(["both", "to_xero", "to_crm"]),
    st.booleans(),
    st.booleans(),
    st.one_of(st.just(""), NAMES),
)
SETTING_TEXTS = st.fixed_dictionaries({}, optional={one.name: _values(one) for one in SETTINGS})
OPTION_TEXTS = st.dictionaries(
    st.one_of(
        st.sampled_from(
            [one.name for one in OPTIONS if one.choice in ("account", "word", "days")]
        ).filter(lambda name: name not in TABLES),
        st.tuples(st.sampled_from(TABLES), NAMES).map(":".join),
    ),
    NAMES,
    max_size=4,
)
START_TEXTS = st.fixed_dictionaries(
    {},
    optional={
        "from": st.one_of(st.just("all"), st.dates().map(str)),
        "open_before": st.sampled_from(["yes", "no"]),
        "invoices": st.sampled_from(["draft", "as-crm"]),
        "bring": st.sampled_from(["customers", "all", "none"]),
        "mode": st.sampled_from(["active", "read-only"]),
    },
)
ROUTINGS = st.builds(
    RoutingText, st.lists(st.builds(RouteText, NAMES, NAMES, NAMES, NAMES)).map(tuple), NAMES, NAMES
)
SCHEDULES = st.lists(
    st.builds(
        ScheduleText,
        NAMES,
        st.one_of(st.just(""), NAMES.filter(lambda name: name != "all")),
        st.booleans(),
        st.sampled_from(["", "to_xero", "to_crm"]),
        st.sampled_from(["UTC", "Europe/Berlin"]),
        st.sampled_from(["", "22:00-06:00"]),
    ),
    max_size=3,
    unique_by=lambda one: one.name,
).map(tuple)


@given(
    START_TEXTS,
    st.dictionaries(NAMES, st.tuples(SETTING_TEXTS, st.lists(ROWS, max_size=3), OPTION_TEXTS)),
    st.one_of(st.none(), ROUTINGS),
    st.booleans(),
    st.one_of(st.none(), st.lists(NAMES, max_size=2, unique=True)),
    st.one_of(st.none(), SCHEDULES),
    st.one_of(st.none(), st.lists(st.builds(MailText, NAMES, zone=NAMES), max_size=2)),
)
def test_what_is_written_is_read_as_the_same(
    start: dict[str, str],
    modules: dict[str, tuple[dict[str, str], list[Row], dict[str, str]]],
    routing: RoutingText | None,
    mapped: bool,
    templates: list[str] | None,
    schedules: tuple[ScheduleText, ...] | None,
    mails: list[MailText] | None,
) -> None:
    """Whatever the names are; and written once more it is the same text."""
    made = [
        ModuleText(name, "invoice", settings, tuple(rows), options)
        if mapped
        else ModuleText(name, "", settings)
        for name, (settings, rows, options) in modules.items()
    ]
    kept = None
    if templates is not None:
        kept = tuple(TemplateText(name, tuple(made)) for name in templates)
    read_by = None if mails is None else tuple(mails)
    whole = ConfigurationText(start, tuple(made), routing, kept, schedules, read_by)

    text = write(whole, "Kea\nLtd")

    assert whole == read(text)
    assert text == write(read(text), "Kea Ltd")


def test_each_value_bears_what_it_means() -> None:
    """A person can edit the file without the docs."""
    settings = {"enabled": "on", "brake_share": "20", "statuses": "Won, Paid"}
    options = {"sales_account": "200", "types_from_xero": "yes", "received_statuses": "In, Paid"}
    module = ModuleText("Invoices", "invoice", settings, (), {**options, "tax:VAT": "OUTPUT2"})
    text = write(ConfigurationText({"from": "2026-04-01"}, (module,)))

    assert text.startswith("# What is decided for XTiger.\n")
    for line in (
        "from = 2026-04-01 # first day",
        "enabled = true # whether the module is synced",
        "brake_share = 20 # per cent",
        'statuses = ["Won", "Paid"] # only records',
        'sales_account = "200" # account of lines',
        "types_from_xero = true # the type follows",
        'received_statuses = ["In", "Paid"] # statuses of payments',
        "[modules.Invoices.options.tax] # Xero's tax rate for",
        'VAT = "OUTPUT2"',
    ):
        assert line in text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("format = ", "This is no TOML"),
        ("", "format is None; write format = 1."),
        ("format = 2", "format is 2; write format = 1."),
        ("format = 1\nsecret = 1", "secret is not known; use one of: format, start"),
        ("format = 1\nstart = 1", "start must be a table."),
        ("format = 1\n[start]\nuntil = 1", "start.until is not known"),
        ("format = 1\n[start]\nfrom = {}", "start.from must be a single value."),
        ("format = 1\nmodules = []", "modules must be a table."),
        ("format = 1\n[modules.A]\ncolour = 1", "modules.A.colour is not known"),
        ("format = 1\n[modules.A]\nfields = 1", "modules.A.fields must be a list."),
        ("format = 1\n[modules.A]\nfields = [1]", "modules.A.fields, row 1 must be a table."),
        (
            'format = 1\n[modules.A]\nfields = [{crm = "a"}]',
            "modules.A.fields, row 1 needs both crm and xero.",
        ),
        (
            'format = 1\n[modules.A]\nfields = [{crm = "a", xero = "b", direction = "up"}]',
            "modules.A.fields, row 1: direction is 'up'; use one of: both, to_xero, to_crm.",
        ),
        (
            'format = 1\n[modules.A]\nfields = [{crm = "a", xero = "b", only_on_create = 1}]',
            "modules.A.fields, row 1, only_on_create must be true or false.",
        ),
        ("format = 1\n[modules.A.options]\ncolour = 1", "modules.A.options.colour is not known"),
        ("format = 1\n[modules.A]\noptions = 1", "modules.A.options must be a table."),
        ("format = 1\n[modules.A.options]\ntax = 1", "modules.A.options.tax must be a table."),
        ("format = 1\n[routing]\nrules = [{a = 1}]", "routing.rules, row 1.a is not known"),
        ("format = 1\nschedules = []", "schedules must be a table."),
        ("format = 1\n[schedules]\ntimes = 1", "schedules.times must be a list."),
        ("format = 1\n[schedules]\nat = 1", "schedules.at is not known; use one of: times."),
        (
            'format = 1\n[schedules]\ntimes = [{module = "all"}]',
            "Line 3: schedules.times, row 1 needs both module, or all, and every.",
        ),
        (
            'format = 1\n[schedules]\ntimes = [{every = "1d"}]',
            "schedules.times, row 1 needs both module, or all, and every.",
        ),
        (
            'format = 1\n[schedules]\ntimes = [{module = "all", every = "1d", at = 1}]',
            "schedules.times, row 1.at is not known",
        ),
        (
            'format = 1\n[schedules]\ntimes = [{module="A", every="1"},\n{module="A", every="2"}]',
            "Line 4: schedules.times, row 2: A is there twice.",
        ),
        ("format = 1\ntemplates = 1", "templates must be a table."),
        ("format = 1\nmails = 1", "mails must be a table."),
        ("format = 1\n[mails]\nrecipients = 1", "mails.recipients must be a list."),
        ("format = 1\n[mails]\nrecipients = [{a = 1}]", "mails.recipients, row 1.a is not known"),
        ("format = 1\n[templates.A]\nstart = 1", "templates.A.start is not known; use one of: mod"),
        (
            "format = 1\n[templates.A.modules.B]\ncolour = 1",
            "Line 3: templates.A.modules.B.colour is not known",
        ),
    ],
)
def test_each_mistake_names_its_place(text: str, problem: str) -> None:
    """And what may stand there."""
    with pytest.raises(ConfigurationInvalid) as caught:
        read(text)

    assert any(problem in one for one in caught.value.problems)


def test_all_mistakes_are_named_at_once() -> None:
    """So that nobody mends them one by one."""
    with pytest.raises(ConfigurationInvalid) as caught:
        read("format = 1\na = 1\n[start]\nb = 1\n[modules.C]\nd = 1")

    assert ["Line 2: a", "Line 4: start.b", "Line 6: modules.C.d"] == [
        one.partition(" is not known")[0] for one in caught.value.problems
    ]


def test_a_switch_that_is_off_and_an_empty_option_are_none() -> None:
    """False for an option is the same as leaving it out."""
    text = "format = 1\n[modules.A]\nenabled = false\n[modules.A.options]\ntypes_from_xero = false"
    (module,) = read(text).modules

    assert ({"enabled": "off"}, {}) == (module.settings, module.options)
    assert set(START) == {"from", "open_before", "invoices", "bring", "mode"}
