"""Sending invoices, and attaching the CRM's own document to each at its first send.

What is to be attached is noted before the invoice goes, so that a crash between both loses nothing;
a file that may have arrived is looked for by its name before it is sent again. A document that the
CRM fails to make keeps no invoice back: it follows once that is mended.
"""

from __future__ import annotations

from collections.abc import Sequence

from xtiger.engine.apply.difference_push import DifferencePusher
from xtiger.engine.apply.document_push import DocumentPusher
from xtiger.errors import AnswerUnknown, BrokenHost, ScopeMissing, XeroRejected
from xtiger.i18n.process_log import process_log
from xtiger.model.plans import Item
from xtiger.model.records import Document, Ref
from xtiger.model.setting_keys import (
    SettingKey,
    document_due,
    document_refused,
    documents_due,
    record_in,
)
from xtiger.rules.customers.attachments import ATTACH, digest_of, file_name, gets_file, too_large
from xtiger.rules.permissions import may_attach

#: So much is kept of what Xero said of a file.
_SAID = 300


class InvoicePusher(DocumentPusher):
    """Sends the invoices and bills of one module to Xero."""

    def held_back(self, items: Sequence[Item]) -> list[Item]:
        """As usual; a new invoice whose document Xero would not take waits, too."""
        held = super().held_back(items)
        if not self.scope.option(ATTACH):
            return held
        new = [item for item in self.booking.unsettled(items) if gets_file(item)]
        return [*held, *(item for item in new if self._bar_or_note(item))]

    def _bar_or_note(self, item: Item) -> bool:
        """Book what is too large; note the others, if the CRM has a document of them."""
        bench, crm_id = self.bench, str(item.crm_id)
        bench.keep_alive()
        try:
            document = bench.host.document(Ref(item.module, crm_id))
        except BrokenHost:
            bench.store.save_setting(document_due(bench.connection_id, item.module, crm_id), "")
            return False
        cause = too_large(document) if document is not None else None
        if cause is not None:
            self.booking.stop(item, cause, "held")
        elif document is not None:
            bench.store.save_setting(document_due(bench.connection_id, item.module, crm_id), "")
        return cause is not None

    def push(self, items: Sequence[Item]) -> None:
        """As usual; then what is noted is attached, of an earlier run that was broken off, too."""
        super().push([item for item in items if item.credit is None])
        differences = DifferencePusher(self.bench, self.scope, self.booking)
        for item in items:
            if item.credit is not None:
                differences.credit(item, item.credit)
        if self._attaches():
            self._attach_due()

    def _attaches(self) -> bool:
        """Whether files may go now: a connection that only reads sends them later."""
        scope = self.scope
        wanted = scope.option(ATTACH) and not scope.reads_only
        return bool(wanted) and may_attach(self.bench.granted)

    def _attach_due(self) -> None:
        bench, module = self.bench, self.scope.name
        group = documents_due(bench.connection_id, module)
        due = {record_in(group, key): key for key in bench.store.settings_like(group)}
        links = bench.store.links_by_crm(bench.connection_id, module, list(due)) if due else {}
        for crm_id, link in links.items():
            if link.kind == self.scope.kind and link.state == "live":
                bench.keep_alive()
                if not self._attach(due[crm_id], Ref(module, crm_id), link.xero_id):
                    return

    def _attach(self, key: SettingKey, ref: Ref, xero_id: str) -> bool:
        """Attach one; returns whether others may follow."""
        bench = self.bench
        tried = str(bench.store.setting(key) or "")
        try:
            document = bench.host.document(ref)
        except BrokenHost as error:
            # Not the whole error: what the CRM says of a record may be personal.
            log = process_log("xtiger.engine")
            log.warning("a document of %s could not be made: %s", self.scope.name, error.code)
            return True
        if document is None or too_large(document):
            bench.store.forget_setting(key)
            return True
        refused = document_refused(bench.connection_id, ref.module, ref.id)
        before = bench.store.setting(refused) or ("", "")
        if before[0] == digest_of(document) and ref not in bench.asked:
            return True  # it would be refused once more
        if tried and tried in bench.xero.attached(xero_id):
            self._attached(key, refused, ref)
            return True
        name = file_name(document.name)
        bench.store.save_setting(key, name)
        try:
            said = self._send_file(xero_id, name, document)
        except AnswerUnknown:
            return True  # the next run looks whether it arrived
        except ScopeMissing:
            return False  # the next plan says so
        if not said:
            self._attached(key, refused, ref)
            return True
        with bench.store.transaction():
            bench.store.save_setting(key, "")
            bench.store.save_setting(refused, [digest_of(document), said[:_SAID]])
            self._look_again(ref)
        return True

    def _attached(self, due: SettingKey, refused: SettingKey, ref: Ref) -> None:
        """Nothing of the file is left to do; what Xero refused of it before is over."""
        store = self.bench.store
        with store.transaction():
            store.forget_setting(due)
            if store.setting(refused) is not None:
                store.forget_setting(refused)
                self._look_again(ref)

    def _look_again(self, ref: Ref) -> None:
        """Let the next plan say of the record what became of its file."""
        bench = self.bench
        bench.store.mark(
            bench.connection_id, "crm", ref.module, [ref.id], "document", bench.clock.now()
        )

    def _send_file(self, xero_id: str, name: str, document: Document) -> str:
        """Send a file; returns what Xero refused of it, "" for nothing: the invoice is there."""
        bench = self.bench
        call_key = f"{bench.connection.organisation_id}-{bench.clock.new_id()}"
        try:
            bench.xero.attach(xero_id, name, document, call_key)
        except XeroRejected as error:
            log = process_log("xtiger.engine")
            log.warning("a document of %s was not attached: %s", self.scope.name, error.code)
            return "; ".join(error.problems) or f"HTTP {error.http_status}"
        return ""
