"""Both halves of the seed as the files hold them, and the rules that they are judged by.

Written without the CRM's own code, since it judges what that code made.
"""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from typing import Any

Row = dict[str, Any]
CENT = Decimal("0.01")
LEGAL = {
    "ltd",
    "limited",
    "gmbh",
    "inc",
    "plc",
    "llp",
    "ab",
    "kg",
    "bv",
    "sl",
    "srl",
    "sarl",
    "sas",
}


@cache
def crm() -> Row:
    found: Row = json.loads(text("xtiger.demo", "crm.json"))
    return found


@cache
def xero() -> Row:
    found: Row = json.loads(text("xtiger.sandbox", "demo.json"), parse_float=Decimal)
    return found


def text(package: str, name: str) -> str:
    return resources.files(package).joinpath("seed", name).read_text(encoding="utf-8")


def flawed(module: str, *results: str) -> set[int]:
    """Ids in the flaw list of a module, of these results or of all."""
    return {
        int(flaw["crm_id"])
        for flaw in crm()["flaws"]
        if flaw["module"] == module and (not results or flaw["result"] in results)
    }


def near(name: str) -> str:
    """The name without accents, punctuation, case and legal form."""
    flat = unicodedata.normalize("NFKD", name)
    words = re.findall(r"\w+", "".join(c for c in flat if not unicodedata.combining(c)).casefold())
    while words and words[-1] in LEGAL:
        words.pop()
    return " ".join(words)


def half_up(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def total(invoice: Row) -> Decimal:
    """The total by the rule of the brief, written without the CRM's own code."""
    total = Decimal(0)
    share = 1 - Decimal(invoice["discount_percent"]) / 100
    for line in invoice["lines"]:
        gross = Decimal(line["quantity"]) * Decimal(line["unit_price"])
        if Decimal(line["discount_amount"]):
            net = half_up(gross - Decimal(line["discount_amount"]))
        else:
            net = half_up(gross * (1 - Decimal(line["discount_percent"]) / 100))
        reduced = half_up(net * share)
        rates = [Decimal(t["percent"]) for t in line["taxes"]] or [Decimal(line["tax_percent"])]
        total += reduced + sum((half_up(reduced * rate / 100) for rate in rates), Decimal(0))
    return total - Decimal(invoice["deducted_tax"])
