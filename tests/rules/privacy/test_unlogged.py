"""An outcome loses the values of chosen fields, and says still that they differed."""

from __future__ import annotations

from dataclasses import replace

from xtiger.model.plans import Cause, Difference
from xtiger.model.runs import Outcome
from xtiger.rules.privacy.unlogged import UNLOGGED, without_unlogged

MAIL = Difference("EmailAddress", "E-mail", None, "ann@o.example", "", "to_xero")
NAME = Difference("Name", "Name", "Ann", "Ann", "Bo", "to_crm")
OUTCOME = Outcome(
    connection_id="c1",
    run_id="r1",
    module="Contacts",
    kind="Contact",
    crm_id="1",
    xero_id="x",
    name="Ann",
    result="held",
    differences=(MAIL, NAME),
    cause=Cause(
        "text_too_long",
        {"field": "E-mail of ann@o.example", "length": 3},
        (Cause("text_too_long", {"field": "Bo"}),),
    ),
)


def test_a_field_is_named_by_either_side() -> None:
    """Which sides have a value stays; other fields, and what no field is, stay whole."""
    for typed in ("emailaddress", "Email"):
        found = without_unlogged(OUTCOME, [typed], {"EmailAddress": {"email"}})
        bare = found.differences[0]
        assert (None, UNLOGGED, None) == (bare.base, bare.crm, bare.xero)
        assert NAME == found.differences[1]
        assert found.cause is not None
        assert {"field": f"E-mail of {UNLOGGED}", "length": 3} == found.cause.data
        assert {"field": "Bo"} == found.cause.also[0].data


def test_without_fields_all_stays() -> None:
    """The same outcome; and one without a cause has none."""
    assert OUTCOME is without_unlogged(OUTCOME, (), {})
    alone = replace(OUTCOME, cause=None)

    assert without_unlogged(alone, ["x"], {}).cause is None
