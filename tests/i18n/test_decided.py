"""Pure parts of deciding: a person's word, the side edited last, and what people read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xtiger.errors import SettingInvalid
from xtiger.hookspecs import SyncModule
from xtiger.i18n.cause_text import spoken_cause, spoken_reasons
from xtiger.i18n.language import language
from xtiger.mapping.module_settings import SETTINGS, changed, problems, shown
from xtiger.model.conflicts import Conflict, ConflictField, chosen_fields, described
from xtiger.model.links import Pair, Side
from xtiger.model.mappings import Direction, ModuleSettings
from xtiger.model.plans import Cause, Proposal
from xtiger.model.records import Choice, Field, Module
from xtiger.rules.merge import FieldDecision, FieldRule, FieldState, as_decided, decide_field

BOTH = FieldState(Pair("a", "a"), "b", "c", "b", "c")


@pytest.mark.parametrize(
    ("newer", "amount", "decision"),
    [
        ("crm", False, "to_xero"),
        ("xero", False, "to_crm"),
        (None, False, "conflict"),
        ("crm", True, "conflict"),
    ],
)
def test_newest_is_the_side_edited_last(
    newer: Side | None, amount: bool, decision: FieldDecision
) -> None:
    """Unknown asks, and so does an amount."""
    state = FieldState(BOTH.base, "b", "c", "b", "c", newer=newer)

    assert decision == decide_field(state, FieldRule(conflict="newest", amount=amount))


@pytest.mark.parametrize(
    ("decision", "keep", "direction", "expected"),
    [
        ("conflict", "crm", "both", "to_xero"),
        ("conflict", "xero", "both", "to_crm"),
        ("conflict", "xero", "to_xero", "conflict"),
        ("conflict", None, "both", "conflict"),
        ("to_crm", "crm", "both", "to_crm"),
    ],
)
def test_a_persons_word_settles_a_conflict_only(
    decision: FieldDecision, keep: Side | None, direction: Direction, expected: FieldDecision
) -> None:
    """Amounts too; where the row does not travel so, it stays a conflict."""
    assert expected == as_decided(decision, keep, FieldRule(direction=direction, amount=True))


def test_a_cause_says_why_its_parent_waits() -> None:
    """The parent's own sentence and fix, in the language of the reader."""
    inner = {"why": "email_invalid", "why_data": {"value": "x"}}
    cause = Cause("waits_for_parent", {"parent": "Acme", **inner})

    assert (
        "Acme is not in Xero yet: The e-mail address x is not valid.",
        "Acme: Correct the e-mail address.",
    ) == spoken_cause(cause, language("en"), "data")
    assert "Acme ist noch nicht in Xero: " in spoken_cause(cause, language("de"), "data")[0]


def test_an_empty_value_is_named_in_each_language() -> None:
    """A payment whose status was emptied in the CRM: people read no gap."""
    cause = Cause("payment_taken_back", {"status": ""})

    assert [
        "The payment has the status (empty) in the CRM and counts as paid in Xero.",
        "(leer)",
        "(vide)",
    ] == [
        spoken_cause(cause, language("en"), "data")[0],
        *(
            word
            for name, word in (("de", "(leer)"), ("fr", "(vide)"))
            if word in spoken_cause(cause, language(name), "data")[0]
        ),
    ]


def test_an_unknown_code_beside_a_known_one_is_not_left_out() -> None:
    """Each reason of a record has its sentence and its step."""
    cause = Cause.of_all([Cause("code_missing"), Cause.of_store("of_another_release", {})])
    found = spoken_reasons(cause, language("en"), "browser")

    assert ["code_missing", "of_another_release"] == [code for code, _said, _fix in found]
    assert "" not in [text for row in found for text in row]


def test_a_cause_tells_the_name_of_its_parent_once() -> None:
    """Where the reason begins with it, it is not said before."""
    inner = {"why": "archived_in_xero", "why_data": {"name": "Acme"}}
    cause = Cause("waits_for_parent", {"parent": "Acme", **inner})
    said, fix = spoken_cause(cause, language("en"), "data")

    assert "It waits: Acme is archived in Xero." == said
    assert fix.count("Acme") <= 1


