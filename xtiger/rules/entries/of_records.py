"""Outcome codes of any record, of contacts, and of products and services.

Sentences name the record and the field; what stands in braces is filled from the cause's
data, {module} and {crm_id} from the record.
"""

from __future__ import annotations

from xtiger.rules.entries.entry import Cures, Entry, alike

#: Which record a parent is, on either side, and why that one is not there.
_OF_PARENT = frozenset({"module", "id", "role", "xero_kind", "xero_id", "why", "why_data"})

#: What may happen to a record of any kind, then to contacts, products and services.
# One table, read as a list: code and result stand at the head of each entry.
# fmt: off
RECORD_ENTRIES: tuple[Entry, ...] = (
    # --- excluded: not selected, nothing wrong ---
    Entry("not_selected", "excluded", "Allow XTiger Sync is off.",
          alike("Tick Allow XTiger Sync on the record to send it.")),
    Entry("status_not_selected", "excluded", "Records in status {status} are not synced.",
          Cures("Choose the status: xtiger modules set {module} --statuses STATUS,STATUS",
                "Ask your administrator to let records in status {status} be synced.",
                "Choose the status in the module's settings to sync it."), "settings"),
    Entry("filtered_out", "excluded", "Left out by the filter: {field} is {value}.",
          Cures('Change the filter: xtiger modules set {module} --filter ""',
                "Ask your administrator to change the filter of {module}.",
                "Change the filter in the module's settings to sync it."), "settings"),
    Entry("before_start", "excluded",
          "It is of before {start}, where syncing starts.",
          Cures("To sync it, choose an earlier start: xtiger start --from DATE",
                "To sync it, ask your administrator to choose an earlier start.",
                "To sync it, choose an earlier start day."), "settings"),
    Entry("not_brought", "excluded",
          "It is none of the contacts that were chosen to come from Xero.",
          Cures("To bring it, choose who comes: xtiger start --bring all",
                "To bring it, ask your administrator to let all contacts come.",
                "To bring it, choose that all contacts come."), "settings"),
    Entry("contact_not_brought", "excluded",
          "Its contact is none of those that were chosen to come from Xero.",
          Cures("To bring both, choose who comes: xtiger start --bring customers",
                "To bring both, ask your administrator to let customers come.",
                "To bring both, choose that customers come."), "settings"),
    Entry("after_first_ten", "held",
          "The first ten records were sent; the rest waits until they were looked at.",
          Cures("Look at them in Xero and in the CRM, then let the rest go: xtiger start --go-on",
                "Look at them in Xero and in the CRM; then the administrator sends the rest.",
                "Look at them in Xero and in the CRM, then send the rest."), ""),
    Entry("not_carried", "excluded",
          "{module} do not travel in this direction.",
          Cures("Change the direction: xtiger modules set {module} --direction both",
                "Ask your administrator to change the direction of {module}.",
                "Change the direction in the module's settings."), "settings"),
    Entry("create_off", "excluded", "Creating new records is switched off for {module}.",
          Cures("Switch it on: xtiger modules set {module} --create-in-xero on "
                "--create-in-crm on",
                "Ask your administrator to switch it on for {module}.",
                "Switch it on in the module's settings."), "settings"),
    Entry("update_off", "excluded", "Changing records is switched off for {module}.",
          Cures("Switch it on: xtiger modules set {module} --update-in-xero on "
                "--update-in-crm on",
                "Ask your administrator to switch it on for {module}.",
                "Switch it on in the module's settings."), "settings"),
    Entry("read_only", "excluded", "The connection only reads: nothing is sent to Xero.",
          Cures("Let it send: xtiger start --mode active",
                "Ask your administrator to let the connection send.",
                "Let the connection send."), "settings"),
    Entry("routed_elsewhere", "excluded", "It belongs to the organisation {organisation}.",
          Cures("Nothing to do. What goes where: xtiger route show",
                "Nothing to do.",
                "Nothing to do."), "settings"),
    Entry("owner_ended", "excluded",
          "It is linked to {organisation}, whose connection has ended. Changes wait for it.",
          Cures("Connect it again: xtiger connect",
                "Press “Connect again”, or ask your administrator to connect it again.",
                "Connect {organisation} again.")),
    Entry("not_master", "excluded",
          "New customers and items come from {organisation} only.",
          Cures("Make it in {organisation} or in the CRM, or choose another master: xtiger "
                "route master NAME",
                "Make it in {organisation} or in the CRM, or ask your administrator to "
                "choose another master.",
                "Make it in {organisation} or in the CRM, or choose another master."),
          "settings"),
    Entry("routing_missing", "held",
          "Several organisations are connected ({organisations}), and no rule says to which "
          "it belongs.",
          Cures("Make a rule: xtiger route set, or choose a default: xtiger route default "
                "NAME",
                "Ask your administrator to make a rule, or to choose a default "
                "organisation.",
                "Make a rule that fits the record, or choose a default organisation."),
          "settings"),
    Entry("archived", "excluded", "It is archived or voided in Xero and not in the CRM.",
          alike("Nothing to do."), ""),
    Entry("duplicate_skipped", "skipped",
          "It is skipped as a duplicate: {name} is there already.",
          Cures("Rename it, or choose what to do with duplicates: xtiger modules set "
                "{module} --duplicates ask",
                "Rename it, or ask your administrator to let duplicates be linked.",
                "Rename it, or choose in the module's settings what to do with duplicates."),
          "settings"),
    Entry("alias", "unchanged", "It is an alias of {primary}, which is synced in its place.",
          Cures("Nothing to do. To sync it on its own, take its link away: xtiger unlink "
                "{module} {crm_id}",
                "Nothing to do. To sync it on its own, ask your administrator to take its "
                "link away.",
                "Nothing to do. To sync it on its own, take its link away."), ""),
    Entry("twin_not_selected", "excluded",
          "The CRM has {name} already, but its Allow XTiger Sync is off.",
          alike("Tick Allow XTiger Sync on that record; both are then linked, or you "
                "are asked.")),
    Entry("credit_not_carried", "excluded",
          "Credit notes made in Xero do not come into the CRM; they show on their invoice.",
          alike("Nothing to do."), ""),
    Entry("bill_not_carried", "excluded", "Bills from suppliers do not come into the CRM.",
          Cures("Nothing to do. To take them in: xtiger mapping set Invoices bills_from_xero yes",
                "Nothing to do. To take them in, ask your administrator.",
                "Nothing to do. To take them in, set the option bills_from_xero."), ""),
    Entry("document_in_crm", "held",
          "The CRM has {name} of the same contact, day and total, and it is not linked.",
          alike("Open {name} in the CRM: link it to this one if they are the same, else create "
                "it as new in Xero.")),
    # --- any record ---
    Entry("mandatory_missing", "held", "{field} is empty; the other side needs it.",
          alike("Fill in {field}.")),
    Entry("text_too_long", "held", "{field} has {length} characters; Xero takes {limit}.",
          alike("Shorten {field}.")),
    Entry("value_unreadable", "held", "{field} has the value {value}, which is no {type}.",
          alike("Correct {field}.")),
    Entry("waits_for_parent", "held", "{parent} is not on the other side yet.",
          alike("It goes automatically once {parent} is there; see why that one waits."),
          optional=_OF_PARENT),
    Entry("parent_left_out", "held", "{parent} is not on the other side, and does not go there.",
          alike("See why {parent} does not travel, and let it; or name another one."),
          optional=_OF_PARENT),
    Entry("both_changed", "conflict",
          "{fields} changed in the CRM and in Xero to different values; both are kept.",
          Cures("Decide which value is kept: xtiger conflicts. Or enter it on both sides.",
                "Press “Decide” and choose which value is kept, or enter it on both sides.",
                "Decide which value is kept, or enter it on both sides."), "solve"),
    Entry("first_link_differs", "conflict",
          "{fields}: the CRM and Xero hold different values, "
          "and it is not known which is right.",
          Cures("Decide which value is kept: xtiger conflicts. Or enter it on both sides.",
                "Press “Decide” and choose which value is kept, or enter it on both sides.",
                "Decide which value is kept, or enter it on both sides."), "solve"),
    Entry("stored_otherwise", "conflict",
          "{fields}: Xero stored it otherwise than sent: {value}.",
          Cures("Keep Xero's: xtiger conflicts solve {module} {crm_id} --keep xero --all. Or "
                "change it in the CRM so that Xero takes it.",
                "Press “Decide” to keep Xero's, or change it in the CRM so that Xero takes "
                "it.",
                "Keep Xero's, or change it in the CRM so that Xero takes it."), "solve"),
    Entry("line_stored_bare", "unchanged",
          "Line {line} comes to 0.00: Xero keeps neither account nor tax of it.",
          alike("Nothing to do: no amount differs. Once the line has a price in the CRM, "
                "both go along with it."), ""),
    Entry("edited_in_xero", "conflict",
          "{fields}: edited in Xero, but this module does not travel from Xero.",
          Cures("Enter the same in the CRM, or let both directions travel: xtiger modules "
                "set {module} --direction both",
                "Enter the same in the CRM, or ask your administrator to let {module} "
                "travel in both directions.",
                "Enter the same in the CRM, or choose both directions in the module's "
                "settings."),
          "settings"),
    Entry("edited_in_crm", "conflict",
          "{fields}: edited in the CRM, but this module does not travel to Xero.",
          Cures("Enter the same in Xero, or let both directions travel: xtiger modules set "
                "{module} --direction both",
                "Enter the same in Xero, or ask your administrator to let {module} travel "
                "in both directions.",
                "Enter the same in Xero, or choose both directions in the module's "
                "settings."),
          "settings"),
    Entry("gone_in_xero", "skipped", "It was removed in Xero; the CRM record stays.",
          Cures("Create it in Xero again, or leave it: xtiger conflicts",
                "Press “Decide”: create it in Xero again, or leave it.",
                "Decide: create it in Xero again, or leave it."), "solve"),
    Entry("gone_in_crm", "skipped", "It was deleted in the CRM; Xero's record stays.",
          Cures("Create it in the CRM again, or leave it: xtiger conflicts",
                "Open “Conflicts”: create it in the CRM again, or leave it.",
                "Decide: create it in the CRM again, or leave it."),
          "solve"),
    Entry("gone_but_edited", "conflict",
          "It was removed on one side and edited on the other.",
          Cures("Choose whether it stays: xtiger conflicts",
                "Open “Conflicts” and choose whether it stays.",
                "Decide whether it stays."), "solve"),
    Entry("missing_without_proof", "held", "The CRM did not show this record.",
          alike("Check that the sync's user may see it."), "retry"),
    Entry("archived_in_xero", "held", "{name} is archived in Xero.",
          alike("Restore it in Xero, or take the number off the CRM record."), "open"),
    Entry("too_many_changes", "held",
          "This run would change {share} % of {module}; that is more than {limit} %.",
          Cures("Look at the plan, then release it: xtiger sync --release {run}",
                "Open the overview and press “Look at it”, or ask your administrator to "
                "look at the plan and to release it.",
                "Look at the plan and release it, or take the changes back."), "retry"),
    Entry("not_released", "held",
          "It was not part of the plan that was released.",
          alike("Nothing to do: the next sync takes it."), ""),
    Entry("held_by_extension", "held", "The extension {extension} holds it: {reason}",
          Cures("See the extension's settings.",
                "Ask your administrator to look at the extension's settings.",
                "See the extension's settings."), "settings"),
    Entry("xero_refused", "failed", "Xero refused it: {message}",
          Cures("Correct what it names. It goes with the next sync then; as it is: xtiger log "
                "again --result failed --module {module}",
                "Correct what it names. It goes automatically then; to send it as it is, press "
                "“Copy to Xero”.",
                "Correct what it names. It goes automatically then."), "retry"),
    Entry("crm_refused", "failed", "The CRM refused it: {message}",
          alike("Correct the record in Xero or the CRM's rule, and sync again."), "retry",
          # The field that the CRM named, for its own screens.
          optional=frozenset({"field"})),
    Entry("answer_unknown", "failed", "Xero did not answer; it may have arrived.",
          alike("The next sync looks it up before anything is sent again."), "retry"),
    Entry("stopped_before", "held", "The run stopped before its turn: {reason}",
          alike("Sync again later; nothing is lost."), "retry"),
    Entry("unreadable_answer", "failed", "Xero's record cannot be read: {message}",
          alike("Report it; the record is set aside and nothing is changed."), ""),
    Entry("changed_meanwhile", "held", "Somebody changed it during the run.",
          alike("Nothing to do: the next sync takes it."), "retry"),
    # --- organisations ---
    Entry("name_missing", "held", "The record has no name; Xero needs one.",
          alike("Fill in the name.")),
    Entry("name_too_long", "held", "The name has {length} characters; Xero takes {limit}.",
          alike("Shorten the name.")),
    Entry("name_forbidden", "held", "The name {name} contains < or >; Xero refuses that.",
          alike("Take the sign out of the name.")),
    Entry("email_invalid", "held", "The e-mail address {value} is not valid.",
          alike("Correct the e-mail address.")),
    Entry("country_signs", "held",
          "{field} is {value}; Xero takes letters only in the name of a country.",
          alike("Write the country as a word.")),
    Entry("contact_same_name", "held",
          "Xero has a contact with the same name, {name}, that is not linked.",
          Cures("Rename one, or link both if they are the same: xtiger link {module} "
                "{crm_id} XERO_ID",
                "Press “Link to …” if they are the same, or rename one.",
                "Link both if they are the same, or rename one."), "link",
          alike("Rename one of both.")),
    Entry("contact_near_name", "held",
          "Xero has a contact with nearly the same name: {name}.",
          Cures("Link both if they are the same: xtiger link {module} {crm_id} XERO_ID. Or "
                "create it as new: xtiger link {module} {crm_id} --new",
                "Press “Link to …” if they are the same, else “Create as new in Xero”.",
                "Link both if they are the same, or create a new one."), "link"),
    Entry("entered_anew", "held",
          "{name} is in Xero already, linked to a record that was deleted in the CRM.",
          Cures("Link it to this record if it is the same: xtiger link {module} {crm_id} "
                "XERO_ID. Else give it a name, number or code of its own.",
                "Press “Link to …” if it is the same, else give it a name, number or code of "
                "its own.",
                "Link it to this record if it is the same, else give it a name, number or "
                "code of its own."), "link",
          alike("Give it a name, number or code of its own.")),
    Entry("contacts_merged", "held",
          "Its contact was merged into {name} in Xero, and another record of the CRM is "
          "linked to that one.",
          Cures("Make it an alias: xtiger link {module} {crm_id} {contact} --alias. Or merge "
                "both in the CRM.",
                "Merge both in the CRM, or ask your administrator to make it an alias.",
                "Merge both in the CRM, or make it an alias."), "open"),
    Entry("crm_duplicate", "held",
          "The CRM has the name {name} twice; only one is sent.",
          Cures("Merge both in the CRM, rename one, or make it an alias: xtiger link "
                "{module} {crm_id} XERO_ID --alias",
                "Merge both in the CRM, rename one, or press “Alias of …”.",
                "Merge both in the CRM, rename one, or make it an alias.")),
    Entry("number_shared", "held",
          "Several records have the number {number}, so none is linked by it.",
          alike("Give each its own number.")),
    Entry("account_number_taken", "held",
          "{other} has the account number {number} as well; Xero takes each only once.",
          alike("Give each its own number.")),
    # --- contacts ---
    Entry("persons_need_email", "held",
          "Xero takes persons only of an organisation that has an e-mail address; "
          "{organisation} has none.",
          alike("Fill in the organisation's e-mail address; the person then goes automatically.")),
    Entry("persons_too_many", "held",
          "{organisation} has {limit} persons in Xero already; Xero takes no more.",
          alike("Remove a person there who is not needed in Xero, or leave this one out.")),
    Entry("person_last", "held",
          "It is the last person of its contact, and Xero does not let a list become empty.",
          alike("Remove the person in Xero by hand.")),
    Entry("person_left_organisation", "held",
          "The contact has no organisation any more, but is a person of one in Xero.",
          Cures("Choose its organisation again, or give it a contact of its own: xtiger "
                "unlink {module} {crm_id}",
                "Choose its organisation again, or ask your administrator to take its link "
                "away: it then gets a contact of its own.",
                "Choose its organisation again, or take its link away to give it a contact "
                "of its own."), "link"),
    Entry("person_joined_organisation", "held",
          "The contact belongs to an organisation now, but has a contact of its own in Xero.",
          Cures("Clear the organisation, or archive the contact in Xero and take its link "
                "away: xtiger unlink {module} {crm_id}",
                "Clear the organisation, or archive the contact in Xero and ask your "
                "administrator to take its link away.",
                "Clear the organisation, or archive the contact in Xero and take its link "
                "away."), "link"),
    Entry("person_of_person", "skipped",
          "In Xero it is an additional person of {organisation}, which is a contact "
          "and no organisation in the CRM.",
          alike("Nothing to do, or make {organisation} an organisation in the CRM."), ""),
    Entry("organisation_not_in_crm", "held",
          "Its organisation {organisation} is not in the CRM yet.",
          alike("It comes automatically once {organisation} is there; see why that one waits.")),
    # --- products and services ---
    Entry("code_missing", "held", "The item code is empty; Xero needs one.",
          Cures("Fill in the code, or let codes be made: xtiger mapping set {module} "
                "code_template TEMPLATE",
                "Fill in the code, or ask your administrator to let codes be made.",
                "Fill in the code, or set a template of codes in the mapping."), "map"),
    Entry("code_too_long", "held", "The code {code} has {length} characters; Xero takes 30.",
          alike("Shorten the code.")),
    Entry("code_taken", "held", "The code {code} belongs to {other} already.",
          alike("Give one of both another code.")),
    Entry("item_same_name", "held",
          "Xero has an item with the same name and the code {code}.",
          Cures("Link both if they are the same: xtiger link {module} {crm_id} XERO_ID. Or "
                "create it as new: xtiger link {module} {crm_id} --new",
                "Press “Link to …” if they are the same, else “Create as new in Xero”.",
                "Link both if they are the same, or create a new one."), "link"),
    Entry("account_unknown", "held", "Xero has no account {account}.",
          alike("Choose an account of Xero's chart on {where}.")),
    Entry("account_system", "held",
          "Account {account} is one of Xero's system accounts and cannot be used here.",
          alike("Choose another account on {where}.")),
    Entry("account_bank", "held",
          "Account {account} is a bank account; Xero books no sale or purchase on one.",
          alike("Choose another account on {where}.")),
    Entry("account_archived", "held", "Account {account} is archived in Xero.",
          alike("Choose another account on {where}.")),
    Entry("price_too_fine", "held", "{field} has more than 4 decimal places: {value}.",
          alike("Round it to 4 decimal places.")),
)
# fmt: on
