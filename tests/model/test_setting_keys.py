"""The names of stored values: each tells its parts apart, and a group holds its own only."""

from __future__ import annotations

from xtiger.model import setting_keys


def test_an_id_with_a_colon_is_told_from_every_other() -> None:
    """Only the last part of a name may hold a colon: ids of a CRM do, modules and kinds do not."""
    made = [
        name
        for crm_id in ("1", "1:2", ":1", "")
        for name in (
            setting_keys.create_anyway("c1", "Contacts", crm_id),
            setting_keys.request_to_send("c1", "Contacts", crm_id),
            setting_keys.recreated("c1", "Contact", crm_id),
            setting_keys.hold("Contacts", crm_id),
        )
    ]

    assert len(made) == len(set(made)) == 16


def test_a_group_holds_the_names_of_its_connection_only() -> None:
    """An id that begins like another's has a group of its own."""
    group = setting_keys.requests_to_send("c1")
    own, other = (setting_keys.request_to_send(c, "Contacts", "1") for c in ("c1", "c11"))

    assert (True, False) == (own.startswith(group), other.startswith(group))
    begin = setting_keys.all_recreated("c1")
    again = [setting_keys.recreated(c, "Contact", "x") for c in ("c1", "c11")]
    assert [True, False] == [one.startswith(begin) for one in again]


def test_what_names_records_of_the_crm_is_forgotten_with_the_connection() -> None:
    """Each value that names one is in a group; that of a connection that begins alike is not."""
    names = [
        (
            setting_keys.create_anyway(connection, "Contacts", "1"),
            setting_keys.crm_changes(connection, "Contacts", "Contact"),
            setting_keys.crm_creates(connection, "Contacts", "Contact"),
            setting_keys.crm_removals(connection, "Contacts", "Contact"),
            setting_keys.looked_at(connection, "Contacts"),
            setting_keys.request_to_send(connection, "Contacts", "1"),
            setting_keys.document_due(connection, "Invoices", "1"),
        )
        for connection in ("c1", "c11")
    ]
    groups = setting_keys.groups_of_crm("c1")

    assert [[True] * 7, [False] * 7] == [[name.startswith(groups) for name in row] for row in names]


def test_single_values_that_name_records_are_forgotten_too() -> None:
    """Persons on their way from a list, the plan and the proof that pages show; of no other."""
    keys = setting_keys.keys_of_crm("c1")

    makes = (
        setting_keys.persons_leaving,
        setting_keys.sync_plan,
        setting_keys.kept_proof,
        setting_keys.historical_sync,
        setting_keys.historical_records,
    )

    assert [True] * 5 == [make("c1") in keys for make in makes]
    assert setting_keys.sync_plan("c11") not in keys


def test_what_stands_in_a_name_is_read_from_it() -> None:
    """A name of an extension's choice or of a template, and the state of a consent."""
    assert setting_keys.template_name(setting_keys.template("a:b")) == "a:b"
    assert setting_keys.extension_name(setting_keys.extension("a:b")) == "a:b"
    assert setting_keys.offer_state(setting_keys.consent_offer("x:y")) == "x:y"
    assert not setting_keys.consent_offer("x").startswith(setting_keys.CONSENTS)
    group = setting_keys.credit_notes("c1", "Invoices")
    own = setting_keys.credit_note("c1", "Invoices", "x:7")
    assert setting_keys.record_in(group, own) == "x:7"


