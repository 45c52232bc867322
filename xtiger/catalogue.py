"""The one catalogue of outcome codes: result, sentence, fix and button of each.

Screens, mails and docs are made from it. Sentences name the record and the field; what
stands in braces is filled from the cause's data. The seeds' errors F096-F113 are in it.
"""

# size: one table of sentences, read as a list

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from xtiger.plans import ResultName


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: what it results in and what people read."""

    code: str
    result: ResultName
    #: What happened and why.
    sentence: str
    #: What to do next.
    fix: str
    #: The button offered: open, link, create, map, settings, retry, solve or "".
    button: str = "open"


def _entries() -> tuple[Entry, ...]:  # size: one table of sentences
    return (
        # --- excluded: not selected, nothing wrong ---
        Entry("not_selected", "excluded", "Allow XTiger Sync is off.",
              "Tick Allow XTiger Sync on the record to send it."),
        Entry("status_not_selected", "excluded", "Records in status {status} are not synced.",
              "Choose the status in the module's settings to sync it.", "settings"),
        Entry("not_carried", "excluded",
              "{module} do not travel in this direction.",
              "Change the direction in the module's settings.", "settings"),
        Entry("create_off", "excluded", "Creating new records is switched off for {module}.",
              "Switch it on in the module's settings.", "settings"),
        Entry("update_off", "excluded", "Changing records is switched off for {module}.",
              "Switch it on in the module's settings.", "settings"),
        Entry("routed_elsewhere", "excluded", "It belongs to the organisation {organisation}.",
              "Nothing to do. What goes where: xtiger route show.", "settings"),
        Entry("not_master", "excluded",
              "New customers and items come from {organisation} only.",
              "Make it in {organisation} or in the CRM, or choose another master: "
              "xtiger route master.", "settings"),
        Entry("routing_missing", "held",
              "Several organisations are connected ({organisations}), and no rule says to which "
              "it belongs.",
              "Make a rule: xtiger route set, or choose a default: xtiger route default.",
              "settings"),
        Entry("archived", "excluded", "It is archived in Xero and not in the CRM.",
              "Nothing to do.", ""),
        Entry("twin_not_selected", "excluded",
              "The CRM has {name} already, but its Allow XTiger Sync is off.",
              "Tick Allow XTiger Sync on that record to link both."),
        # --- any record ---
        Entry("mandatory_missing", "held", "{field} is empty; the other side needs it.",
              "Fill in {field}."),
        Entry("text_too_long", "held", "{field} has {length} characters; Xero takes {limit}.",
              "Shorten {field}."),
        Entry("value_unreadable", "held", "{field} has the value {value}, which is no {type}.",
              "Correct {field}."),
        Entry("waits_for_parent", "held", "{parent} is not in Xero yet.",
              "It goes by itself once {parent} is sent; see why that one waits."),
        Entry("both_changed", "conflict",
              "{fields} changed in the CRM and in Xero to different values; both are kept.",
              "Enter the right value on both sides; then they agree.", "solve"),
        Entry("first_link_differs", "conflict",
              "{fields}: the CRM and Xero hold different values, "
              "and it is not known which is right.",
              "Enter the right value on both sides; then they agree.", "solve"),
        Entry("edited_in_xero", "conflict",
              "{fields}: edited in Xero; invoices do not travel from Xero yet.",
              "Enter the same lines in the CRM, or take the change in Xero back.", "solve"),
        Entry("gone_in_xero", "skipped", "It was removed in Xero; the CRM record stays.",
              "Create it in Xero again, or leave it.", "create"),
        Entry("gone_in_crm", "skipped", "It was deleted in the CRM; Xero's record stays.",
              "Archive it in Xero, or leave it.", "open"),
        Entry("gone_but_edited", "conflict",
              "It was removed on one side and edited on the other.",
              "Choose whether it stays.", "solve"),
        Entry("missing_without_proof", "held", "The CRM did not show this record.",
              "Check that the sync's user may see it.", "retry"),
        Entry("archived_in_xero", "held", "{name} is archived in Xero.",
              "Restore it in Xero, or take the number off the CRM record.", "open"),
        Entry("too_many_changes", "held",
              "This run would change {share} % of {module}; that is more than {limit} %.",
              "Look at the plan and release it.", "retry"),
        Entry("held_by_extension", "held", "The extension {extension} holds it: {reason}",
              "See the extension's settings.", "settings"),
        Entry("xero_refused", "failed", "Xero refused it: {message}",
              "Correct the record and sync again.", "retry"),
        Entry("crm_refused", "failed", "The CRM refused it: {message}",
              "Correct the record in Xero or the CRM's rule, and sync again.", "retry"),
        Entry("answer_unknown", "failed", "Xero did not answer; it may have arrived.",
              "The next sync looks it up before anything is sent again.", "retry"),
        Entry("stopped_before", "held", "The run stopped before its turn: {reason}",
              "Sync again later; nothing is lost.", "retry"),
        Entry("unreadable_answer", "failed", "Xero's record cannot be read: {message}",
              "Report it; the record is set aside and nothing is changed.", ""),
        Entry("changed_meanwhile", "held", "Somebody changed it during the run.",
              "Nothing to do: the next sync takes it.", "retry"),
        # --- organisations ---
        Entry("name_missing", "held", "The record has no name; Xero needs one.",
              "Fill in the name."),
        Entry("name_too_long", "held", "The name has {length} characters; Xero takes {limit}.",
              "Shorten the name."),
        Entry("name_forbidden", "held", "The name {name} contains < or >; Xero refuses that.",
              "Take the sign out of the name."),
        Entry("email_invalid", "held", "The e-mail address {value} is not valid.",
              "Correct the e-mail address."),
        Entry("contact_same_name", "held",
              "Xero has a contact with the same name, {name}, that is not linked.",
              "Link both if they are the same, or rename one.", "link"),
        Entry("contact_near_name", "held",
              "Xero has a contact with nearly the same name: {name}.",
              "Link both if they are the same, or create a new one.", "link"),
        Entry("crm_duplicate", "held",
              "The CRM has this organisation twice ({name}); only one is sent.",
              "Merge both in the CRM, or rename one."),
        Entry("number_shared", "held",
              "Several records have the number {number}, so none is linked by it.",
              "Give each its own number."),
        # --- products and services ---
        Entry("code_missing", "held", "The item code is empty; Xero needs one.",
              "Fill in the code."),
        Entry("code_too_long", "held", "The code {code} has {length} characters; Xero takes 30.",
              "Shorten the code."),
        Entry("code_taken", "held", "The code {code} belongs to {other} already.",
              "Give one of both another code."),
        Entry("item_same_name", "held",
              "Xero has an item with the same name and the code {code}.",
              "Link both if they are the same, or rename one.", "link"),
        Entry("account_unknown", "held", "Xero has no account {account}.",
              "Choose an account of Xero's chart on {where}."),
        Entry("account_system", "held",
              "Account {account} is one of Xero's system accounts and cannot be used here.",
              "Choose another account on {where}."),
        Entry("account_archived", "held", "Account {account} is archived in Xero.",
              "Choose another account on {where}."),
        Entry("price_too_fine", "held", "{field} has more than 4 decimal places: {value}.",
              "Round it to 4 decimal places."),
        # --- invoices ---
        Entry("organisation_missing", "held", "The invoice has no contact or organisation.",
              "Choose one on the invoice."),
        Entry("invoice_date_missing", "held", "The invoice has no date.",
              "Fill in the invoice date."),
        Entry("due_date_missing", "held",
              "The invoice has no due date. Xero needs one to approve it.",
              "Fill in the due date."),
        Entry("number_missing", "held", "The invoice has no number.",
              "Save the invoice so that the CRM numbers it."),
        Entry("number_taken", "held",
              "Xero has another document with the number {number}.",
              "Compare both; link them if they are the same, or change one number.", "link"),
        Entry("lines_missing", "held", "The invoice has no lines.", "Add at least one line."),
        Entry("tax_unknown", "held",
              "Xero does not know the tax {tax} of line {line}. "
              "The nearest rate in Xero is {nearest}.",
              "Map it: xtiger mapping set Invoices tax:NAME TAXTYPE. Or correct the line.", "map"),
        Entry("taxes_many", "held",
              "Line {line} has several taxes ({tax}); Xero takes one per line.",
              "Leave one tax on the line, or create a combined rate in Xero.", "map"),
        Entry("group_tax_not_combined", "held",
              "The group tax {tax} is not a combined rate in Xero.",
              "Create the combined rate in Xero, or map it: "
              "xtiger mapping set Invoices tax:NAME TAXTYPE.", "map"),
        Entry("tax_account_mismatch", "held",
              "The tax {tax} cannot be used with account {account} (line {line}).",
              "Choose another account or tax for the line.", "map"),
        Entry("account_missing", "held", "Line {line} has no sales account.",
              "Choose one on the product, or set a default: "
              "xtiger mapping set Invoices sales_account CODE.", "map"),
        Entry("group_discount", "skipped",
              "The invoice has a discount on its whole sum; Xero has none.",
              "Spread the discount over the lines."),
        Entry("deducted_tax", "skipped", "The invoice has deducted (withholding) taxes.",
              "Enter it in Xero by hand, or remove the deducted tax."),
        Entry("currency_not_enabled", "held", "The currency {currency} is not enabled in Xero.",
              "Add {currency} in Xero under Settings, Currencies."),
        Entry("currency_fixed", "held", "The currency of an invoice cannot change once sent.",
              "Make a new invoice in {currency}."),
        Entry("total_differs", "held",
              "The CRM's total {crm_total} differs from {xero_total}, which Xero will compute.",
              "Check the lines, discounts and taxes of the invoice."),
        Entry("xero_total_differs", "failed",
              "Xero's total {xero_total} differs from the expected {expected}.",
              "Compare the invoice on both sides.", "open"),
        Entry("status_unknown", "held", "The status {status} has no Xero status.",
              "Map it: xtiger mapping set Invoices status:NAME STATUS.", "map"),
        Entry("cancelled", "skipped", "The invoice was cancelled before it was sent.",
              "Nothing to do.", ""),
        Entry("cancel_not_allowed", "held",
              "The invoice is cancelled in the CRM; voiding in Xero is switched off.",
              "Void it in Xero, or allow deletes in the module's settings.", "settings"),
        Entry("credit_invoice", "skipped", "A credit invoice is not sent as an invoice.",
              "Make a credit note in Xero.", ""),
        Entry("invoice_locked", "held",
              "The invoice is {status} in Xero, so {fields} cannot change there.",
              "Take the change back, or make a credit note.", "open"),
        Entry("period_locked", "held",
              "The date {date} is in a period locked in Xero until {lock}.",
              "Change the date, or unlock the period in Xero."),
        Entry("type_not_carried", "held", "The Xero invoice type {type} is not sent yet.",
              "Choose the type Invoice.", "open"),
        Entry("line_incomplete", "held", "Line {line} has no {field}.", "Complete the line."),
        # --- seeds' errors that come from payments, stock and connection ---
        Entry("persons_need_email", "held",
              "Additional persons cannot be sent: the organisation has no e-mail address.",
              "Fill in the organisation's e-mail address."),
        Entry("payment_account_invalid", "held",
              "Account {account} cannot take payments.",
              "Choose a bank account, or one with payments enabled.", "map"),
        Entry("payment_needs_approval", "held",
              "The payment waits until invoice {number} is approved in Xero.",
              "Approve the invoice."),
        Entry("stock_short", "held",
              "Xero has {available} of {item} to sell, {wanted} are invoiced.",
              "Raise the stock in Xero, or lower the quantity."),
        Entry("base_currency_differs", "held",
              "The CRM counts in {crm}, Xero in {xero}.",
              "Connect an organisation with the same base currency.", "settings"),
        Entry("reconnect_needed", "held", "The connection to Xero has ended.",
              "Connect again.", "settings"),
    )  # fmt: skip


#: Code → entry.
CATALOGUE: Mapping[str, Entry] = MappingProxyType({entry.code: entry for entry in _entries()})
