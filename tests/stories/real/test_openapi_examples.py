"""What Xero prints as its answers goes through reader, shapes, mapping and merge into a CRM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.stories.real.examples import Example, PrintedXero, all_examples, examples, rounds
from tests.world import World, make_world
from xtiger.mapping.request_elements import element
from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model.plans import STANDING
from xtiger.model.records import Record, XeroRecord
from xtiger.model.runs import Outcome
from xtiger.model.values import Plain, canon, require_plain
from xtiger.rules.kinds import KINDS

ALL = pytest.mark.parametrize("example", all_examples(), ids=str)
#: The answer to a write that saved nothing.
NOT_SAVED = "00000000-0000-0000-0000-000000000000"
SAVED = [one for one in all_examples() if one.id != NOT_SAVED]


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    """The examples of some kinds as parameters."""
    found = [one for one in SAVED if one.kind in kinds]
    return pytest.mark.parametrize("example", found, ids=str)


def loaded(example: Example) -> XeroRecord:
    """The example as the engine sees it."""
    return ElementReader(example.kind).load(example.raw)


# --- shapes ----------------------------------------------------------------------------------


@ALL
def test_every_element_can_be_parsed(example: Example) -> None:
    """No printed value is refused, and what comes out is plain."""
    parsed = ElementReader(example.kind).parse(example.raw)

    require_plain(parsed, str(example))
    assert example.id == parsed[KINDS[example.kind].id_field]


@pytest.mark.parametrize("example", SAVED, ids=str)
def test_amounts_keep_their_digits(example: Example) -> None:
    """Every printed number that is loaded has exactly the printed value."""
    parsed = ElementReader(example.kind).parse(example.raw)
    printed = numbers(example.raw)
    found = numbers(parsed)

    assert {path: printed[path] for path in found} == found


def numbers(value: Any, path: str = "") -> dict[str, Decimal]:
    """Path → number of all numbers at any depth, text that Xero prints for numbers included."""
    if isinstance(value, Mapping):
        inner = [numbers(item, f"{path}.{key}") for key, item in value.items()]
    elif isinstance(value, list):
        inner = [numbers(item, f"{path}[{place}]") for place, item in enumerate(value)]
    elif isinstance(value, Decimal | int) and not isinstance(value, bool):
        return {path: Decimal(value)}
    else:
        is_text = isinstance(value, str) and path.endswith(("Rate", "Amount"))
        return {path: Decimal(value)} if is_text and value else {}
    return {key: number for one in inner for key, number in one.items()}


@of_kind("Invoice", "Payment")
def test_days_are_those_that_xero_spells_out(example: Example) -> None:
    """Beside /Date(…)/ Xero prints the same day as text."""
    parsed = ElementReader(example.kind).parse(example.raw)
    spelled = {
        name: date.fromisoformat(str(example.raw[f"{name}String"])[:10])
        for name in ("Date", "DueDate")
        if f"{name}String" in example.raw
    }

    assert spelled == {name: parsed[name] for name in spelled}
    assert isinstance(parsed["Date"], date)


@of_kind("Contact", "Item", "Invoice", "Payment")
def test_moments_are_exact(example: Example) -> None:
    """Milliseconds since 1970, with or without an offset behind them."""
    digits = "".join(c for c in str(example.raw["UpdatedDateUTC"]).partition("+")[0] if c.isdigit())

    moment = loaded(example).updated_at

    assert moment is not None
    assert (UTC, int(digits)) == (moment.tzinfo, milliseconds(moment))


def milliseconds(moment: datetime) -> int:
    """Since 1970, without the rounding of floats."""
    passed = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (passed.days * 86400 + passed.seconds) * 1000 + passed.microseconds // 1000


def printed(raw: Mapping[str, Any], path: str) -> Plain:
    """What stands in an element for one flat field."""
    head, *rest = path.split(".")
    row: Mapping[str, Any]
    if head == "Phones":
        row = next((row for row in raw.get(head, ()) if row["PhoneType"] == rest[0]), {})
        parts = [row.get(f"Phone{part}") for part in ("CountryCode", "AreaCode", "Number")]
        return canon(" ".join(part for part in parts if part))
    if head == "Addresses":
        row = next((row for row in raw.get(head, ()) if row["AddressType"] == rest[0]), {})
        lines = [row.get(f"AddressLine{number}") for number in (1, 2, 3, 4)]
        street = rest[1] == "Street"
        return canon("\n".join(line for line in lines if line) if street else row.get(rest[1]))
    found = raw.get(head)
    return canon((found or {}).get(rest[0]) if rest else found)


@of_kind("Contact", "Item", "Invoice")
def test_every_field_that_can_be_mapped_is_read(example: Example) -> None:
    """Phones, addresses line by line, prices and plain properties, all as printed."""
    # Days stand there in another spelling, and what it is used as is made of two flags.
    other = ("Date", "DueDate", "UsedAs")
    paths = [path for path in XERO_FIELDS[example.kind] if path not in other]

    values = loaded(example).values

    assert {path: printed(example.raw, path) for path in paths} == {
        path: values.get(path) for path in paths
    }


def writable(record: XeroRecord) -> dict[str, Plain]:
    """The values that a mapping may send, as far as the element has them."""
    known = XERO_FIELDS[record.kind]
    return {
        path: value
        for path, value in record.values.items()
        if path in known and known[path].writable and value is not None
    }


@of_kind("Contact", "Item", "Invoice")
def test_what_is_sent_back_is_what_was_read(example: Example) -> None:
    """Read and written again, nothing that we touch has changed or got lost."""
    record = loaded(example)
    sent = element(writable(record))
    id_name = KINDS[example.kind].id_field

    again = ElementReader(example.kind).load({**sent, id_name: example.id})

    assert writable(record) == writable(again)


@of_kind("Contact", "Item", "Invoice")
def test_properties_are_sent_as_they_were_printed(example: Example) -> None:
    """Names and values of single properties are the printed ones."""
    sent = element(writable(loaded(example)))
    single = {name: value for name, value in sent.items() if not isinstance(value, dict | list)}
    days = {"Date", "DueDate"}

    assert {name: canon(example.raw[name]) for name in single if name not in days} == {
        name: canon(value) for name, value in single.items() if name not in days
    }


@of_kind("Contact")
def test_one_changed_line_leaves_the_rest_of_the_lists(example: Example) -> None:
    """Xero replaces the list of addresses as a whole, so that it is sent as a whole."""
    record = loaded(example)
    sent = element({"Addresses.POBOX.City": "Wellington"}, before=record)

    again = ElementReader("Contact").load({**sent, "ContactID": example.id})
    addresses = {k: v for k, v in record.values.items() if k.startswith("Addresses.")}

    assert {**addresses, "Addresses.POBOX.City": "Wellington"} == {
        key: again.values.get(key) for key in addresses
    }
    assert ["Addresses"] == list(sent)


# --- into a CRM --------------------------------------------------------------------------------


@dataclass
class Pulled:
    """A CRM into which all examples were pulled, round by round."""

    world: World
    #: Element → its outcome, for elements of modules.
    outcomes: dict[Example, list[Outcome]]
    rounds: list[list[Example]]

    def record(self, example: Example) -> Record:
        """The CRM record of a contact."""
        links = self.world.xt.store.links_by_xero(
            self.world.xt.connections.get().id, example.kind, [example.id]
        )
        return self.world.host.record("Organizations", links[example.id].crm_id)


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulled]:
    """Every example answered by Xero once; one of its contacts is in the CRM already."""
    everything = rounds(examples())
    with make_world(tmp_path_factory.mktemp("pulled")) as world:
        world.connect()
        world.host.create(
            "Organizations", {"accountname": "Acme Parts Co.", "account_no": "1234567"}
        )
        printed = PrintedXero(world)
        outcomes: dict[Example, list[Outcome]] = {}
        for turn in everything:
            printed.give(turn)
            run = world.sync()
            done = [one for one in world.xt.sync.outcomes(limit=500) if one.run_id == run.id]
            for example in turn:
                outcomes[example] = [
                    one for one in done if (one.kind, one.xero_id) == (example.kind, example.id)
                ]
        yield Pulled(world, outcomes, everything)


def repeats(pulled: Pulled, example: Example) -> bool:
    """Whether the same was answered a round before, and nobody is waited for."""
    number = next(n for n, turn in enumerate(pulled.rounds) if example in turn)
    before = pulled.rounds[number - 1] if number else []
    same = [one for one in before if one.kind == example.kind and one.raw == example.raw]
    return any(done.result not in STANDING for one in same for done in pulled.outcomes[one])


@pytest.mark.parametrize(
    "example",
    [one for one in all_examples() if one.kind in ("Contact", "Item", "Invoice")],
    ids=str,
)
def test_every_element_ends_in_one_outcome(pulled: Pulled, example: Example) -> None:
    """None is dropped: a record, a link, a change, or a reason; the same again is no news."""
    found = pulled.outcomes[example]
    done = [one.result in ("created", "updated", "linked") or bool(one.cause) for one in found]

    assert ([] if repeats(pulled, example) else [True]) == done


def test_first_answers_become_records(pulled: Pulled) -> None:
    """Each of them by its kind: a known organisation is linked, an invoice needs its contact."""
    found = {
        (one.kind, outcome.result, outcome.cause and outcome.cause.code)
        for one in pulled.rounds[0]
        for outcome in pulled.outcomes[one]
    }

    assert {
        ("Contact", "created", None),
        ("Contact", "linked", None),
        ("Contact", "failed", "unreadable_answer"),
        ("Item", "created", None),
        ("Invoice", "excluded", "archived"),
        # Their contacts are none that the answers have, which is told beside these.
        ("Invoice", "held", "crm_total_differs"),
        ("Invoice", "held", "currency_not_in_crm"),
        ("Payment", "excluded", "archived"),
        ("Payment", "excluded", "payment_of_other"),
        ("Payment", "excluded", "payment_of_unsynced"),
        ("Payment", "held", "payment_waits_for_invoice"),
    } == found


def test_later_answers_are_changes_of_the_same_records(pulled: Pulled) -> None:
    """An item that was printed again with other values is updated, not made twice."""
    again = [one for one in pulled.rounds[1] if one.kind == "Item"]

    assert ["updated"] * len(again) == [pulled.outcomes[one][0].result for one in again]
    assert 3 == len(pulled.world.host.all("Products"))


def test_what_was_not_saved_becomes_no_record(pulled: Pulled) -> None:
    """Five contacts with ids; the answer without one is set aside with its reason."""
    names = {record.values["accountname"] for record in pulled.world.host.all("Organizations")}
    expected = {one.raw["Name"] for one in SAVED if one.kind == "Contact"}

    assert expected == names


@of_kind("Contact")
def test_organisations_hold_what_the_contact_says(pulled: Pulled, example: Example) -> None:
    """Name, e-mail, numbers, first phone and the town of the address for invoices."""
    raw = example.raw
    record = pulled.record(example).values
    phones = {row["PhoneType"]: row for row in raw["Phones"]}
    parts = [phones["DEFAULT"][f"Phone{part}"] for part in ("CountryCode", "AreaCode", "Number")]
    post = next(row for row in raw["Addresses"] if row["AddressType"] == "POBOX")

    assert [
        raw["Name"],
        raw["EmailAddress"],
        raw.get("CompanyNumber"),
        raw.get("TaxNumber") or None,
        " ".join(part for part in parts if part) or None,
        post["City"] or None,
    ] == [
        record[name]
        for name in (
            "accountname",
            "email1",
            "company_number",
            "vat_number",
            "phone",
            "billing_city",
        )
    ]


def test_products_hold_what_the_item_says_last(pulled: Pulled) -> None:
    """Prices to the digit, account and the name of the tax."""
    (found,) = [r for r in pulled.world.host.all("Products") if r.values["productcode"] == "123"]

    assert {
        "productname": "Guitars",
        "description": "Guitars Fender Strat",
        "unit_price": Decimal(5000),
        "purchase_cost": Decimal(2500),
        "sales_account": "200",
        "sales_tax": "15% GST on Income",
        "active": True,
    } == {
        name: found.values[name]
        for name in (
            "productname",
            "description",
            "unit_price",
            "purchase_cost",
            "sales_account",
            "sales_tax",
            "active",
        )
    }


def test_both_sides_changes_of_one_item_are_merged(pulled: Pulled) -> None:
    """The CRM's new name travels out, Xero's new description comes in."""
    world = pulled.world
    (known,) = [r for r in world.host.all("Products") if r.values["productcode"] == "abc38306"]
    example = next(one for one in examples("Item") if one.raw["Code"] == "abc38306")
    PrintedXero(world).give(
        [Example("Item", "changed", {**example.raw, "Description": "Hello again"})]
    )
    world.host.edit("Products", known.ref.id, productname="Hello world")

    (item,) = [one for one in world.plan("Products").items if one.crm_id == known.ref.id]
    world.host.edit("Products", known.ref.id, productname=known.values["productname"])

    assert ({"Name": "Hello world"}, {"description": "Hello again"}) == (item.to_xero, item.to_crm)


# --- settings ----------------------------------------------------------------------------------


def test_accounts_and_tax_rates_are_kept(tmp_path: Any) -> None:
    """Every printed account and tax rate is in the pick lists, with code, class and rate."""
    first = rounds(examples())[0]
    with make_world(tmp_path) as world:
        world.connect()
        PrintedXero(world).give(first)
        world.sync()
        connection = world.xt.connections.get().id
        accounts = {a.account_id: (a.code, a.name) for a in world.xt.store.accounts(connection)}
        rates = {r.tax_type: (r.name, r.rate) for r in world.xt.store.tax_rates(connection)}

    assert {
        one.id: (one.raw.get("Code", ""), one.raw["Name"]) for one in first if one.kind == "Account"
    } == accounts
    assert {
        one.id: (one.raw["Name"], Decimal(one.raw["EffectiveRate"]))
        for one in first
        if one.kind == "TaxRate"
    } == rates
