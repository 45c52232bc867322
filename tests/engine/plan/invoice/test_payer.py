"""Who pays an invoice: its organisation, else its contact, who then stands in its place."""

from __future__ import annotations

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.invoice.payer import had_organisation, organisation_address, with_payer
from xtiger.hosts.standard import invoices
from xtiger.model.links import Base, Pair
from xtiger.model.person_ref import PersonRef
from xtiger.model.records import Record, Ref

MODULE = invoices()
OF_PERSON = PersonRef("Contacts", "7").text()


def _invoice(**values: str) -> Record:
    return Record(Ref("Invoices", "1"), values)


def test_a_contact_stands_in_for_the_organisation() -> None:
    """Only where none is named."""
    assert with_payer(None, MODULE) is None
    whole = _invoice(account_id="3", contact_id="7")
    assert whole is with_payer(whole, MODULE)
    nobody = _invoice()
    assert nobody is with_payer(nobody, MODULE)

    found = with_payer(_invoice(contact_id="7"), MODULE)

    assert found is not None
    assert OF_PERSON == found.values["account_id"]
    assert Ref("Contacts", "7") == organisation_address(found, MODULE)


def test_the_address_of_an_organisation() -> None:
    """By the field's target; None for an invoice of nobody."""
    assert Ref("Organizations", "3") == organisation_address(_invoice(account_id="3"), MODULE)
    assert organisation_address(_invoice(), MODULE) is None


def test_what_was_agreed_to_be_an_organisations_stays_so() -> None:
    """A person in its place, or no base, is none."""

    def agreed(crm: str) -> Pairing:
        return Pairing(base=Base(1, {"Contact.ContactID": Pair(crm, "x")}))

    assert had_organisation(agreed("3"))
    assert not had_organisation(agreed(OF_PERSON))
    assert not had_organisation(Pairing())
