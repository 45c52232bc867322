"""Values on their way: as Xero would hold them, as the CRM would, or the cause why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.hookspecs import Converter
from xtiger.mapping.convert import BoundRow, Lookups, to_crm, to_xero
from xtiger.mapping.request_elements import street_lines
from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.model.cause_codes import CauseCode
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.mappings import Row
from xtiger.model.plans import Cause
from xtiger.model.records import Choice, Field, FieldType
from xtiger.model.values import Plain, canon
from xtiger.rules.accounts import check_account, find_account
from xtiger.rules.causes import cause_from
from xtiger.rules.taxes import TaxTable

SALES = frozenset({"REVENUE"})
RATES = (
    TaxRate("OUTPUT2", "20% (VAT on Income)", Decimal(20), classes=SALES),
    TaxRate("RROUTPUT", "5% (VAT on Income)", Decimal(5), classes=SALES),
    TaxRate("TAX010", "Twin", Decimal(21), classes=SALES),
    TaxRate("TAX011", "Twin", Decimal(21), classes=SALES),
    TaxRate("TAX012", "Reborn", Decimal(7), "DELETED", SALES),
    TaxRate("TAX013", "Reborn", Decimal(8), classes=SALES),
)


def account(code: str, **given: str) -> Account:
    """An account of the chart."""
    return Account(f"id-{code}", code, f"Account {code}", "SALES", "REVENUE", **given)  # type: ignore[arg-type]  # test data


ACCOUNTS = {
    a.code: a
    for a in (
        account("20"),
        account("200"),
        account("200-1"),
        account("2000"),
        account("610", system="DEBTORS"),
        account("299", status="ARCHIVED"),
    )
}


def row(kind: str, path: str, crm: Field | None = None, converter: str = "") -> BoundRow:
    """A row of this Xero field and a text field called Own."""
    field = crm or Field("own", label="Own")
    return BoundRow(Row(field.name, path, converter=converter), field, XERO_FIELDS[kind][path])


def lookups(
    links: Mapping[str, str] | None = None, tax_map: Mapping[str, str] | None = None
) -> Lookups:
    """What is known: some accounts, some rates, these links both ways."""
    known = links or {}
    back = {xero: crm for crm, xero in known.items()}
    return Lookups(
        TaxTable(RATES, tax_map or {}),
        ACCOUNTS,
        lambda ref: known.get(f"{ref.module} {ref.id}"),
        lambda ref: back.get(f"{ref.kind} {ref.id}"),
    )


def sent(kind: str, path: str, value: Plain) -> Plain | Cause:
    """The value as Xero would hold it in this field."""
    return to_xero(value, row(kind, path), lookups())


class TestTexts:
    @pytest.mark.parametrize(
        ("kind", "path", "limit", "code"),
        [
            ("Contact", "EmailAddress", 255, "text_too_long"),
            ("Contact", "Name", 255, "name_too_long"),
            ("Contact", "TaxNumber", 50, "text_too_long"),
            ("Contact", "Addresses.POBOX.PostalCode", 50, "text_too_long"),
            ("Item", "Code", 30, "code_too_long"),
            ("Item", "Name", 50, "text_too_long"),
            ("Item", "Description", 4000, "text_too_long"),
            ("Invoice", "InvoiceNumber", 255, "text_too_long"),
        ],
    )
    def test_a_text_fits_to_the_last_character(
        self, kind: str, path: str, limit: int, code: CauseCode
    ) -> None:
        """At the limit it goes; one more is held with both lengths, and nothing is cut."""
        end = "@example.com" if path == "EmailAddress" else ""
        fitting = "x" * (limit - len(end)) + end
        known = {"field": "Own", "length": limit + 1, "limit": limit, "code": f"x{fitting}"[:40]}

        assert [fitting, cause_from(code, known)] == [
            sent(kind, path, fitting),
            sent(kind, path, f"x{fitting}"),
        ]

    @pytest.mark.parametrize(
        ("given", "name"),
        [("Acme  Ltd", "Acme Ltd"), (" Acme\n Ltd ", "Acme Ltd"), (None, None), ("  ", None)],
    )
    def test_names_have_single_blanks(self, given: Plain, name: str | None) -> None:
        """Xero refuses repeated blanks inside a name."""
        assert name == sent("Contact", "Name", given)

    @pytest.mark.parametrize("name", ["<b>Acme", "A > B"])
    def test_names_with_angle_brackets_are_held(self, name: str) -> None:
        """Xero refuses them."""
        assert Cause("name_forbidden", {"name": name}) == sent("Contact", "Name", name)

    @pytest.mark.parametrize(
        "address",
        ["a@b.co", "first.last+tag@sub.example.com", "o'neil@example.co.uk", "a_b%c@x-y.org"],
    )
    def test_addresses_that_mail_systems_take_are_sent(self, address: str) -> None:
        """Plus signs, apostrophes and subdomains are fine."""
        assert address == sent("Contact", "EmailAddress", address)

    @pytest.mark.parametrize(
        "address",
        [
            "info",
            "info@",
            "@example.com",
            "a@localhost",
            "a b@example.com",
            "a@b.com, c@d.com",
            "müller@example.com",
            "a@example..com",
            "a@example.com.",
        ],
    )
    def test_addresses_that_xero_refuses_are_held(self, address: str) -> None:
        """No at sign, no domain, two addresses, umlauts."""
        assert Cause("email_invalid", {"value": address}) == sent(
            "Contact", "EmailAddress", address
        )

    def test_no_address_is_no_fault(self) -> None:
        """An empty e-mail field is sent as empty."""
        assert sent("Contact", "EmailAddress", None) is None

    def test_currencies_are_upper_case(self) -> None:
        """Xero knows EUR and not eur; none stays none."""
        assert ["EUR", None] == [sent("Invoice", "CurrencyCode", v) for v in ("eur", None)]

    @pytest.mark.parametrize(
        ("kind", "path", "value"),
        [("Invoice", "Date", date(2026, 2, 3)), ("Item", "IsSold", True), ("Item", "IsSold", None)],
    )
    def test_days_and_flags_go_as_they_are(self, kind: str, path: str, value: Plain) -> None:
        """They have one form on both sides."""
        assert value is sent(kind, path, value)


class TestStreets:
    PATH = "Addresses.POBOX.Street"

    @pytest.mark.parametrize(
        ("street", "there"),
        [
            ("1 High St", "1 High St"),
            ("a\nb\nc\nd", "a\nb\nc\nd"),
            ("a\n\n b \n", "a\nb"),
            ("a\nb\nc\nd\ne\nf", "a\nb\nc\nd, e, f"),
            (None, None),
            ("\n", None),
        ],
    )
    def test_a_street_is_compared_as_xero_will_hold_it(
        self, street: Plain, there: str | None
    ) -> None:
        """Four lines without empty ones; so its own answer is no change."""
        assert there == sent("Contact", self.PATH, street)

    @given(st.text(alphabet="ab, \n", max_size=20))
    def test_the_lines_of_a_sent_street_stay_the_same(self, street: str) -> None:
        """Splitting what was joined gives the same lines again."""
        lines = street_lines(street)

        assert lines == street_lines("\n".join(lines))

    def test_a_line_longer_than_xero_takes_is_held(self) -> None:
        """500 characters per line go, 501 are held and never cut."""
        data = {"field": "Own", "length": 501, "limit": 500}

        assert ["x" * 500, Cause("text_too_long", data)] == [
            sent("Contact", self.PATH, "x" * count) for count in (500, 501)
        ]


class TestNumbers:
    @pytest.mark.parametrize("price", ["0.1234", "12345.6", "-1", "1E+29"])
    def test_prices_of_four_places_are_sent(self, price: str) -> None:
        """Any size, up to 4 decimal places."""
        assert Decimal(price) == sent("Item", "SalesDetails.UnitPrice", Decimal(price))

    def test_a_finer_price_is_held(self) -> None:
        """Xero would round it silently."""
        data = {"field": "Own", "value": "0.12345"}

        assert Cause("price_too_fine", data) == sent(
            "Item", "SalesDetails.UnitPrice", Decimal("0.12345")
        )

    def test_no_price_is_no_fault(self) -> None:
        """A product may have none."""
        assert sent("Item", "SalesDetails.UnitPrice", None) is None


class TestAccounts:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("200", "200"),
            ("200-Sales", "200"),
            ("200 Sales", "200"),
            ("200: Sales", "200"),
            ("2000", "2000"),
            ("2000-More", "2000"),
            ("200-1", "200-1"),
            ("200-1 Sales north", "200-1"),
            ("200-10", "200"),
            ("20x", None),
            ("Sales", None),
            ("", None),
        ],
    )
    def test_a_pick_list_text_is_found_by_its_longest_code(
        self, text: str, code: str | None
    ) -> None:
        """The code may itself have a dash; half a code is none."""
        found = find_account(text, ACCOUNTS)

        assert code == (found.code if found else None)

    @pytest.mark.parametrize(
        ("text", "cause"),
        [
            ("999", Cause("account_unknown", {"account": "999", "where": "line 1"})),
            ("610", Cause("account_system", {"account": "610", "where": "line 1"})),
            ("299-Old", Cause("account_archived", {"account": "299", "where": "line 1"})),
        ],
    )
    def test_an_account_that_xero_would_refuse_is_held(self, text: str, cause: Cause) -> None:
        """Not in the chart, a system account, an archived one; the sentence says where."""
        assert cause == check_account(text, ACCOUNTS, "line 1")

    def test_a_record_sends_the_code_alone(self) -> None:
        """What Xero calls the account, and no account where there is none."""
        path = "SalesDetails.AccountCode"

        assert ["200", None] == [sent("Item", path, text) for text in ("200-Sales", None)]

    def test_a_record_with_an_unknown_account_is_held(self) -> None:
        """The cause says that it stands on the record."""
        data = {"account": "999", "where": "the record"}

        assert Cause("account_unknown", data) == sent("Item", "SalesDetails.AccountCode", "999")


class TestTaxes:
    PATH = "SalesDetails.TaxType"

    @pytest.mark.parametrize(
        ("value", "tax_type"),
        [
            (None, None),
            ("OUTPUT2", "OUTPUT2"),
            ("TAX012", "TAX012"),
            (Decimal(5), "RROUTPUT"),
            (Decimal(0), "NONE"),
            ("5% (vat on income)", "RROUTPUT"),
            ("Reborn", "TAX013"),
        ],
    )
    def test_a_type_a_percentage_or_a_name_is_found(
        self, value: Plain, tax_type: str | None
    ) -> None:
        """What hosts keep as the tax of a product; of a name, the active rate."""
        assert tax_type == sent("Item", self.PATH, value)

    @pytest.mark.parametrize(
        ("value", "shown"), [("VAT", "VAT"), (Decimal(19), "19 %"), ("Twin", "Twin")]
    )
    def test_an_unknown_or_ambiguous_tax_is_told_by_its_field(
        self, value: Plain, shown: str
    ) -> None:
        """A product has no lines to speak of."""
        data = {"field": "Own", "value": shown, "type": "single tax rate in Xero"}

        assert Cause("value_unreadable", data) == sent("Item", self.PATH, value)

    def test_the_tax_map_counts_for_products_too(self) -> None:
        """The same map as for lines."""
        found = to_xero("VAT", row("Item", self.PATH), lookups(tax_map={"VAT": "RROUTPUT"}))

        assert "RROUTPUT" == found


class TestReferences:
    PATH = "Contact.ContactID"
    CLIENT = Field("client", "ref", "Client", targets=("Clients",))

    def test_a_linked_parent_is_named_by_its_xero_id(self) -> None:
        """The CRM's id means nothing to Xero."""
        known = lookups({"Clients 7": "x-7"})

        assert "x-7" == to_xero("7", row("Invoice", self.PATH, self.CLIENT), known)

    def test_an_unlinked_parent_is_waited_for(self) -> None:
        """The cause names it."""
        cause = Cause("waits_for_parent", {"parent": "Clients 7", "module": "Clients", "id": "7"})

        assert cause == to_xero("7", row("Invoice", self.PATH, self.CLIENT), lookups())

    def test_no_parent_is_no_fault_here(self) -> None:
        """Whether one is needed is the module's rule."""
        assert to_xero(None, row("Invoice", self.PATH, self.CLIENT), lookups()) is None

    def test_a_reference_without_target_waits_too(self) -> None:
        """A host that does not say where it points cannot be followed."""
        bare = Field("client", "ref", "Client")

        assert Cause("waits_for_parent", {"parent": " 7", "module": "", "id": "7"}) == to_xero(
            "7", row("Invoice", self.PATH, bare), lookups()
        )

    def test_a_contact_of_xero_is_named_by_the_crms_id(self) -> None:
        """And by nothing while it is not linked."""
        bound = row("Invoice", self.PATH, self.CLIENT)
        known = lookups({"7": "Contact x-7"})

        assert ["7", None] == [to_crm(v, bound, known) for v in ("x-7", "x-8")]

    def test_without_look_ups_nothing_is_linked(self) -> None:
        """The defaults know no link, in either direction."""
        bound, bare = row("Invoice", self.PATH, self.CLIENT), Lookups(TaxTable((), {}), {})
        data = {"parent": "Clients 7", "module": "Clients", "id": "7"}

        assert (Cause("waits_for_parent", data), None) == (
            to_xero("7", bound, bare),
            to_crm("x-7", bound, bare),
        )


