"""The whole truth table of one field: each situation under each rule, written out."""

from __future__ import annotations

import pytest

from xtiger.model.links import Pair, Side
from xtiger.rules.merge import FieldDecision, FieldRule, FieldState, decide_field, decide_use

SIGNS: dict[str, FieldDecision] = {
    ".": "none",
    "=": "agree",
    ">": "to_xero",
    "<": "to_crm",
    "!": "conflict",
}

RULES = {
    "both": FieldRule(),
    "keep": FieldRule(keep_when_empty=True),
    "once": FieldRule(only_on_create=True),
    "crm wins": FieldRule(conflict="crm", first_link="crm"),
    "xero wins": FieldRule(conflict="xero", first_link="xero"),
    "amount": FieldRule(amount=True, conflict="crm", first_link="crm"),
    "amount keep": FieldRule(amount=True, keep_when_empty=True, conflict="xero"),
    "to xero": FieldRule(direction="to_xero"),
    "to xero keep": FieldRule(direction="to_xero", keep_when_empty=True),
    "to xero, crm wins": FieldRule(direction="to_xero", conflict="crm", first_link="crm"),
    "to xero, xero wins": FieldRule(direction="to_xero", conflict="xero", first_link="xero"),
    "to xero amount": FieldRule(direction="to_xero", amount=True, first_link="crm"),
    "to crm": FieldRule(direction="to_crm"),
    "to crm keep": FieldRule(direction="to_crm", keep_when_empty=True),
    "to crm, crm wins": FieldRule(direction="to_crm", conflict="crm", first_link="crm"),
    "to crm, xero wins": FieldRule(direction="to_crm", conflict="xero", first_link="xero"),
    "to crm amount": FieldRule(direction="to_crm", amount=True, first_link="xero"),
}

#: base (CRM's half, Xero's half; "--" is none), CRM, Xero, and the decision under each rule in
#: the order of RULES; "_" is an empty value.
#:
#: both ways: both, keep, once, crm wins, xero wins, amount, amount keep
#: to Xero: plain, keep, crm wins, xero wins, amount; to the CRM: the same
TABLE = """
    -- _ _   =======   =====   =====   never linked, both empty
    -- A A   =======   =====   =====   never linked, equal
    -- A _   >>=>>>>   >>>>>   .....   never linked, only the CRM is filled
    -- _ A   <<=<<<<   .....   <<<<<   never linked, only Xero is filled
    -- A B   !!=><!!   !!>!!   !!!<!   never linked, filled differently
    AA A A   .......   .....   .....   nothing changed
    AB A B   .......   .....   .....   nothing changed where one side trims
    A_ A _   .......   .....   .....   nothing changed where Xero cannot hold it
    AA B A   >>.>>>>   >>>>>   .....   the CRM changed
    AB C B   >>.>>>>   >>>>>   .....   the CRM changed, one side trims
    __ A _   >>.>>>>   >>>>>   .....   the CRM was filled
    AA A B   <<.<<<<   .....   <<<<<   Xero changed
    AB A C   <<.<<<<   .....   <<<<<   Xero changed, one side trims
    __ _ A   <<.<<<<   .....   <<<<<   Xero was filled
    AA _ A   >..>>>.   >.>>>   .....   the CRM was cleared
    AB _ B   >..>>>.   >.>>>   .....   the CRM was cleared, one side trims
    AA A _   <..<<<.   .....   <.<<<   Xero was cleared
    AB A _   <..<<<.   .....   <.<<<   Xero was cleared, one side trims
    AA B B   =======   =====   =====   both changed to the same
    AB B B   =======   =====   =====   the CRM came to what Xero has
    AB A A   =======   =====   =====   Xero came to what the CRM has
    AA _ _   =======   =====   =====   both were cleared
    __ A A   =======   =====   =====   both were filled with the same
    AA B C   !!.><!!   >>>>!   <<<<!   both changed differently
    AB B A   !!.><!!   >>>>!   <<<<!   both changed to the other's old value
    __ A B   !!.><!!   >>>>!   <<<<!   both were filled differently
    AA _ B   !<.><!!   >.>>!   <<<<!   the CRM was cleared, Xero changed
    AA B _   !>.><!!   >>>>!   <.<<!   Xero was cleared, the CRM changed
"""


def _value(sign: str) -> str | None:
    return None if sign == "_" else sign


def _cells() -> list[object]:
    cells: list[object] = []
    for line in TABLE.strip().splitlines():
        base, crm, xero, *signs, words = line.split(maxsplit=6)
        pair = None if base == "--" else Pair(_value(base[0]), _value(base[1]))
        values = [_value(sign) for sign in (crm, xero, crm, xero)]
        state = FieldState(pair, values[0], values[1], values[2], values[3])
        for name, sign in zip(RULES, "".join(signs), strict=True):
            cells.append(pytest.param(state, RULES[name], SIGNS[sign], id=f"{words} ({name})"))
    return cells


