"""What a CRM on Django does to its records, and whether the adapter sees it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext

from tests.djangocrm.models import Company, Invoice, Line, Payment, Person, Product, Tag
from tests.djangocrm.xero import make_host
from xtiger.hosts.django import DjangoHost, Field, Module
from xtiger.model.records import OutboxRow, Ref, Write


@pytest.fixture
def host(django_crm: DjangoHost) -> DjangoHost:
    return django_crm


def rows(host: DjangoHost) -> list[OutboxRow]:
    """All rows of the outbox."""
    return list(host.outbox(datetime.now(UTC) + timedelta(minutes=5)))


def told(host: DjangoHost) -> list[tuple[str, str, str]]:
    """Module, id and kind of all rows, which are done then."""
    found = rows(host)
    host.outbox_done(found)
    return sorted((row.ref.module, row.ref.id, row.kind) for row in found)


def company(**values: Any) -> Company:
    """A saved company."""
    made = Company(**{"name": "Anna", **values})
    made.save()
    return made


def invoice(lines: int = 0) -> Invoice:
    """A saved invoice with lines."""
    made = Invoice(company=company(), day=date(2026, 1, 1))
    made.save()
    for place in range(lines):
        made.lines.create(place=place, quantity=Decimal(1), price=Decimal("9.99"))
    return made


def sent(act: Callable[[], object]) -> list[str]:
    """The statements of something, without those that begin and end transactions."""
    with CaptureQueriesContext(connection) as seen:
        act()
    frame = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [q["sql"] for q in seen.captured_queries if not q["sql"].startswith(frame)]


# --- what is seen ---------------------------------------------------------------------------------


def test_a_new_a_changed_and_a_deleted_record_are_told(host: DjangoHost) -> None:
    """Each becomes one row of its kind, in autocommit too."""
    made = company()
    first = told(host)
    made.name = "Berta"
    made.save()
    second = told(host)
    key = str(made.pk)
    made.delete()

    assert [("Organizations", key, "created")] == first
    assert [("Organizations", key, "updated")] == second
    assert [("Organizations", key, "deleted")] == told(host)


def test_lines_and_payments_are_changes_of_their_invoice(host: DjangoHost) -> None:
    """A line that is changed, moved or deleted marks the invoice, as does a payment."""
    one, other = invoice(1), invoice()
    told(host)
    line = one.lines.get()
    line.price = Decimal(5)
    line.save()
    changed = told(host)
    line.invoice = other
    line.save()
    moved = told(host)
    Line.objects.all().delete()
    deleted = told(host)
    paid = Payment.objects.create(invoice=one, day=date(2026, 1, 2), amount=Decimal(5))

    mark, target = ("Invoices", str(one.pk), "updated"), ("Invoices", str(other.pk), "updated")
    assert [mark] == changed
    assert [mark, target] == moved
    assert [target] == deleted
    assert [mark, ("Payments", str(paid.pk), "created")] == told(host)


def test_a_deleted_invoice_takes_its_lines_along(host: DjangoHost) -> None:
    """The cascade is told as the deletion of the invoice, and of what else stood below it."""
    made = invoice(2)
    Payment.objects.create(invoice=made, day=date(2026, 1, 2), amount=Decimal(5))
    told(host)
    made.company.delete()

    assert ["Invoices", "Organizations", "Payments"] == [module for module, _, _ in told(host)]


def test_a_mark_of_deletion_is_told_both_ways(host: DjangoHost) -> None:
    """Setting the column of deleted= deletes, taking it away creates anew."""
    person = Person.objects.create(last_name="Doe")
    key = str(person.pk)
    told(host)
    person.trashed_at = datetime.now(UTC)
    person.save()
    gone = told(host)
    person.trashed_at = None
    person.save()

    assert [("Contacts", key, "deleted")] == gone
    assert [("Contacts", key, "created")] == told(host)


def test_rows_of_one_table_are_told_as_what_they_are(host: DjangoHost) -> None:
    """A product that is saved through its proxy is no service."""
    made = Product.objects.create(name="Nail")

    assert [("Products", str(made.pk), "created")] == told(host)


def test_named_fields_that_nobody_maps_are_no_change(host: DjangoHost) -> None:
    """save(update_fields=…) is told where one of them is declared."""
    made = company()
    told(host)
    made.save(update_fields=["modified_at"])
    quiet = told(host)
    made.save(update_fields=["name"])

    assert ([], [("Organizations", str(made.pk), "updated")]) == (quiet, told(host))


def test_what_is_rolled_back_is_not_told(host: DjangoHost) -> None:
    """Neither from the whole transaction nor from a savepoint; the rest is."""
    with suppress(ZeroDivisionError), transaction.atomic():
        company()
        raise ZeroDivisionError
    whole = told(host)
    with transaction.atomic():
        kept = company()
        with suppress(ZeroDivisionError), transaction.atomic():
            company(name="Lost")
            raise ZeroDivisionError

    assert ([], [("Organizations", str(kept.pk), "created")]) == (whole, told(host))


def test_a_save_and_its_row_are_one_transaction_in_autocommit(host: DjangoHost) -> None:
    """Where the process dies after the save, there is either both or neither."""

    def dies(**_: object) -> None:
        raise SystemExit

    post_save.connect(dies, sender=Company)
    try:
        with suppress(SystemExit):
            company()
    finally:
        post_save.disconnect(dies, sender=Company)

    assert (0, []) == (Company.objects.count(), told(host))


def test_the_last_event_decides_when_a_record_is_read(host: DjangoHost) -> None:
    """A request in autocommit builds its invoice in several commits: each puts the reading off."""
    made = invoice()
    (first,) = (row for row in rows(host) if row.ref.module == "Invoices")
    made.lines.create(place=0, quantity=Decimal(1), price=Decimal(1))
    (second,) = (row for row in rows(host) if row.ref.module == "Invoices")

    assert first.due_at < second.due_at
    assert "created" == second.kind


def test_within_a_transaction_its_own_changes_are_read(host: DjangoHost) -> None:
    """As in a TestCase of Django, which never commits; nothing is told twice."""
    with transaction.atomic():
        made = company()
        inside = told(host)
        again = told(host)
        made.save()
        later = told(host)
    key = str(made.pk)

    assert ([("Organizations", key, "created")], []) == (inside, again)
    assert ([("Organizations", key, "updated")], []) == (later, told(host))


def test_a_callback_after_the_commit_finds_the_row(host: DjangoHost) -> None:
    """The wake-up comes when the row is there, and not at all after a rollback."""
    seen: list[int] = []
    with transaction.atomic():
        company()
        host.on_commit(lambda: seen.append(len(rows(host))))
    with suppress(ZeroDivisionError), transaction.atomic():
        host.on_commit(lambda: seen.append(-1))
        raise ZeroDivisionError

    assert [1] == seen


# --- what is not seen, and found by the next sweep ------------------------------------------------


@pytest.mark.parametrize("how", ["update", "bulk_create", "bulk_update", "raw"])
def test_silent_paths_are_found_by_the_sweep(host: DjangoHost, how: str) -> None:
    """What sends no signal leaves no row; the next read of all has it."""
    made = Person.objects.create(last_name="Doe")
    told(host)
    if how == "update":
        Person.objects.update(last_name="Roe")
    elif how == "bulk_create":
        Person.objects.bulk_create([Person(last_name="Roe")])
    elif how == "bulk_update":
        made.last_name = "Roe"
        Person.objects.bulk_update([made], ["last_name"])
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE djangocrm_person SET last_name = 'Roe'")
    names = [r.values["last_name"] for r in host.changed_since("Contacts", None).records]

    assert ([], True) == (told(host), "Roe" in names)


def test_a_list_of_many_to_many_is_seen_where_it_matters(host: DjangoHost) -> None:
    """No field of the CRM shows the tags, so that a new one is no change."""
    made = company()
    told(host)
    made.tags.add(Tag.objects.create(word="good"))

    assert [] == told(host)


@pytest.mark.parametrize("field", [Field("words"), Field("tags", type="multi_choice")])
def test_a_list_that_a_field_shows_is_seen(host: DjangoHost, field: Field) -> None:
    """From either side, put in, taken out and emptied: a change of the record."""
    name = Field("name", role="organisation.name", required=True)
    companies = Module("Organizations", Company, role="organisation", fields=[name, field])
    tagged = DjangoHost(modules=[companies], base_currency="GBP")
    made, tag = company(), Tag.objects.create(word="good")
    mark = ("Organizations", str(made.pk), "updated")
    told(tagged)
    acts: list[Callable[[], object]] = [
        lambda: made.tags.add(tag),
        lambda: made.tags.remove(tag),
        lambda: tag.company_set.add(made),
        tag.company_set.clear,
        lambda: made.tags.set([tag]),
        made.tags.clear,
    ]
    seen = []
    for act in acts:
        act()
        seen.append(told(tagged))
    made.tags.add(tag)
    (record,) = tagged.get("Organizations", [str(made.pk)]).values()

    assert [[mark]] * len(acts) == seen
    assert record.values[field.attr] in ("good", [str(tag.pk)])


# --- what it costs --------------------------------------------------------------------------------


def test_a_save_costs_one_more_statement(host: DjangoHost) -> None:
    """INSERT, UPDATE and DELETE of a record each bring one statement, however often in one go."""
    made = company()
    told(host)
    insert = sent(lambda: company(name="Berta"))
    update = sent(made.save)

    def often() -> None:
        with transaction.atomic():
            for _ in range(3):
                made.save()

    thrice = sent(often)

    assert (2, 2, 4) == (len(insert), len(update), len(thrice))
    assert [1, 1, 1] == [
        sum("xt_outbox" in sql for sql in each) for each in (insert, update, thrice)
    ]


def test_an_invoice_with_its_lines_costs_one_more_statement(host: DjangoHost) -> None:
    """Head and lines in one transaction are one changed record."""
    owner = company()
    told(host)

    def save() -> None:
        with transaction.atomic():
            made = Invoice.objects.create(company=owner)
            for place in range(3):
                made.lines.create(place=place, quantity=Decimal(1), price=Decimal(1))

    assert 1 + 3 + 1 == len(sent(save))


def test_other_models_cost_nothing(host: DjangoHost) -> None:
    """A model that no module names is saved as without the library."""
    assert 1 == len(sent(lambda: Tag.objects.create(word="x")))


def test_two_hosts_of_one_process_note_a_save_once(host: DjangoHost) -> None:
    """The app and a command each make a host: one statement writes the outbox, one row is there."""
    other = make_host()
    company()
    told(host)
    seen = sent(company)

    assert 1 == sum("xt_outbox" in sql for sql in seen)
    assert [1] == [row.generation for row in rows(other)]


# --- what the library writes ----------------------------------------------------------------------


def test_the_models_own_save_makes_a_record(host: DjangoHost) -> None:
    """What save() adds is there, and the record is told as the library's own."""
    (result,) = host.save("Products", [Write({"name": "Nail"})], origin="xero")
    assert result.ref is not None

    assert "product" == Product.objects.get(pk=result.ref.id).kind
    assert ["xero"] == [row.origin for row in rows(host)]


def test_a_choice_is_held_to_its_entries(host: DjangoHost) -> None:
    """The database would take any word; the adapter takes those of the field."""
    (result,) = host.save("Organizations", [Write({"name": "A", "tier": "silver"})])
    assert result.problem is not None

    assert ("tier", 0) == (result.problem.field, Company.objects.count())


def test_a_batch_keeps_what_is_good(host: DjangoHost) -> None:
    """One row that the database refuses leaves the others done."""
    company(number="A1")
    writes = [Write({"name": "A", "number": number}) for number in ("A0", "A1", "A2")]
    results = host.save("Organizations", writes)

    assert [None, "conflict", None] == [r.problem and r.problem.code for r in results]
    assert {"A0", "A1", "A2"} == set(Company.objects.values_list("number", flat=True))


def test_a_reference_is_the_id_of_its_record(host: DjangoHost) -> None:
    """Read and found by the text of the key, whichever name the field has."""
    owner = company()
    person = Person.objects.create(last_name="Doe", company=owner)
    (found,) = host.find("Contacts", "company", str(owner.pk))

    assert (Ref("Contacts", str(person.pk)), str(owner.pk)) == (found.ref, found.values["company"])