class TestIntoTheCrm:
    @pytest.mark.parametrize(
        ("type_", "path", "value", "there"),
        [
            ("text", "TaxNumber", None, None),
            ("text", "TaxNumber", "GB1", "GB1"),
            ("long_text", "TaxNumber", Decimal("12.5"), "12.5"),
            ("text", "TaxNumber", date(2026, 2, 3), "2026-02-03"),
            ("money", "TaxNumber", Decimal("12.5"), Decimal("12.5")),
        ],
    )
    def test_plain_values_go_as_the_field_takes_them(
        self, type_: FieldType, path: str, value: Plain, there: Plain
    ) -> None:
        """A text field gets text, whatever Xero has."""
        bound = row("Contact", path, Field("own", type_))

        assert there == to_crm(value, bound, lookups())

    @pytest.mark.parametrize(
        ("type_", "tax_type", "there"),
        [
            ("decimal", "OUTPUT2", Decimal(20)),
            ("money", "OUTPUT2", Decimal(20)),
            ("choice", "OUTPUT2", "20% (VAT on Income)"),
            ("text", "STRANGE", "STRANGE"),
        ],
    )
    def test_a_tax_goes_as_percentage_or_name(
        self, type_: FieldType, tax_type: str, there: Plain
    ) -> None:
        """By the field's type; a tax type that nobody knows stays visible."""
        bound = row("Item", "SalesDetails.TaxType", Field("own", type_))

        assert there == to_crm(tax_type, bound, lookups())

    @pytest.mark.parametrize(
        ("choices", "there"),
        [(("2000-More", "200-Sales"), "200-Sales"), (("2000-More",), "200"), ((), "200")],
    )
    def test_an_account_goes_as_the_pick_lists_entry(
        self, choices: Sequence[str], there: str
    ) -> None:
        """The entry that begins with this code and no longer one; else the code."""
        field = Field("own", "choice", choices=tuple(Choice(c, c) for c in choices))

        assert there == to_crm("200", row("Item", "SalesDetails.AccountCode", field), lookups())


