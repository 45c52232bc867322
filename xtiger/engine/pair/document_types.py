"""Which document of Xero an invoice of the CRM is: by the record's own type, fixed once linked."""

from __future__ import annotations

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.documents.receipts import receipt_accounts
from xtiger.model.plans import Cause
from xtiger.rules.causes import cause_of
from xtiger.rules.kinds import DOCUMENT_TYPES, DocumentType, nature

#: The role of the field that says which document of Xero a record is.
TYPE_ROLE = "xtiger.invoice_type"


def named_type(scope: Scope, word: str) -> DocumentType | None:
    """The type of the module's kind that a word names, the usual one for none; None for another."""
    types = scope.traits.types
    if not word:
        return next(iter(types), None)
    return next((one for one in types if one.word.casefold() == word.casefold()), None)


def is_type(word: str) -> bool:
    """Whether a word names a document of any kind."""
    return any(one.casefold() == word.casefold() for one in DOCUMENT_TYPES)


def belongs(scope: Scope, word: str) -> bool:
    """Whether a record without link is this part's of the module: by its type.

    The part of receipts has those alone; the other one has all that it does not.
    """
    if scope.traits.is_money:
        return bool(word) and named_type(scope, word) is not None
    return scope.alone is None or not belongs(scope.alone, word)


def without_part(scope: Scope, word: str, currency: str) -> Cause | None:
    """Why a record of the module's other part cannot go, where the run has not that part.

    No account takes receipts, or the connection may not read the bank.
    """
    other = nature(scope.sync.alone_kind)
    if not any(one.word.casefold() == word.casefold() for one in other.types):
        return None
    if receipt_accounts(scope.mapping.options):
        return cause_of("scope_missing")
    return cause_of("receipt_account_missing", currency=currency)


def as_document(pairing: Pairing, scope: Scope, word: str) -> Scope | Cause:
    """The scope for the document that a pairing is: Xero's type, where it is there.

    `word` is the Xero Invoice Type of the record; one that is another than Xero has holds it.
    """
    wanted = named_type(scope, word)
    there = scope.traits.type_of(pairing.xero.raw) if pairing.xero is not None else wanted
    if pairing.xero is not None and wanted is None and there is not None and is_type(word):
        return cause_of("type_fixed", type=word, xero=there.word)
    if wanted is None or there is None:
        return cause_of("type_not_carried", type=word)
    if word and wanted is not there:
        return cause_of("type_fixed", type=wanted.word, xero=there.word)
    return scope.of(there)
