"""Makes causes: a code of the catalogue with the data of its sentence, checked where it is made."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType

from xtiger.errors import BrokenCause
from xtiger.model.cause_codes import CauseCode
from xtiger.model.matching.match_rules import RuleName
from xtiger.model.plans import Cause
from xtiger.model.values import Plain
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.entries.entry import Entry

#: What stands for a value that a refusal of Xero's does not name: said in the reader's language.
A_SMALLER_AMOUNT = "a smaller amount"
APPROVED_OR_PAID = "approved or paid"
WHAT_DIFFERS = "what differs"
NO_REASON = "no reason given"
#: By what a rule of matching found a record that it only proposes.
FOUND_BY: Mapping[RuleName, str] = MappingProxyType(
    {
        "id": "the id of Xero that stands in the CRM",
        "number": "the same number or code",
        "name": "the same name",
        "near_name": "the same name but for accents, signs or legal form",
        "email": "the same e-mail address",
        "domain_name": "nearly the same name and e-mail addresses of one firm",
        "phone": "the same telephone number",
        "tax_number": "the same tax number",
    }
)
#: Type of a field → what a sentence calls it.
TYPE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "text": "text",
        "long_text": "text",
        "street": "text",
        "name": "text",
        "use": "text",
        "int": "whole number",
        "decimal": "number",
        "number": "number",
        "money": "amount",
        "price": "amount",
        "bool": "yes or no",
        "date": "date",
        "datetime": "date with time",
        "choice": "choice of the list",
        "multi_choice": "choice of the list",
        "ref": "reference to a record",
        "email": "e-mail address",
        "phone": "telephone number",
        "url": "web address",
        "json": "JSON value",
        "account": "account of Xero",
        "paid_to": "account of Xero",
        "tax": "single tax rate in Xero",
        "currency": "currency",
    }
)
#: Name in braces → what the library itself writes there, in place of a CRM's own label.
OUR_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "where": (
            "the record",
            "the mapping",
            "the organisation",
            "the product of line {number}",
            "line {number} of the invoice in Xero",
            "line {number}",
        ),
        "field": (
            "text of line {number}",
            "quantity of line {number}",
            "price of line {number}",
            "line {number}",
            "product {id} in the CRM",
            "service {id} in the CRM",
            "quantity",
            "price",
            "description",
            "discount",
            "total",
            "charges",
            "adjustment",
            "a line",
        ),
        "type": tuple(dict.fromkeys(TYPE_WORDS.values())),
    }
)
PHRASES = frozenset(
    {A_SMALLER_AMOUNT, APPROVED_OR_PAID, WHAT_DIFFERS, NO_REASON, *FOUND_BY.values()}
)

#: What a sentence takes from the record that it is about, so a cause need not give it.
OF_RECORD = frozenset({"module", "crm_id"})


def names_in(entry: Entry) -> frozenset[str]:
    """What stands in braces in the sentence and the cures of an entry."""
    texts = [entry.sentence]
    for cures in (entry.cures, entry.apart):
        texts += [cures.command, cures.browser, cures.data] if cures else []
    return frozenset(
        name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None
    )


#: Code → names in braces; read once, causes are made for each record of a run.
_NAMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {code: names_in(entry) for code, entry in CATALOGUE.items()}
)


def cause_of(code: CauseCode, /, **data: Plain) -> Cause:
    """The cause with this code; `data` fills its sentence and its cures.

    All names in braces must be given, but for those of the record and those that the entry
    calls optional, and no others. Raises BrokenCause: the place that makes it has a bug.
    """
    names, optional = _NAMES[code], CATALOGUE[code].optional
    missing = names - data.keys() - optional - OF_RECORD
    surplus = data.keys() - names - optional
    if missing or surplus:
        raise BrokenCause(code, sorted(missing), sorted(surplus))
    return Cause(code, data)


def cause_from(code: CauseCode, known: Mapping[str, Plain]) -> Cause:
    """The cause with this code, of what is known: it takes what its sentence names.

    For one table of data that several codes are filled from; else use cause_of.
    """
    return cause_of(code, **{name: known[name] for name in _NAMES[code] if name in known})