@pytest.mark.parametrize(("state", "rule", "decision"), _cells())
def test_each_situation_has_its_decision(
    state: FieldState, rule: FieldRule, decision: FieldDecision
) -> None:
    """What the table says is what is decided."""
    assert decision == decide_field(state, rule)


class TestMeaningTheSame:
    """Equal is what either side would make of the other's value."""

    def test_a_value_that_xero_would_write_alike_agrees(self) -> None:
        """The CRM's "eur" is "EUR" in Xero: nothing travels."""
        state = FieldState(None, "eur", "EUR", "EUR", "EUR")

        assert "agree" == decide_field(state, FieldRule())

    def test_a_value_that_the_crm_would_write_alike_agrees(self) -> None:
        """Xero's tax type OUTPUT2 is what the CRM calls 20 %, though 20 % alone is ambiguous."""
        state = FieldState(None, "20 %", "OUTPUT2", object(), "20 %")

        assert "agree" == decide_field(state, FieldRule())

    def test_once_agreed_it_rests(self) -> None:
        """Equal values whose pair is the base need no new base."""
        state = FieldState(Pair("eur", "EUR"), "eur", "EUR", "EUR", "EUR")

        assert "none" == decide_field(state, FieldRule())

    def test_an_equal_pair_that_is_not_the_base_becomes_the_base(self) -> None:
        """Spelled otherwise and still equal: the base follows, so that later edits are seen."""
        state = FieldState(Pair("EUR", "EUR"), "eur", "EUR", "EUR", "EUR")

        assert "agree" == decide_field(state, FieldRule())

    def test_a_value_that_cannot_be_sent_is_equal_to_nothing(self) -> None:
        """An unsendable CRM value against a filled Xero is a difference, never an agreement."""
        state = FieldState(Pair("old", "old"), "too long", "old", object(), "old")

        assert "to_xero" == decide_field(state, FieldRule())


def use(base: Pair | None, crm: str | None, xero: str | None, word: str | None) -> FieldState:
    """The type of an organisation in the CRM and what Xero uses it as."""
    return FieldState(base=base, crm=crm, xero=xero, crm_as_xero=crm, xero_as_crm=word)


@pytest.mark.parametrize(
    ("base", "crm", "xero", "word", "overwrites", "decision"),
    [
        (None, None, None, None, False, "none"),
        (None, "Customer", "both", None, False, "none"),
        (None, None, "customer", "Customer", False, "to_crm"),
        (None, "Customer", "customer", "Customer", False, "agree"),
        (Pair("Customer", "customer"), "Customer", "customer", "Customer", False, "none"),
        (Pair("Customer", "customer"), "Customer", "vendor", "Vendor", False, "to_crm"),
        (Pair("Vendor", "vendor"), "Customer", "vendor", "Vendor", False, "none"),
        (None, "Partner", "customer", "Customer", False, "none"),
        (None, "Partner", "customer", "Customer", True, "to_crm"),
        (Pair("Partner", "customer"), "Partner", "customer", "Customer", True, "none"),
    ],
)
def test_a_type_follows_the_use_in_xero_unless_a_person_chose(
    base: Pair | None,
    crm: str | None,
    xero: str | None,
    word: str | None,
    overwrites: bool,
    decision: str,
) -> None:
    """Empty or another use: it follows a changed use; all else stands."""
    found = decide_use(use(base, crm, xero, word), {"Customer", "Vendor"}, overwrites=overwrites)

    assert decision == found


@pytest.mark.parametrize(
    ("owner", "state", "decision"),
    [
        ("crm", FieldState(Pair("a", "a"), "a", "b", "a", "b"), "to_xero"),
        ("crm", FieldState(Pair("a", "a"), "c", "b", "c", "b"), "to_xero"),
        ("xero", FieldState(Pair("a", "a"), "c", "a", "c", "a"), "to_crm"),
        ("xero", FieldState(Pair("a", "b"), "a", "b", "a", "b"), "none"),
        ("xero", FieldState(None, "a", "b", "a", "b"), "to_crm"),
        ("xero", FieldState(None, "a", None, "a", None), "to_xero"),
        ("crm", FieldState(None, "a", "b", "a", "b"), "to_xero"),
        ("crm", FieldState(Pair("a", "a"), "b", "b", "b", "b"), "agree"),
    ],
)
def test_the_owner_is_followed(owner: Side, state: FieldState, decision: str) -> None:
    """Whichever side changed; at the first link an empty owner is filled."""
    assert decision == decide_field(state, FieldRule(owner=owner))
