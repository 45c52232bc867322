"""The judge of receipts: invoices of the CRM that are money received in Xero, without a draft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.invoice.currencies import CURRENCY, currency_of
from xtiger.engine.plan.invoice.facts import status_text, wanted_status
from xtiger.engine.plan.invoice.inward import MONEY
from xtiger.engine.plan.invoice.judge import InvoiceJudge
from xtiger.engine.plan.invoice.said import role_day
from xtiger.engine.plan.removals import reconciled
from xtiger.mapping.convert import LINES
from xtiger.mapping.documents.receipts import bank_account, receipt_accounts, receipt_causes
from xtiger.mapping.role_values import RoleValues
from xtiger.model.plans import Cause, Difference, Item
from xtiger.model.records import Record
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_of
from xtiger.rules.invoice_status import crm_status
from xtiger.rules.starting import before_start

#: Where Xero has the bank account of a receipt.
BANK = "BankAccount.AccountID"
#: What an invoice has and a receipt does not: it is approved once it is there, its currency is
#: that of the bank account, and nobody prints it.
_NOT_SENT = ("Status", CURRENCY, "BrandingThemeID")


@dataclass(slots=True)
class ReceiptJudge(InvoiceJudge):
    """Judges the receipts of one plan."""

    def before_start(self, pairing: Pairing) -> Cause | None:
        """By its day: the money of a receipt is there, so none is open."""
        if pairing.record is None:
            return None
        day = role_day(self.scope, pairing.record, "date")
        return before_start(self.scope.start, day, is_open=False)

    def new(self, pairing: Pairing, record: Record) -> Item:
        """Made in Xero once it is approved and has a bank account; the CRM then says paid."""
        item = InvoiceJudge.new(self, pairing, record)
        if item.verb != "create":
            return item if item.cause is None else replace(item, cause=_of_receipt(item.cause))
        code = currency_of(item.to_xero or {}, self.world())
        accounts = list(self.state.lookups().accounts_by_id.values())
        base = self.bench.connection.base_currency
        bank = bank_account(code, receipt_accounts(self.scope.mapping.options), accounts, base)
        causes = [] if self._approved(record) else [cause_of("receipt_not_approved")]
        causes += [bank] if isinstance(bank, Cause) else []
        causes += receipt_causes((item.to_xero or {})[LINES], item.expected_total)
        if causes or isinstance(bank, Cause):
            return self.stop(pairing, Cause.of_all(causes))
        sent = {
            path: value for path, value in (item.to_xero or {}).items() if path not in _NOT_SENT
        }
        # A status that says paid is no claim: the money is what is sent.
        made = replace(item, to_xero={**sent, BANK: bank.account_id}, cause=None, result="created")
        return self._with_figures(made, record, item.expected_total or Decimal(0))

    def _approved(self, record: Record) -> bool:
        """Whether it may go as money; with drafts only until a person released approving."""
        drafts = any(
            scope.name == self.scope.name and scope.start.arrive == "draft"
            for scope in self.bench.scopes
        )
        return not drafts and wanted_status(record, self.scope, self.world()) == "AUTHORISED"

    def _with_figures(self, item: Item, record: Record, total: Decimal) -> Item:
        """The item that also writes in the CRM that all of it is received."""
        if not (self.scope.carries("to_crm") and self.scope.settings.update_in_crm):
            return item
        module, values = self.scope.module, RoleValues(self.scope.module, record.values)
        wanted: dict[str, Plain] = {"received": total, "balance": Decimal(0)}
        words = (self.world().status_words, self.world().status_means)
        text = status_text(record, self.scope)
        wanted["status"] = crm_status("PAID", module.by_role("invoice.status"), *words, text)
        written: dict[str, Plain] = {}
        found = []
        for part, value in wanted.items():
            described, now = module.by_role(f"invoice.{part}"), values.raw(f"invoice.{part}")
            if described is None or not described.writable or value in (None, now):
                continue
            written[described.name] = value
            key = "Status" if part == "status" else MONEY
            label = described.label or described.name
            shown = "PAID" if part == "status" else value
            found.append(Difference(key, label, None, now, shown, "to_crm"))
        if not written:
            return item
        return replace(item, to_crm=written, differences=(*item.differences, *found))

    def both(self, pairing: Pairing, *, linking: bool) -> Item:
        """As an invoice; nothing of it changes in Xero once it is reconciled with the bank."""
        item = InvoiceJudge.both(self, pairing, linking=linking)
        if not item.to_xero or pairing.xero is None or item.verb not in ("update", "link"):
            return item
        held = reconciled(pairing.xero)
        if held is None and CURRENCY in item.to_xero:
            held = cause_of("currency_fixed", currency=str(item.to_xero[CURRENCY]))
        causes = [held] if held is not None else []
        if LINES in item.to_xero:
            causes += receipt_causes(item.to_xero[LINES], item.expected_total)
        if causes:
            return self.stop(pairing, Cause.of_all(causes))
        sent = {path: value for path, value in item.to_xero.items() if path not in _NOT_SENT}
        return replace(item, to_xero=sent)


def _of_receipt(cause: Cause) -> Cause:
    """The cause as it is of money: nothing below zero comes in, and a receipt has no draft."""
    return Cause.of_all(
        [
            cause_of("receipt_total", total=str(one.data["total"]))
            if one.code == "total_negative"
            else one
            for one in cause.each()
        ]
    )
