"""What is still to be credited, and the lines of the note that says so."""

from __future__ import annotations

from decimal import Decimal

from xtiger.model.customers.credited import CreditShare, Tracking
from xtiger.rules.customers.crediting import (
    can_be_lines,
    credit_besides,
    due_as_counted,
    request_lines,
    still_open,
    total_of,
)


def share(
    net: str, tax: str = "0", text: str = "", tracking: Tracking = (), account: str = "200"
) -> CreditShare:
    """A share on one account, at the standard rate."""
    return CreditShare(account, "OUTPUT2", Decimal(net), Decimal(tax), text, tracking)


def test_shares_of_one_place_are_one() -> None:
    """What stays and what is credited is taken off; each text stands once."""
    before = [share("30", "6", "Wood"), share("20", "4", "Nails"), share("1", "0", "Wood")]

    found = still_open(before, [share("25", "5", "Oak")], [share("5", "1", "Credit")])

    assert (share("21", "4", "Wood; Nails"),) == found
    assert Decimal(25) == total_of(found)


def test_what_came_besides_is_below_zero() -> None:
    """With its own text; what is as it was is no share at all."""
    same, other = share("7", account="260"), (("region", "north"),)

    found = still_open([same, share("9")], [same, share("4", text="Glue", tracking=other)], [])

    assert (share("9"), share("-4", text="Glue", tracking=other)) == found


def test_a_line_has_an_amount_before_tax() -> None:
    """A cent of tax alone is none, and nothing is none either."""
    assert [True, False, False] == [
        can_be_lines(one) for one in ([share("1")], [share("1"), share("0", "0.01")], [])
    ]


def test_the_tax_is_named_where_xero_counts_another() -> None:
    """20 % of 9.99 is 2.00; 1.99 is what both invoices differ by."""
    given = [share("9.99", "2.00", "Wood"), share("9.99", "1.99", tracking=(("r", "n"),))]
    usual, named = request_lines(given, {"OUTPUT2": Decimal(20)})

    assert {
        "Description": "Wood",
        "Quantity": Decimal(1),
        "UnitAmount": Decimal("9.99"),
        "AccountCode": "200",
        "TaxType": "OUTPUT2",
    } == usual
    assert Decimal("1.99") == named["TaxAmount"]
    assert [{"TrackingCategoryID": "r", "TrackingOptionID": "n"}] == named["Tracking"]


def test_a_text_is_cut_where_xero_would_refuse_it() -> None:
    """Many lines on one account share one."""
    found = still_open([share("1", text=f"{n} " + "x" * 200) for n in range(9)], [], [])

    assert 500 == len(found[0].text)


def test_what_a_crm_counts_as_due() -> None:
    """Nothing is due of 30.00 that were paid: the CRM says 20.00 of it, and is 10.00 below.

    With 4.00 due and 6.00 credited one that knows no credit says 10.00, one that keeps it 4.00.
    """
    paid = due_as_counted(Decimal(0), Decimal(0), Decimal(10), Decimal(0))
    found = [due_as_counted(Decimal(4), Decimal(6), Decimal(0), Decimal(n)) for n in (0, 6)]

    assert (Decimal(-10), [Decimal(10), Decimal(4)]) == (paid, found)


def test_credit_besides_what_the_total_says() -> None:
    """Of 13.00 the total of the CRM says 10.00 already; a note that waits is not more than none."""
    found = [credit_besides(Decimal(n), Decimal(10)) for n in (13, 5)]

    assert [Decimal(3), Decimal(0)] == found