class TestConverters:
    @staticmethod
    def _turned(value: Plain) -> Plain:
        if value == "bad":
            raise ValueError("no")
        return f" {value[::-1]} "

    def _lookups(self) -> Lookups:
        return Lookups(TaxTable((), {}), {}, converters={"turn": Converter(self._turned, canon)})

    def test_a_converter_runs_before_our_own_conversion(self) -> None:
        """Its answer is made canonical and checked like any value."""
        bound = row("Contact", "TaxNumber", converter="turn")

        assert "cba" == to_xero("abc", bound, self._lookups())

    def test_a_converter_that_refuses_is_told_by_its_field(self) -> None:
        """The value stays where it is."""
        bound = row("Contact", "TaxNumber", converter="turn")
        data = {"field": "Own", "value": "bad", "type": "text"}

        assert Cause("value_unreadable", data) == to_xero("bad", bound, self._lookups())

    def test_a_converter_runs_after_our_own_conversion_inwards(self) -> None:
        """Emptiness is not given to it."""
        bound = row("Contact", "TaxNumber", converter="turn")

        assert ["abc", None] == [to_crm(v, bound, self._lookups()) for v in (" abc ", None)]


BANK = Account("id-bank", "", "Bank", "BANK", "ASSET")


class TestPaidTo:
    """The account that a payment went to: its id in Xero, its name or code in the CRM."""

    ROW = row("Payment", "Account.AccountID", Field("to", "choice", choices=(Choice("Bank", "B"),)))
    CHART = Lookups(TaxTable(RATES, {}), ACCOUNTS, accounts_by_id={BANK.account_id: BANK})

    def test_it_is_sent_by_its_id(self) -> None:
        """Bank accounts often have no code."""
        assert ("id-bank", None) == (
            to_xero("Bank", self.ROW, self.CHART),
            to_xero(None, self.ROW, self.CHART),
        )

    @pytest.mark.parametrize("value", ["200", "Nowhere"])
    def test_one_that_takes_no_payments_is_held(self, value: str) -> None:
        """One of income, or none that Xero has."""
        cause = Cause("payment_account_invalid", {"account": value})

        assert cause == to_xero(value, self.ROW, self.CHART)

    def test_it_comes_in_as_the_crm_shows_it(self) -> None:
        """By name where it has no code; an unknown id is nothing."""
        assert ("Bank", None) == (
            to_crm("id-bank", self.ROW, self.CHART),
            to_crm("id-gone", self.ROW, self.CHART),
        )


def test_a_country_with_a_sign_of_none_is_held() -> None:
    """With a digit it is none; the typographic apostrophe is put right, not held."""
    path = "Addresses.POBOX.Country"

    assert "Côte d'Ivoire" == sent("Contact", path, "Côte d\u2019Ivoire")
    assert Cause("country_signs", {"field": "Own", "value": "NZ1"}) == sent("Contact", path, "NZ1")


def test_a_payer_that_is_a_person_is_named_by_its_own_module() -> None:
    """An invoice without organisation goes to its contact."""
    own = row("Invoice", "Contact.ContactID", Field("who", "ref", targets=("Organizations",)))
    known = lookups({"Contacts 42": "x42"})

    assert "x42" == to_xero("person:Contacts:42", own, known)


def test_the_use_of_a_contact_comes_in_as_the_crms_own_word() -> None:
    """As the mapping names it."""
    field = Field("kind", "choice", choices=(Choice("Client", "Client"),))
    known = Lookups(TaxTable(RATES, {}), ACCOUNTS, use_words={"customer": "Client"})

    assert "Client" == to_crm("customer", row("Contact", "UsedAs", field), known)
