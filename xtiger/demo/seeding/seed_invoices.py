"""Makes the invoices and payments of the seed: 150 over 14 months, in every status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from xtiger.demo.seeding import flaws as seed_flaws
from xtiger.demo.seeding.flaws import Row
from xtiger.demo.seeding.goods import FREE_LINES
from xtiger.demo.totals import invoice_totals, line_net, round2

COUNT = 150
FIRST_DAY = date(2025, 9, 21)
LAST_DAY = date(2026, 11, 20)
TAX_NAMES = {20: "20% (VAT on Income)", 5: "5% (VAT on Income)", 0: "Zero Rated Income"}
#: Countries that are invoiced in euro.
EURO = ("Germany", "France", "Italy", "Netherlands", "Spain")
#: Days of age from which these statuses are drawn, with their weights.
STATUSES: tuple[tuple[int, Mapping[str, int]], ...] = (
    (100, {"Paid": 88, "Partially Paid": 5, "Sent": 7}),
    (25, {"Paid": 38, "Partially Paid": 16, "Sent": 24, "Approved": 14, "Created": 8}),
    (0, {"Paid": 5, "Sent": 18, "Approved": 36, "Created": 41}),
)
DISCOUNTS = ("2.50", "5.00", "7.50", "10.00", "12.50", "15.00")
MODES = ("Bank transfer", "Bank transfer", "Direct debit", "Card", "Cheque")
WORDS = ("ring", "shop", "spring", "office", "autumn", "stock")


@dataclass(frozen=True, slots=True)
class Goods:
    """What invoices may be made of: records without a flaw."""

    organizations: Sequence[Row]
    contacts: Mapping[int, Sequence[Row]]
    products: Sequence[Row]
    services: Sequence[Row]


def _quantity(random: Random, row: Row) -> Decimal:
    name = str(row["name"])
    if "metre" in name:
        return Decimal(random.randrange(1500, 60000)) / 1000
    if name.startswith(("Screw", "Engraving")):
        return Decimal(random.choice((24, 100, 250, 500, 1000)))
    if "hour" in name or "week" in name:
        return Decimal(random.randrange(2, 30)) / 4
    return Decimal(random.choice((1, 1, 1, 2, 2, 3, 4, 6, 8, 10, 12)))


def _tax(percent: int) -> Row:
    return {"tax_name": TAX_NAMES[percent], "tax_percent": str(percent), "taxes": []}


def _discount(random: Random, gross: Decimal) -> tuple[str, str]:
    draw = random.random()
    if draw < 0.24:
        return random.choice(DISCOUNTS), "0.00"
    if draw < 0.29 and gross > 40:
        return "0.00", str(Decimal(random.randrange(150, 900)) / 100)
    return "0.00", "0.00"


def _goods_line(random: Random, row: Row, kind: str, *, abroad: bool, euro: bool) -> Row:
    price = Decimal(row["sales_price"])
    if euro:
        price = (price * Decimal("1.16")).quantize(price)
    quantity = _quantity(random, row)
    percent, amount = _discount(random, quantity * price)
    note = f"{row['name']} – {row['description']}" if random.random() < 0.3 else row["name"]
    return {
        "product_id": row["id"] if kind == "product" else None,
        "service_id": row["id"] if kind == "service" else None,
        "name": row["name"],
        "description": note if row["description"] else row["name"],
        "quantity": str(quantity),
        "unit_price": str(price),
        "discount_percent": percent,
        "discount_amount": amount,
        "account": "",
        **_tax(0 if abroad else int(row["tax_percent"])),
    }


def _free_line(random: Random, *, abroad: bool) -> Row:
    text, price, percent = random.choice(FREE_LINES)
    return {
        "product_id": None,
        "service_id": None,
        "name": "",
        "description": text,
        "quantity": "1",
        "unit_price": price,
        "discount_percent": "0.00",
        "discount_amount": "0.00",
        # No product gives them an account; some are booked apart from the usual one.
        "account": "260" if random.random() < 0.3 else "200",
        **_tax(0 if abroad else percent),
    }


def _lines(random: Random, goods: Goods, *, abroad: bool, euro: bool) -> list[Row]:
    products = random.sample(goods.products, random.choice((1, 1, 2, 2, 2, 3, 3, 4, 5)))
    lines = [_goods_line(random, p, "product", abroad=abroad, euro=euro) for p in products]
    if random.random() < 0.62:
        service = random.choice(goods.services)
        lines.append(_goods_line(random, service, "service", abroad=abroad, euro=euro))
    if random.random() < 0.2:
        lines.append(_free_line(random, abroad=abroad))
    return lines


def _day(index: int) -> date:
    span = (LAST_DAY - FIRST_DAY).days
    day = FIRST_DAY + timedelta(days=index * span // (COUNT - 1))
    # Nobody writes invoices on a Sunday; the two ends of the span stay where they are.
    if day.weekday() == 6 and 0 < index < COUNT - 1:
        day += timedelta(days=1)
    return day


def _status(day: date, random: Random) -> str:
    age = (LAST_DAY - day).days
    weights = next(weights for least, weights in STATUSES if age >= least)
    return random.choices(list(weights), list(weights.values()))[0]


def _rate(day: date) -> str:
    """A believable rate of that month: pounds for one euro."""
    month = day.year * 12 + day.month
    return str(Decimal(8600 + (month * 37) % 150 - 70) / 10000)


def _invoice(number: int, random: Random, goods: Goods) -> Row:
    day = _day(number - 1)
    euro = number % 10 == 4
    choices = [o for o in goods.organizations if (o["billing_country"] in EURO) or not euro]
    organization = random.choice(choices)
    abroad = organization["billing_country"] != "United Kingdom"
    people = goods.contacts.get(organization["id"], ())
    reference = random.choice(
        ("", f"PO {random.randrange(1000, 99999)}", f"Your order, {random.choice(WORDS)}")
    )
    return {
        "id": number,
        "number": f"INV-{number:04d}",
        "reference": reference,
        "organization_id": organization["id"],
        "contact_id": random.choice(people)["id"] if people and random.random() < 0.4 else None,
        "date": day.isoformat(),
        "due_date": (day + timedelta(days=random.choice((14, 30, 30)))).isoformat(),
        "status": _status(day, random),
        "currency": "EUR" if euro else "GBP",
        "rate": _rate(day) if euro else "1",
        "discount_percent": "0.00",
        "deducted_tax": "0.00",
        "xero_sync": True,
        "lines": _lines(random, goods, abroad=abroad, euro=euro),
    }


def _put_totals(row: Row) -> None:
    sums = []
    for line in row["lines"]:
        net = line_net(
            Decimal(line["quantity"]),
            Decimal(line["unit_price"]),
            Decimal(line["discount_percent"]),
            Decimal(line["discount_amount"]),
        )
        line["total"] = str(net)
        percents = [tax["percent"] for tax in line["taxes"]] or [line["tax_percent"]]
        sums.append((net, [Decimal(percent) for percent in percents]))
    totals = invoice_totals(sums, Decimal(row["discount_percent"]), Decimal(row["deducted_tax"]))
    row["subtotal"] = str(totals.subtotal)
    row["tax_total"] = str(totals.tax)
    row["total"] = str(totals.total)


def _payments(row: Row, random: Random) -> list[Row]:
    total = Decimal(row["total"])
    if row["status"] == "Paid":
        amounts = [total]
    elif row["status"] == "Partially Paid":
        first = round2(total * random.choice((20, 25, 30, 50)) / 100)
        amounts = [first, round2(first / 3)] if random.random() < 0.4 else [first]
    else:
        amounts = []
    made = []
    day = date.fromisoformat(row["date"] or row["due_date"])
    for amount in amounts:
        day = min(LAST_DAY, day + timedelta(days=random.randrange(2, 28)))
        made.append(
            {
                "invoice_id": row["id"],
                "date": day.isoformat(),
                "amount": str(amount),
                "mode": random.choice(MODES),
                "status": "Received",
                "account": "090" if amount > 500 else "",
                "reference": f"{row['number']} {random.randrange(100, 999)}",
            }
        )
    return made


def make_invoices(random: Random, goods: Goods, whole_products: Mapping[int, Row]) -> list[Row]:
    """All invoices with their flaws and totals, oldest first."""
    flaws = {flaw.crm_id: flaw for flaw in seed_flaws.INVOICES}
    rows = []
    for number in range(1, COUNT + 1):
        row = _invoice(number, random, goods)
        flaw = flaws.get(number)
        if flaw:
            seed_flaws.spoil(row, flaw)
            line = row["lines"][0] if row["lines"] else {}
            if flaw.cascade_of and flaw.cascade_of[0] == "Products":
                product = whole_products[flaw.cascade_of[1]]
                line["name"] = line["description"] = product["name"]
                line["unit_price"] = product["sales_price"]
        _put_totals(row)
        if flaw and flaw.code == "total_differs":
            row["total"] = str(Decimal(row["total"]) + Decimal("1.00"))
        rows.append(row)
    return rows


def make_payments(random: Random, invoices: Sequence[Row]) -> list[Row]:
    """The money received, by day; writes `received` and `balance` into the invoices."""
    made = []
    for row in invoices:
        mine = _payments(row, random)
        received = sum((Decimal(p["amount"]) for p in mine), Decimal("0.00"))
        row["received"] = str(received)
        row["balance"] = str(Decimal(row["total"]) - received)
        made.extend(mine)
    made.sort(key=lambda payment: (payment["date"], payment["invoice_id"]))
    return [
        {"id": index, "number": f"PAY-{index:04d}", **payment}
        for index, payment in enumerate(made, start=1)
    ]
