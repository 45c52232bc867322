"""The one catalogue of outcome codes: result, sentence, cures and button of each.

Screens, mails and docs are made from it. Sentences name the record and the field; what
stands in braces is filled from the cause's data, {module} and {crm_id} from the record. The
seeds' errors F096-F113 are in it.
"""

# size: one table of sentences, read as a list

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, assert_never

from xtiger.model.plans import STANDING, Face, ResultName
from xtiger.model.runs import Outcome

#: What a screen may offer for a code; "" offers nothing.
Button = Literal["open", "link", "create", "map", "settings", "retry", "solve", ""]


@dataclass(frozen=True, slots=True)
class Cures:
    """What to do next, told for each face."""

    #: In a terminal: may name commands.
    command: str
    #: In a browser: what is to be pressed stands in “ ” and exists, or the administrator is asked.
    browser: str
    #: As data: what is to be done, without the way of one face.
    data: str

    def on(self, face: Face) -> str:
        """The cure for one face."""
        match face:
            case "command":
                return self.command
            case "browser":
                return self.browser
            case "data":
                return self.data
            case _:
                assert_never(face)


def alike(cure: str) -> Cures:
    """A cure that is done in the CRM's record or in Xero, whoever reads it where."""
    return Cures(cure, cure, cure)


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: what it results in and what people read."""

    code: str
    result: ResultName
    #: What happened and why.
    sentence: str
    #: What to do next.
    cures: Cures
    #: The button offered.
    button: Button = "open"
    #: What to do next where a link is no way out: what is in the way is linked, or this record is.
    apart: Cures | None = None


def _entries() -> tuple[Entry, ...]:  # size: one table of sentences
    return (
        # --- excluded: not selected, nothing wrong ---
        Entry(
            "not_selected",
            "excluded",
            "Allow XTiger Sync is off.",
            alike("Tick Allow XTiger Sync on the record to send it."),
        ),
        Entry(
            "status_not_selected",
            "excluded",
            "Records in status {status} are not synced.",
            Cures(
                "Choose the status: xtiger modules set {module} --statuses STATUS,STATUS",
                "Ask your administrator to let records in status {status} be synced.",
                "Choose the status in the module's settings to sync it.",
            ),
            "settings",
        ),
        Entry(
            "not_carried",
            "excluded",
            "{module} do not travel in this direction.",
            Cures(
                "Change the direction: xtiger modules set {module} --direction both",
                "Ask your administrator to change the direction of {module}.",
                "Change the direction in the module's settings.",
            ),
            "settings",
        ),
        Entry(
            "create_off",
            "excluded",
            "Creating new records is switched off for {module}.",
            Cures(
                "Switch it on: xtiger modules set {module} --create-in-xero on --create-in-crm on",
                "Ask your administrator to switch it on for {module}.",
                "Switch it on in the module's settings.",
            ),
            "settings",
        ),
        Entry(
            "update_off",
            "excluded",
            "Changing records is switched off for {module}.",
            Cures(
                "Switch it on: xtiger modules set {module} --update-in-xero on --update-in-crm on",
                "Ask your administrator to switch it on for {module}.",
                "Switch it on in the module's settings.",
            ),
            "settings",
        ),
        Entry(
            "routed_elsewhere",
            "excluded",
            "It belongs to the organisation {organisation}.",
            Cures(
                "Nothing to do. What goes where: xtiger route show",
                "Nothing to do.",
                "Nothing to do.",
            ),
            "settings",
        ),
        Entry(
            "owner_ended",
            "excluded",
            "It is linked to {organisation}, whose connection has ended. Changes wait for it.",
            Cures(
                "Connect it again: xtiger connect",
                "Press “Connect again”, or ask your administrator to connect it again.",
                "Connect {organisation} again.",
            ),
        ),
        Entry(
            "not_master",
            "excluded",
            "New customers and items come from {organisation} only.",
            Cures(
                "Make it in {organisation} or in the CRM, or choose another master: xtiger "
                "route master NAME",
                "Make it in {organisation} or in the CRM, or ask your administrator to "
                "choose another master.",
                "Make it in {organisation} or in the CRM, or choose another master.",
            ),
            "settings",
        ),
        Entry(
            "routing_missing",
            "held",
            "Several organisations are connected ({organisations}), and no rule says to which "
            "it belongs.",
            Cures(
                "Make a rule: xtiger route set, or choose a default: xtiger route default NAME",
                "Ask your administrator to make a rule, or to choose a default organisation.",
                "Make a rule that fits the record, or choose a default organisation.",
            ),
            "settings",
        ),
        Entry(
            "archived",
            "excluded",
            "It is archived or voided in Xero and not in the CRM.",
            alike("Nothing to do."),
            "",
        ),
        Entry(
            "duplicate_skipped",
            "skipped",
            "It is skipped as a duplicate: {name} is there already.",
            Cures(
                "Rename it, or choose what to do with duplicates: xtiger modules set "
                "{module} --duplicates link",
                "Rename it, or ask your administrator to let duplicates be linked.",
                "Rename it, or choose in the module's settings what to do with duplicates.",
            ),
            "settings",
        ),
        Entry(
            "alias",
            "unchanged",
            "It is an alias of {primary}, which is synced in its place.",
            Cures(
                "Nothing to do. To sync it by itself, take its link away: xtiger unlink "
                "{module} {crm_id}",
                "Nothing to do. To sync it by itself, ask your administrator to take its "
                "link away.",
                "Nothing to do. To sync it by itself, take its link away.",
            ),
            "",
        ),
        Entry(
            "twin_not_selected",
            "excluded",
            "The CRM has {name} already, but its Allow XTiger Sync is off.",
            alike("Tick Allow XTiger Sync on that record; both are then linked, or you are asked."),
        ),
        Entry(
            "bill_not_carried",
            "excluded",
            "Bills from suppliers do not come into the CRM.",
            alike("Nothing to do."),
            "",
        ),
        # --- any record ---
        Entry(
            "mandatory_missing",
            "held",
            "{field} is empty; the other side needs it.",
            alike("Fill in {field}."),
        ),
        Entry(
            "text_too_long",
            "held",
            "{field} has {length} characters; Xero takes {limit}.",
            alike("Shorten {field}."),
        ),
        Entry(
            "value_unreadable",
            "held",
            "{field} has the value {value}, which is no {type}.",
            alike("Correct {field}."),
        ),
        Entry(
            "waits_for_parent",
            "held",
            "{parent} is not on the other side yet.",
            alike("It goes by itself once {parent} is there; see why that one waits."),
        ),
        Entry(
            "both_changed",
            "conflict",
            "{fields} changed in the CRM and in Xero to different values; both are kept.",
            Cures(
                "Decide which value is kept: xtiger conflicts. Or enter it on both sides.",
                "Press “Decide” and choose which value is kept, or enter it on both sides.",
                "Decide which value is kept, or enter it on both sides.",
            ),
            "solve",
        ),
        Entry(
            "first_link_differs",
            "conflict",
            "{fields}: the CRM and Xero hold different values, and it is not known which is right.",
            Cures(
                "Decide which value is kept: xtiger conflicts. Or enter it on both sides.",
                "Press “Decide” and choose which value is kept, or enter it on both sides.",
                "Decide which value is kept, or enter it on both sides.",
            ),
            "solve",
        ),
        Entry(
            "stored_otherwise",
            "conflict",
            "{fields}: Xero stored it otherwise than sent: {value}.",
            Cures(
                "Keep Xero's: xtiger conflicts solve {module} {crm_id} --keep xero --all. Or "
                "change it in the CRM so that Xero takes it.",
                "Press “Decide” to keep Xero's, or change it in the CRM so that Xero takes it.",
                "Keep Xero's, or change it in the CRM so that Xero takes it.",
            ),
            "solve",
        ),
        Entry(
            "line_stored_bare",
            "unchanged",
            "Line {line} comes to 0.00: Xero keeps neither account nor tax of it.",
            alike(
                "Nothing to do: no amount differs. Once the line has a price in the CRM, "
                "both go along with it."
            ),
            "",
        ),
        Entry(
            "edited_in_xero",
            "conflict",
            "{fields}: edited in Xero, but this module does not travel from Xero.",
            Cures(
                "Enter the same in the CRM, or let both directions travel: xtiger modules "
                "set {module} --direction both",
                "Enter the same in the CRM, or ask your administrator to let {module} "
                "travel in both directions.",
                "Enter the same in the CRM, or choose both directions in the module's settings.",
            ),
            "settings",
        ),
        Entry(
            "edited_in_crm",
            "conflict",
            "{fields}: edited in the CRM, but this module does not travel to Xero.",
            Cures(
                "Enter the same in Xero, or let both directions travel: xtiger modules set "
                "{module} --direction both",
                "Enter the same in Xero, or ask your administrator to let {module} travel "
                "in both directions.",
                "Enter the same in Xero, or choose both directions in the module's settings.",
            ),
            "settings",
        ),
        Entry(
            "gone_in_xero",
            "skipped",
            "It was removed in Xero; the CRM record stays.",
            Cures(
                "Create it in Xero again, or leave it: xtiger conflicts",
                "Press “Decide”: create it in Xero again, or leave it.",
                "Decide: create it in Xero again, or leave it.",
            ),
            "solve",
        ),
        Entry(
            "gone_in_crm",
            "skipped",
            "It was deleted in the CRM; Xero's record stays.",
            Cures(
                "Create it in the CRM again, or leave it: xtiger conflicts",
                "Open “Conflicts”: create it in the CRM again, or leave it.",
                "Decide: create it in the CRM again, or leave it.",
            ),
            "solve",
        ),
        Entry(
            "gone_but_edited",
            "conflict",
            "It was removed on one side and edited on the other.",
            Cures(
                "Choose whether it stays: xtiger conflicts",
                "Open “Conflicts” and choose whether it stays.",
                "Decide whether it stays.",
            ),
            "solve",
        ),
        Entry(
            "missing_without_proof",
            "held",
            "The CRM did not show this record.",
            alike("Check that the sync's user may see it."),
            "retry",
        ),
        Entry(
            "archived_in_xero",
            "held",
            "{name} is archived in Xero.",
            alike("Restore it in Xero, or take the number off the CRM record."),
            "open",
        ),
        Entry(
            "too_many_changes",
            "held",
            "This run would change {share} % of {module}; that is more than {limit} %.",
            Cures(
                "Look at the plan, then release it: xtiger sync --release {run}",
                "Open the overview and press “Look at it”, or ask your administrator to "
                "look at the plan and to release it.",
                "Look at the plan and release it, or take the changes back.",
            ),
            "retry",
        ),
        Entry(
            "not_released",
            "held",
            "It was not part of the plan that was released.",
            alike("Nothing to do: the next sync takes it."),
            "",
        ),
        Entry(
            "held_by_extension",
            "held",
            "The extension {extension} holds it: {reason}",
            Cures(
                "See the extension's settings.",
                "Ask your administrator to look at the extension's settings.",
                "See the extension's settings.",
            ),
            "settings",
        ),
        Entry(
            "xero_refused",
            "failed",
            "Xero refused it: {message}",
            Cures(
                "Correct what it names. It goes with the next sync then; as it is: xtiger log "
                "again --result failed --module {module}",
                "Correct what it names. It goes by itself then; to send it as it is, press "
                "“Copy to Xero”.",
                "Correct what it names. It goes by itself then.",
            ),
            "retry",
        ),
        Entry(
            "crm_refused",
            "failed",
            "The CRM refused it: {message}",
            alike("Correct the record in Xero or the CRM's rule, and sync again."),
            "retry",
        ),
        Entry(
            "answer_unknown",
            "failed",
            "Xero did not answer; it may have arrived.",
            alike("The next sync looks it up before anything is sent again."),
            "retry",
        ),
        Entry(
            "stopped_before",
            "held",
            "The run stopped before its turn: {reason}",
            alike("Sync again later; nothing is lost."),
            "retry",
        ),
        Entry(
            "unreadable_answer",
            "failed",
            "Xero's record cannot be read: {message}",
            alike("Report it; the record is set aside and nothing is changed."),
            "",
        ),
        Entry(
            "changed_meanwhile",
            "held",
            "Somebody changed it during the run.",
            alike("Nothing to do: the next sync takes it."),
            "retry",
        ),
        # --- organisations ---
        Entry(
            "name_missing",
            "held",
            "The record has no name; Xero needs one.",
            alike("Fill in the name."),
        ),
        Entry(
            "name_too_long",
            "held",
            "The name has {length} characters; Xero takes {limit}.",
            alike("Shorten the name."),
        ),
        Entry(
            "name_forbidden",
            "held",
            "The name {name} contains < or >; Xero refuses that.",
            alike("Take the sign out of the name."),
        ),
        Entry(
            "email_invalid",
            "held",
            "The e-mail address {value} is not valid.",
            alike("Correct the e-mail address."),
        ),
        Entry(
            "country_signs",
            "held",
            "{field} is {value}; Xero takes letters only in the name of a country.",
            alike("Write the country as a word."),
        ),
        Entry(
            "contact_same_name",
            "held",
            "Xero has a contact with the same name, {name}, that is not linked.",
            Cures(
                "Rename one, or link both if they are the same: xtiger link {module} "
                "{crm_id} XERO_ID",
                "Press “Link to …” if they are the same, or rename one.",
                "Link both if they are the same, or rename one.",
            ),
            "link",
            alike("Rename one of both."),
        ),
        Entry(
            "contact_near_name",
            "held",
            "Xero has a contact with nearly the same name: {name}.",
            Cures(
                "Link both if they are the same: xtiger link {module} {crm_id} XERO_ID. Or "
                "create it as new: xtiger link {module} {crm_id} --new",
                "Press “Link to …” if they are the same, else “Create as new in Xero”.",
                "Link both if they are the same, or create a new one.",
            ),
            "link",
        ),
        Entry(
            "entered_anew",
            "held",
            "{name} is in Xero already, linked to a record that was deleted in the CRM.",
            Cures(
                "Link it to this record if it is the same: xtiger link {module} {crm_id} "
                "XERO_ID. Else give it a name, number or code of its own.",
                "Press “Link to …” if it is the same, else give it a name, number or code of "
                "its own.",
                "Link it to this record if it is the same, else give it a name, number or "
                "code of its own.",
            ),
            "link",
            alike("Give it a name, number or code of its own."),
        ),
        Entry(
            "contacts_merged",
            "held",
            "Its contact was merged into {name} in Xero, and another record of the CRM is "
            "linked to that one.",
            Cures(
                "Make it an alias: xtiger link {module} {crm_id} {contact} --alias. Or merge "
                "both in the CRM.",
                "Merge both in the CRM, or ask your administrator to make it an alias.",
                "Merge both in the CRM, or make it an alias.",
            ),
            "open",
        ),
        Entry(
            "crm_duplicate",
            "held",
            "The CRM has the name {name} twice; only one is sent.",
            Cures(
                "Merge both in the CRM, rename one, or make it an alias: xtiger link "
                "{module} {crm_id} XERO_ID --alias",
                "Merge both in the CRM, rename one, or press “Alias of …”.",
                "Merge both in the CRM, rename one, or make it an alias.",
            ),
        ),
        Entry(
            "number_shared",
            "held",
            "Several records have the number {number}, so none is linked by it.",
            alike("Give each its own number."),
        ),
        Entry(
            "account_number_taken",
            "held",
            "{other} has the account number {number} as well; Xero takes each only once.",
            alike("Give each its own number."),
        ),
        # --- contacts ---
        Entry(
            "persons_need_email",
            "held",
            "Xero takes persons only of an organisation that has an e-mail address; "
            "{organisation} has none.",
            alike("Fill in the organisation's e-mail address; the person then goes by itself."),
        ),
        Entry(
            "persons_too_many",
            "held",
            "{organisation} has {limit} persons in Xero already; Xero takes no more.",
            alike("Remove a person there who is not needed in Xero, or leave this one out."),
        ),
        Entry(
            "person_last",
            "held",
            "It is the last person of its contact, and Xero does not let a list become empty.",
            alike("Remove the person in Xero by hand."),
        ),
        Entry(
            "person_left_organisation",
            "held",
            "The contact has no organisation any more, but is a person of one in Xero.",
            Cures(
                "Choose its organisation again, or give it a contact of its own: xtiger "
                "unlink {module} {crm_id}",
                "Choose its organisation again, or ask your administrator to take its link "
                "away: it then gets a contact of its own.",
                "Choose its organisation again, or take its link away to give it a contact "
                "of its own.",
            ),
            "link",
        ),
        Entry(
            "person_joined_organisation",
            "held",
            "The contact belongs to an organisation now, but has a contact of its own in Xero.",
            Cures(
                "Clear the organisation, or archive the contact in Xero and take its link "
                "away: xtiger unlink {module} {crm_id}",
                "Clear the organisation, or archive the contact in Xero and ask your "
                "administrator to take its link away.",
                "Clear the organisation, or archive the contact in Xero and take its link away.",
            ),
            "link",
        ),
        Entry(
            "person_of_person",
            "skipped",
            "In Xero it is an additional person of {organisation}, which is a contact "
            "and no organisation in the CRM.",
            alike("Nothing to do, or make {organisation} an organisation in the CRM."),
            "",
        ),
        Entry(
            "organisation_not_in_crm",
            "held",
            "Its organisation {organisation} is not in the CRM yet.",
            alike("It comes by itself once {organisation} is there; see why that one waits."),
        ),
        # --- products and services ---
        Entry(
            "code_missing",
            "held",
            "The item code is empty; Xero needs one.",
            alike("Fill in the code."),
        ),
        Entry(
            "code_too_long",
            "held",
            "The code {code} has {length} characters; Xero takes 30.",
            alike("Shorten the code."),
        ),
        Entry(
            "code_taken",
            "held",
            "The code {code} belongs to {other} already.",
            alike("Give one of both another code."),
        ),
        Entry(
            "item_same_name",
            "held",
            "Xero has an item with the same name and the code {code}.",
            Cures(
                "Link both if they are the same: xtiger link {module} {crm_id} XERO_ID. Or "
                "create it as new: xtiger link {module} {crm_id} --new",
                "Press “Link to …” if they are the same, else “Create as new in Xero”.",
                "Link both if they are the same, or create a new one.",
            ),
            "link",
        ),
        Entry(
            "account_unknown",
            "held",
            "Xero has no account {account}.",
            alike("Choose an account of Xero's chart on {where}."),
        ),
        Entry(
            "account_system",
            "held",
            "Account {account} is one of Xero's system accounts and cannot be used here.",
            alike("Choose another account on {where}."),
        ),
        Entry(
            "account_bank",
            "held",
            "Account {account} is a bank account; Xero books no sale or purchase on one.",
            alike("Choose another account on {where}."),
        ),
        Entry(
            "account_archived",
            "held",
            "Account {account} is archived in Xero.",
            alike("Choose another account on {where}."),
        ),
        Entry(
            "price_too_fine",
            "held",
            "{field} has more than 4 decimal places: {value}.",
            alike("Round it to 4 decimal places."),
        ),
        # --- invoices ---
        Entry(
            "organisation_missing",
            "held",
            "The invoice has no contact or organisation.",
            alike("Choose one on the invoice."),
        ),
        Entry(
            "invoice_date_missing",
            "held",
            "The invoice has no date.",
            alike("Fill in the invoice date."),
        ),
        Entry(
            "due_date_missing",
            "held",
            "The invoice has no due date. Xero needs one to approve it.",
            alike("Fill in the due date."),
        ),
        Entry(
            "number_missing",
            "held",
            "The invoice has no number.",
            alike("Save the invoice so that the CRM numbers it."),
        ),
        Entry(
            "number_taken",
            "held",
            "Xero has another document with the number {number}.",
            Cures(
                "Compare both. Link them if they are the same: xtiger link {module} "
                "{crm_id} XERO_ID. Else change one number.",
                "Compare both. Press “Link to …” if they are the same, else change one number.",
                "Compare both; link them if they are the same, or change one number.",
            ),
            "link",
            alike("Change the number of one of both."),
        ),
        Entry(
            "number_voided",
            "held",
            "Xero has a voided or deleted invoice with the number {number}.",
            alike("Give the invoice another number; Xero does not bring that one back."),
        ),
        Entry(
            "number_taken_in_crm",
            "held",
            "The CRM has another invoice with the number {number}.",
            alike("Compare both and change one number."),
        ),
        Entry(
            "number_signs",
            "held",
            "The number {number} has signs that Xero does not take: {signs}.",
            alike("Number the invoice with plain letters, digits and signs."),
        ),
        Entry(
            "total_negative",
            "held",
            "The total {total} is below zero; Xero approves no such invoice.",
            alike("Make a credit note in Xero, or leave the invoice a draft."),
        ),
        Entry(
            "quantity_refused",
            "held",
            "Line {line} has the quantity {quantity}; Xero takes more than 0.",
            alike("Give the line a quantity above 0; what is deducted gets a negative price."),
        ),
        Entry(
            "line_below_half_cent",
            "held",
            "Line {line} comes to {amount}, less than half a cent; Xero approves no such line.",
            alike("Sell more on the line, or make it a text without a price."),
        ),
        Entry(
            "line_too_large",
            "held",
            "The quantity or amount of line {line} is larger than Xero takes.",
            alike("Correct the line, or divide it."),
        ),
        Entry(
            "discount_refused",
            "held",
            "Xero does not take the discount {discount} of line {line}.",
            alike(
                "Give the line a discount below its amount, or one of 0 to 100 %; a line "
                "below zero takes none."
            ),
        ),
        Entry(
            "tax_archived",
            "held",
            "The tax {tax} of line {line} is archived in Xero.",
            alike("Choose another tax on line {line}, or make the rate active in Xero."),
            "open",
        ),
        Entry(
            "signs_not_kept",
            "held",
            "{field} has signs that Xero does not keep: {signs}.",
            alike("Remove them from {field}."),
        ),
        Entry(
            "email_needed",
            "held",
            "The e-mail is empty, but Xero keeps it while the contact has persons ({count}).",
            alike("Fill in the e-mail, or remove the persons in Xero."),
        ),
        Entry(
            "purchase_account_tracked",
            "held",
            "Xero counts the stock of this item, so it takes no purchase account {account}.",
            alike("Clear the purchase account of the product."),
        ),
        Entry(
            "lines_missing", "held", "The invoice has no lines.", alike("Add at least one line.")
        ),
        Entry(
            "tax_unknown",
            "held",
            "Xero does not know the tax {tax} of line {line}. "
            "The nearest rate in Xero is {nearest}.",
            Cures(
                "Correct the line, or say what the tax is in Xero: xtiger mapping set "
                '{module} "tax:{tax}" TAXTYPE',
                "Correct the line, or ask your administrator to say what {tax} is in Xero.",
                "Correct the line, or map the tax to one of Xero's.",
            ),
            "map",
        ),
        Entry(
            "taxes_many",
            "held",
            "Line {line} has several taxes ({tax}); Xero takes one per line.",
            alike("Leave one tax on the line, or create a combined rate in Xero."),
            "map",
        ),
        Entry(
            "group_tax_not_combined",
            "held",
            "The group tax {tax} is not a combined rate in Xero.",
            Cures(
                "Create the combined rate in Xero, or say what it is there: xtiger mapping "
                'set {module} "tax:{tax}" TAXTYPE',
                "Create the combined rate in Xero, or ask your administrator to say what "
                "{tax} is there.",
                "Create the combined rate in Xero, or map the tax to one of Xero's.",
            ),
            "map",
        ),
        Entry(
            "tax_account_mismatch",
            "held",
            "The tax {tax} cannot be used with account {account} (line {line}).",
            alike("Choose another account on {where}, or another tax on the line."),
            "map",
        ),
        Entry(
            "account_missing",
            "held",
            "Line {line} has no sales account.",
            Cures(
                "Choose one on the product, or set a default: xtiger mapping set {module} "
                "sales_account CODE",
                "Choose one on the product, or ask your administrator to set a default.",
                "Choose one on the product, or set a default in the mapping.",
            ),
            "map",
        ),
        Entry(
            "group_discount",
            "skipped",
            "The invoice has a discount on its whole sum; Xero has none.",
            alike("Spread the discount over the lines."),
        ),
        Entry(
            "deducted_tax",
            "skipped",
            "The invoice has deducted (withholding) taxes.",
            alike("Enter it in Xero by hand, or remove the deducted tax."),
        ),
        Entry(
            "currency_not_enabled",
            "held",
            "The currency {currency} is not enabled in Xero.",
            alike("Add {currency} in Xero under Settings, Currencies."),
        ),
        Entry(
            "currency_fixed",
            "held",
            "The currency of an invoice cannot change once sent.",
            alike("Make a new invoice in {currency}."),
        ),
        Entry(
            "total_differs",
            "held",
            "The CRM's total {crm_total} differs from {xero_total}, which Xero will compute.",
            alike("Check the lines, discounts and taxes of the invoice."),
        ),
        Entry(
            "crm_total_differs",
            "held",
            "In the CRM the invoice would come to {crm_total}; in Xero it is {xero_total}.",
            alike(
                "Check prices with tax and taxes entered by hand in Xero; the CRM cannot hold them."
            ),
        ),
        Entry(
            "crm_total_wrong",
            "failed",
            "The CRM made {crm_total} of the invoice; in Xero it is {xero_total}.",
            alike("Compare the invoice on both sides; the CRM computes it differently."),
            "open",
        ),
        Entry(
            "tax_not_read",
            "held",
            "Xero's tax {tax} of line {line} was not among the tax rates read.",
            Cures(
                "Sync again: xtiger sync --full",
                "Nothing to do: the next sync reads the tax rates.",
                "Sync again.",
            ),
            "retry",
        ),
        Entry(
            "taxed_by_xero",
            "held",
            "Xero computes the sales tax of this invoice, so it cannot be changed from here.",
            alike("Change it in Xero."),
            "open",
        ),
        Entry(
            "currency_not_in_crm",
            "held",
            "The CRM has no invoices in {currency}.",
            alike("Add the currency in the CRM."),
        ),
        Entry(
            "xero_total_differs",
            "failed",
            "Xero's total {xero_total} differs from the expected {expected}.",
            alike("Compare the invoice on both sides."),
            "open",
        ),
        Entry(
            "total_apart",
            "held",
            "The CRM's total is {crm_total}, Xero's {xero_total}, and no line says why.",
            alike(
                "Compare totals and taxes; correct what was entered by hand, on the side where "
                "it is wrong."
            ),
            "open",
        ),
        Entry(
            "sums_apart",
            "held",
            "In Xero the net amount is {net} and the tax {tax}; the lines come to {foreseen_net} "
            "and {foreseen_tax}.",
            alike("Correct the tax that was entered by hand in Xero."),
            "open",
        ),
        Entry(
            "currency_apart",
            "held",
            "The CRM counts the invoice in {crm}, Xero in {xero}.",
            alike("Give the invoice in Xero the currency {crm} again."),
            "open",
        ),
        Entry(
            "approval_missing",
            "held",
            "The CRM says {status}, but Xero keeps the invoice as {xero}.",
            alike("Approve the invoice in Xero."),
            "open",
        ),
        Entry(
            "paid_without_payment",
            "held",
            "The CRM says {status}, but in Xero {due} of {total} is not paid.",
            alike("Enter the payment in Xero or in the CRM, or change the status in the CRM."),
            "open",
        ),
        Entry(
            "money_apart",
            "held",
            "{field}: the CRM has {crm}, Xero has {xero}.",
            alike(
                "Enter or delete the payment on the side where it is wrong, or correct the "
                "amount in the CRM."
            ),
            "open",
        ),
        Entry(
            "status_unknown",
            "held",
            "The status {status} has no Xero status.",
            Cures(
                'Say what it is in Xero: xtiger mapping set {module} "status:{status}" STATUS',
                "Choose another status, or ask your administrator to say what {status} is in Xero.",
                "Choose another status, or map it to one of Xero's.",
            ),
            "map",
        ),
        Entry(
            "cancelled",
            "skipped",
            "The invoice was cancelled before it was sent.",
            alike("Nothing to do."),
            "",
        ),
        Entry(
            "cancel_not_allowed",
            "held",
            "The invoice is cancelled in the CRM; voiding in Xero is switched off.",
            Cures(
                "Void it in Xero, or allow deletes: xtiger modules set {module} "
                "--delete-in-xero on",
                "Void it in Xero, or ask your administrator to allow it.",
                "Void it in Xero, or allow deletes in the module's settings.",
            ),
            "settings",
        ),
        Entry(
            "credit_invoice",
            "skipped",
            "A credit invoice is not sent as an invoice.",
            alike("Make a credit note in Xero."),
            "",
        ),
        Entry(
            "invoice_locked",
            "held",
            "The invoice is {status} in Xero, so {fields} cannot change there.",
            alike("Take the change back, or make a credit note."),
            "open",
        ),
        Entry(
            "period_locked",
            "held",
            "The date {date} is in a period locked in Xero until {lock}.",
            alike("Change the date, or unlock the period in Xero."),
        ),
        Entry(
            "type_not_carried",
            "held",
            "The Xero invoice type {type} is not sent yet.",
            alike("Choose the type Invoice."),
            "open",
        ),
        Entry(
            "line_incomplete", "held", "Line {line} has no {field}.", alike("Complete the line.")
        ),
        # --- seeds' errors that come from payments, stock and connection ---
        Entry(
            "payment_account_invalid",
            "held",
            "Account {account} cannot take payments.",
            alike("Choose a bank account, or one with payments enabled."),
            "map",
        ),
        Entry(
            "payment_needs_approval",
            "held",
            "The payment waits until invoice {number} is approved in Xero.",
            alike("Approve the invoice."),
        ),
        Entry(
            "payment_not_received",
            "excluded",
            "The payment has the status {status}; only received money is sent.",
            alike("Set the status to Received once the money is there."),
        ),
        Entry(
            "payment_taken_back",
            "held",
            "The payment has the status {status} in the CRM and counts as paid in Xero.",
            alike("Delete it in Xero if the money did not come, or set the status back."),
        ),
        Entry(
            "payment_account_missing",
            "held",
            "The payment names no account, and none is set for all.",
            Cures(
                "Choose one on the payment, or set a default: xtiger mapping set {module} "
                "payment_account CODE",
                "Choose one on the payment, or ask your administrator to set a default.",
                "Choose one on the payment, or set a default in the mapping.",
            ),
            "map",
        ),
        Entry(
            "payment_account_currency",
            "held",
            "Account {account} is kept in {currency}, the invoice in {other}.",
            alike("Choose an account in {other}, or one in your own currency."),
            "map",
        ),
        Entry(
            "payment_amount_invalid",
            "held",
            "The amount {amount} cannot be paid; Xero takes more than 0, in whole cents.",
            alike("Correct the amount."),
        ),
        Entry(
            "payment_too_high",
            "held",
            "Invoice {number} has only {due} left to pay; the payment is {amount}.",
            alike("Lower the amount, or enter the rest in Xero as an overpayment."),
        ),
        Entry(
            "payment_looks_same",
            "held",
            "The other side has an unlinked payment of the same invoice, day and amount.",
            Cures(
                "Link both if they are the same money: xtiger link {module} {crm_id} "
                "XERO_ID. Else create a new one: xtiger link {module} {crm_id} --new",
                "Press “Link to …” if they are the same money, else “Create as new in Xero”.",
                "Link both if they are the same money, or create a new one.",
            ),
            "link",
        ),
        Entry(
            "payment_ambiguous",
            "held",
            "Xero has several equal payments of this invoice; nobody knows which is this.",
            Cures(
                "Link the right one: xtiger link {module} {crm_id} XERO_ID. Or create a "
                "new one: xtiger link {module} {crm_id} --new",
                "Press “Link to …” for the right one, or “Create as new in Xero”.",
                "Link the right one, or create a new one.",
            ),
            "link",
        ),
        Entry(
            "payment_locked",
            "held",
            "Xero does not let the payment go: {why}.",
            alike("Undo that in Xero first, or take the change back."),
        ),
        Entry(
            "payment_of_other",
            "excluded",
            "It pays no sales invoice ({type}).",
            alike("Nothing to do."),
            "",
        ),
        Entry(
            "payment_of_unsynced",
            "excluded",
            "It pays invoice {number}, which is not synced.",
            alike("Link or sync the invoice; the payment follows."),
            "open",
        ),
        Entry(
            "payment_waits_for_invoice",
            "held",
            "It pays invoice {number}, which is not in the CRM yet.",
            alike("It comes by itself once the invoice is there; see why that one waits."),
        ),
        Entry(
            "scope_missing",
            "held",
            "The permission given at Xero does not cover sending {module}.",
            Cures(
                "Connect again and allow all that is asked: xtiger connect",
                "Ask your administrator to connect to Xero again and to allow all that is asked.",
                "Connect again and allow all that is asked.",
            ),
            "settings",
        ),
        Entry(
            "stock_short",
            "held",
            "Xero has {available} of {item} to sell, {wanted} are invoiced.",
            alike("Raise the stock in Xero, or lower the quantity."),
        ),
        Entry(
            "base_currency_differs",
            "held",
            "The CRM counts in {crm}, Xero in {xero}.",
            Cures(
                "Connect an organisation with the same base currency: xtiger connect",
                "Ask your administrator to connect an organisation with the same base currency.",
                "Connect an organisation with the same base currency.",
            ),
            "settings",
        ),
        Entry(
            "reconnect_needed",
            "held",
            "The connection to Xero has ended.",
            Cures(
                "Connect again: xtiger connect",
                "Ask your administrator to connect it again.",
                "Connect it again.",
            ),
            "settings",
        ),
    )


#: Code → entry.
CATALOGUE: Mapping[str, Entry] = MappingProxyType({entry.code: entry for entry in _entries()})

#: Results of an item that was carried out.
_DONE = frozenset({"created", "updated", "removed", "linked"})


def stands(outcome: Outcome) -> bool:
    """Whether an outcome waits for somebody: by its result, or by a cause beside what was done."""
    if outcome.result in STANDING:
        return True
    entry = CATALOGUE.get(outcome.cause.code) if outcome.cause is not None else None
    return entry is not None and outcome.result in _DONE and entry.result in STANDING