def test_a_cause_without_reason_is_the_catalogues_sentence() -> None:
    """A parent of which nothing is known; one that needs no step keeps the child's."""
    plain = Cause("waits_for_parent", {"parent": "Acme"})
    archived = Cause("waits_for_parent", {"parent": "Acme", "why": "cancelled", "why_data": None})
    quiet = Cause("waits_for_parent", {"parent": "Acme", "why": "nothing known"})

    assert "Acme is not on the other side yet." == spoken_cause(plain, language("en"), "data")[0]
    assert spoken_cause(plain, language("en"), "data") == spoken_cause(
        quiet, language("en"), "data"
    )
    assert "Acme: Nothing to do." == spoken_cause(archived, language("en"), "data")[1]


def conflict(*fields: ConflictField) -> Conflict:
    """A conflict with these fields."""
    return Conflict(
        "c1",
        "Organizations",
        "fields",
        "1",
        "x1",
        "Acme",
        Cause("both_changed"),
        fields,
        proposals=(Proposal("link", "x1"),),
        seen_at=datetime(2026, 1, 2, tzinfo=UTC),
    )


EMAIL = ConflictField("EmailAddress", "Primary Email", "a", "b", "c")
PHONE = ConflictField("Phones.DEFAULT", "Primary Phone", "1", "2", "3", keeps=("crm",))


def test_fields_are_named_by_key_or_label() -> None:
    """In any case; none named means all; an unknown one raises with its name."""
    found = conflict(EMAIL, PHONE)

    assert [EMAIL] == chosen_fields(found, ["emailaddress", "PRIMARY EMAIL"])
    assert [EMAIL, PHONE] == chosen_fields(found, [])
    with pytest.raises(LookupError, match="Website"):
        chosen_fields(found, ["Website"])


def test_other_values_are_another_question() -> None:
    """What was shown stands for the values of all fields."""
    same = conflict(EMAIL, PHONE).shown

    assert conflict(EMAIL, PHONE).shown == same
    assert conflict(EMAIL).shown != same


def test_a_conflict_is_described_as_plain_values() -> None:
    """Keys as documented, with the sides that may be kept."""
    found = described(conflict(PHONE), ("why", "fix"))

    assert ("fields", "both_changed", "why", "fix") == (
        found["kind"],
        found["code"],
        found["sentence"],
        found["fix"],
    )
    assert [("Phones.DEFAULT", ("crm",))] == [(f["field"], f["keeps"]) for f in found["fields"]]


# --- module settings -------------------------------------------------------------------------

INVOICES = SyncModule("Invoices", "invoice", "Invoice", "Invoices", directions=("to_xero",))
INWARDS = SyncModule("Notes", "note", "CreditNote", "Notes", directions=("to_crm",))
STATUS = Field("status", "choice", role="invoice.status", choices=(Choice("Sent", "Sent"),))
DESCRIBED = Module("Invoices", "invoice", "Invoices", (STATUS,))


def test_settings_are_typed_as_they_are_shown() -> None:
    """What is shown may be typed again and changes nothing."""
    settings = ModuleSettings("Invoices", statuses=("Sent",), conflict="newest", enabled=False)
    text = {spec.name: shown(settings, spec) for spec in SETTINGS}

    assert settings == changed(ModuleSettings("Invoices"), text)


def test_an_unknown_choice_lists_the_known() -> None:
    """The setting, what was typed, and what may be."""
    with pytest.raises(SettingInvalid, match="Choose one of: on, off"):
        changed(ModuleSettings("Invoices"), {"enabled": "perhaps"})


@pytest.mark.parametrize(
    ("settings", "sync", "module", "said"),
    [
        (ModuleSettings("Invoices", direction="to_crm"), INVOICES, DESCRIBED, "do not come in"),
        (ModuleSettings("Notes", direction="to_xero"), INWARDS, None, "are not sent"),
        (ModuleSettings("Invoices", statuses=("Odd",)), INVOICES, DESCRIBED, "it has: Sent"),
        (ModuleSettings("Invoices", statuses=("Odd",)), INVOICES, None, "have no status"),
        (ModuleSettings("Invoices", duplicates="suffix"), INVOICES, DESCRIBED, "no suffix"),
        (ModuleSettings("Invoices", duplicates="skip"), INVOICES, DESCRIBED, "never skipped"),
    ],
)
def test_what_cannot_work_is_said(
    settings: ModuleSettings, sync: SyncModule, module: Module | None, said: str
) -> None:
    """One sentence for each; settings that fit have none."""
    (found,) = problems(settings, sync, module)

    assert said in found
    assert [] == problems(ModuleSettings("Invoices", statuses=("Sent",)), INVOICES, DESCRIBED)