#: Names as the releases before spelled them.
SPELLINGS = {
    setting_keys.TICKED_AT: "ticked_at",
    setting_keys.DROPPED_OLD_AT: "dropped_old_at",
    setting_keys.TICKED_BY: "ticked_by",
    setting_keys.SERVICE: "service",
    setting_keys.extension("Log"): "extension:Log",
    setting_keys.identity_runs("ab"): "identity_runs:ab",
    setting_keys.forgotten("c1"): "forgotten:c1",
    setting_keys.request_to_send("c1", "Contacts", "7"): "asked:c1:Contacts:7",
    setting_keys.create_anyway("c1", "Contacts", "7"): "create_anyway:c1:Contacts:7",
    setting_keys.recreated("c1", "Contact", "x1"): "made_again:c1:Contact:x1",
    setting_keys.credit_note("c1", "Invoices", "7"): "credit_note:c1:Invoices:7",
    setting_keys.credit_of_invoice("c1", "Invoices", "7"): "credited:c1:Invoices:7",
    setting_keys.document_refused("c1", "Invoices", "7"): "document_refused:c1:Invoices:7",
    setting_keys.overdue_looked("c1"): "overdue_looked:c1",
    setting_keys.histories_looked("c1"): "histories_looked:c1",
    setting_keys.taxes_brought("c1"): "taxes_brought:c1",
    setting_keys.named_list("c1", "BrandingTheme"): "named_list:BrandingTheme:c1",
    setting_keys.notice_lease("c1"): "notices:c1",
    setting_keys.mail_lease("t1"): "mail:t1",
    setting_keys.message_lease("t1"): "messages:t1",
    setting_keys.second_asked("c1", "Invoices", "7"): "second_asked:c1:Invoices:7",
    setting_keys.all_second_asked("c1"): "second_asked:c1:",
    setting_keys.connected_by("c1"): "connected_by:c1",
    setting_keys.start_answers("c1"): "start:c1",
    setting_keys.sync_asked("c1"): "sync_asked:c1",
    setting_keys.sync_cancelled("c1"): "sync_cancelled:c1",
    setting_keys.sync_plan("c1"): "sync_plan:c1",
    setting_keys.historical_sync("c1"): "historical:c1",
    setting_keys.historical_records("c1"): "historical_records:c1",
    setting_keys.settings_read("c1"): "settings_read:c1",
    setting_keys.looked_at("c1", "Contacts"): "looked_at:c1:Contacts",
    setting_keys.persons_leaving("c1"): "persons_leaving:c1",
    setting_keys.crm_creates("c1", "Contacts", "Contact"): "crm_creates:c1:Contacts:Contact",
    setting_keys.crm_changes("c1", "Contacts", "Contact"): "crm_changes:c1:Contacts:Contact",
    setting_keys.crm_removals("c1", "Contacts", "Contact"): "crm_removals:c1:Contacts:Contact",
    setting_keys.TERMS: "terms",
    setting_keys.ROUTES: "routes",
    setting_keys.IDENTITY: "identity",
    setting_keys.TENANT_EVENT: "tenant",
    setting_keys.template("Our way"): "template:Our way",
    setting_keys.hold("Contacts", "7"): "hold:Contacts:7",
    setting_keys.consent("s"): "consent:s",
    setting_keys.consent_offer("s"): "consent_offer:s",
    setting_keys.EXTENSIONS_LEASE: "extensions",
    setting_keys.run_lease("c1"): "run:c1",
    setting_keys.asked_lease("c1"): "asked:c1",
    setting_keys.refresh_lease("s1"): "refresh:s1",
    setting_keys.limits("c1"): "limits:c1",
    setting_keys.changes_numbered("c1"): "xero_changes:c1",
    setting_keys.webhook_sequence("ab"): "webhooks:ab",
    setting_keys.document_turn("t1"): "documents:t1",
    setting_keys.identity_turn("ab"): "identity_runs:ab",
    setting_keys.xero_cursor("Contact"): "Contact",
    setting_keys.crm_cursor("Contact"): "crm:Contact",
    setting_keys.twin_answer("c1", "Products", "d9"): "twin_answer:c1:Products:d9",
    setting_keys.undo_request("r1"): "undo_request:r1",
    setting_keys.stopped_one_way("r1"): "stopped_one_way:r1",
}


def test_stored_names_keep_their_spelling() -> None:
    """What stores of earlier releases hold is found again."""
    assert [*SPELLINGS] == [*SPELLINGS.values()]


def test_an_offer_is_found_by_how_its_state_begins() -> None:
    """All offers by nothing at all; never one of another state."""
    offer = setting_keys.consent_offer("ab1")

    assert [True, True, False] == [
        offer.startswith(setting_keys.consent_offers(head)) for head in ("", "ab", "b")
    ]


def test_what_was_released_belongs_to_its_connection() -> None:
    """Another connection has a value of its own."""
    assert setting_keys.approving_released("c1") != setting_keys.approving_released("c2")


def test_a_document_that_is_due_is_of_its_module() -> None:
    """Its record is found again, whatever signs its id has."""
    group = setting_keys.documents_due("c1", "Invoices")
    key = setting_keys.document_due("c1", "Invoices", "a:1")

    assert "a:1" == setting_keys.record_in(group, key)
    assert not key.startswith(setting_keys.documents_due("c1", "Inv"))
