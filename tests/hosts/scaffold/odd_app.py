"""A trading firm's app of thirty models with names of its own, for which an adapter is guessed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Day = date


class Base(DeclarativeBase):
    """What all models have."""

    ident: Mapped[int] = mapped_column(primary_key=True)
    amended_at: Mapped[datetime | None]


def _to(table: str) -> Mapped[int]:
    return mapped_column(sa.ForeignKey(f"{table}.ident"))


class Patron(Base):
    """A firm that buys."""

    __tablename__ = "patron"
    trading_name: Mapped[str]
    ledger_no: Mapped[str | None]
    mailbox: Mapped[str | None]
    telephone: Mapped[str | None]
    cell: Mapped[str | None]
    homepage: Mapped[str | None]
    vat_ident: Mapped[str | None]
    register_no: Mapped[str | None]
    thoroughfare: Mapped[str | None]
    municipality: Mapped[str | None]
    zip: Mapped[str | None]
    land: Mapped[str | None]
    drop_street: Mapped[str | None]
    drop_town: Mapped[str | None]
    standing: Mapped[str | None]
    credit_ceiling: Mapped[Decimal | None]
    territory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("territory.ident"))
    removed_at: Mapped[datetime | None]


class Emissary(Base):
    """A person who speaks for a patron."""

    __tablename__ = "emissary"
    given_name: Mapped[str]
    family_name: Mapped[str]
    honorific: Mapped[str | None]
    mailbox: Mapped[str | None]
    direct_line: Mapped[str | None]
    cell: Mapped[str | None]
    patron_id: Mapped[int] = _to("patron")
    patron: Mapped[Patron] = relationship()


class Ware(Base):
    """Something on the shelf."""

    __tablename__ = "ware"
    stock_code: Mapped[str]
    designation: Mapped[str]
    blurb: Mapped[str | None] = mapped_column(sa.Text)
    list_price: Mapped[Decimal]
    landed_cost: Mapped[Decimal | None]
    sales_ledger: Mapped[str | None]
    weight: Mapped[Decimal | None]
    on_sale: Mapped[bool]


class Labour(Base):
    """Work that is charged by the hour."""

    __tablename__ = "labour"
    short_code: Mapped[str]
    designation: Mapped[str]
    hourly_rate: Mapped[Decimal]


class Docket(Base):
    """What is sent to a patron to be paid."""

    __tablename__ = "docket"
    docket_no: Mapped[str]
    patron_id: Mapped[int] = _to("patron")
    emissary_id: Mapped[int | None] = mapped_column(sa.ForeignKey("emissary.ident"))
    your_ref: Mapped[str | None]
    raised_on: Mapped[Day]
    payable_by: Mapped[Day | None]
    printed_at: Mapped[datetime | None]
    phase: Mapped[str]
    currency: Mapped[str]
    net_sum: Mapped[Decimal]
    vat_sum: Mapped[Decimal]
    grand_total: Mapped[Decimal]
    rebate_pct: Mapped[Decimal | None]
    carriage: Mapped[Decimal | None]
    settled: Mapped[Decimal]
    outstanding: Mapped[Decimal]
    patron: Mapped[Patron] = relationship()
    rows: Mapped[list[DocketRow]] = relationship(cascade="all, delete-orphan")


class DocketRow(Base):
    """One row of a docket."""

    __tablename__ = "docket_row"
    docket_id: Mapped[int] = _to("docket")
    seq: Mapped[int]
    ware_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ware.ident"))
    labour_id: Mapped[int | None] = mapped_column(sa.ForeignKey("labour.ident"))
    narrative: Mapped[str]
    units: Mapped[Decimal]
    price_each: Mapped[Decimal]
    rebate_pct: Mapped[Decimal | None]
    vat_pct: Mapped[Decimal]
    vat_code: Mapped[str | None]
    row_net: Mapped[Decimal]
    ware: Mapped[Ware | None] = relationship()
    labour: Mapped[Labour | None] = relationship()


class Remittance(Base):
    """Money that came in for a docket."""

    __tablename__ = "remittance"
    docket_id: Mapped[int] = _to("docket")
    value_date: Mapped[Day]
    sum_received: Mapped[Decimal]
    means: Mapped[str | None]
    bank_text: Mapped[str | None]
    docket: Mapped[Docket] = relationship()


class Tender(Base):
    """An offer to a patron; it looks much like a docket."""

    __tablename__ = "tender"
    tender_no: Mapped[str]
    patron_id: Mapped[int] = _to("patron")
    offered_on: Mapped[Day]
    good_until: Mapped[Day | None]
    phase: Mapped[str]
    grand_total: Mapped[Decimal]
    rows: Mapped[list[TenderRow]] = relationship()


class TenderRow(Base):
    """One row of a tender."""

    __tablename__ = "tender_row"
    tender_id: Mapped[int] = _to("tender")
    ware_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ware.ident"))
    narrative: Mapped[str]
    units: Mapped[Decimal]
    price_each: Mapped[Decimal]


class Mill(Base):
    """A firm that makes wares, and is bought from."""

    __tablename__ = "mill"
    trading_name: Mapped[str]
    mailbox: Mapped[str | None]
    vat_ident: Mapped[str | None]


class Requisition(Base):
    """What is ordered from a mill."""

    __tablename__ = "requisition"
    requisition_no: Mapped[str]
    mill_id: Mapped[int] = _to("mill")
    placed_on: Mapped[Day]
    rows: Mapped[list[RequisitionRow]] = relationship()


class RequisitionRow(Base):
    """One row of a requisition."""

    __tablename__ = "requisition_row"
    requisition_id: Mapped[int] = _to("requisition")
    ware_id: Mapped[int] = _to("ware")
    units: Mapped[Decimal]
    cost_each: Mapped[Decimal]


class Depot(Base):
    """Where wares lie."""

    __tablename__ = "depot"
    name: Mapped[str]
    thoroughfare: Mapped[str | None]


class Holding(Base):
    """How much of a ware lies in a depot."""

    __tablename__ = "holding"
    depot_id: Mapped[int] = _to("depot")
    ware_id: Mapped[int] = _to("ware")
    units: Mapped[Decimal]


class Consignment(Base):
    """What leaves a depot for a docket."""

    __tablename__ = "consignment"
    docket_id: Mapped[int] = _to("docket")
    depot_id: Mapped[int] = _to("depot")
    sent_on: Mapped[Day | None]
    waybill: Mapped[str | None]


class ConsignmentRow(Base):
    """One ware of a consignment."""

    __tablename__ = "consignment_row"
    consignment_id: Mapped[int] = _to("consignment")
    ware_id: Mapped[int] = _to("ware")
    units: Mapped[Decimal]


class Nudge(Base):
    """A reminder that a docket is late."""

    __tablename__ = "nudge"
    docket_id: Mapped[int] = _to("docket")
    sent_on: Mapped[Day]
    level: Mapped[int]
    fee: Mapped[Decimal | None]


class Territory(Base):
    """A part of the country with a seller."""

    __tablename__ = "territory"
    name: Mapped[str]
    minder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("minder.ident"))


class Minder(Base):
    """A user of the app."""

    __tablename__ = "minder"
    login: Mapped[str]
    given_name: Mapped[str]
    family_name: Mapped[str]
    mailbox: Mapped[str]
    pass_hash: Mapped[str]


class Duty(Base):
    """What a user may do."""

    __tablename__ = "duty"
    name: Mapped[str]


class MinderDuty(Base):
    """Which user has which duty."""

    __tablename__ = "minder_duty"
    minder_id: Mapped[int] = _to("minder")
    duty_id: Mapped[int] = _to("duty")


class Levy(Base):
    """A rate of tax."""

    __tablename__ = "levy"
    code: Mapped[str]
    percent: Mapped[Decimal]


class Tariff(Base):
    """A list of prices."""

    __tablename__ = "tariff"
    name: Mapped[str]
    starts_on: Mapped[Day | None]


class TariffRow(Base):
    """The price of a ware in a list."""

    __tablename__ = "tariff_row"
    tariff_id: Mapped[int] = _to("tariff")
    ware_id: Mapped[int] = _to("ware")
    price: Mapped[Decimal]


class Pursuit(Base):
    """Business that may come."""

    __tablename__ = "pursuit"
    patron_id: Mapped[int | None] = mapped_column(sa.ForeignKey("patron.ident"))
    title: Mapped[str]
    worth: Mapped[Decimal | None]
    phase: Mapped[str]


class Mission(Base):
    """A campaign."""

    __tablename__ = "mission"
    name: Mapped[str]
    budget: Mapped[Decimal | None]


class Grievance(Base):
    """Something that a patron is unhappy about."""

    __tablename__ = "grievance"
    patron_id: Mapped[int] = _to("patron")
    subject: Mapped[str]
    phase: Mapped[str]


class Jotting(Base):
    """A note on a patron."""

    __tablename__ = "jotting"
    patron_id: Mapped[int] = _to("patron")
    body: Mapped[str] = mapped_column(sa.Text)


class Enclosure(Base):
    """A file."""

    __tablename__ = "enclosure"
    jotting_id: Mapped[int] = _to("jotting")
    path: Mapped[str]


class Trace(Base):
    """Who did what."""

    __tablename__ = "trace"
    minder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("minder.ident"))
    what: Mapped[str]
    happened_at: Mapped[datetime]


#: Role of the module → its model: what somebody who knows the app would write.
MODULES = {
    "organisation": "Patron",
    "contact": "Emissary",
    "product": "Ware",
    "service": "Labour",
    "invoice": "Docket",
    "payment": "Remittance",
}
#: Role → (model, attribute), likewise.
ROLES = {
    "organisation.name": "Patron.trading_name",
    "organisation.number": "Patron.ledger_no",
    "organisation.email": "Patron.mailbox",
    "organisation.phone": "Patron.telephone",
    "organisation.mobile": "Patron.cell",
    "organisation.website": "Patron.homepage",
    "organisation.tax_number": "Patron.vat_ident",
    "organisation.company_number": "Patron.register_no",
    "organisation.billing.street": "Patron.thoroughfare",
    "organisation.billing.city": "Patron.municipality",
    "organisation.billing.postal_code": "Patron.zip",
    "organisation.billing.country": "Patron.land",
    "organisation.shipping.street": "Patron.drop_street",
    "organisation.shipping.city": "Patron.drop_town",
    "contact.first_name": "Emissary.given_name",
    "contact.last_name": "Emissary.family_name",
    "contact.email": "Emissary.mailbox",
    "contact.phone": "Emissary.direct_line",
    "contact.mobile": "Emissary.cell",
    "contact.organisation": "Emissary.patron",
    "product.code": "Ware.stock_code",
    "product.name": "Ware.designation",
    "product.description": "Ware.blurb",
    "product.sales_price": "Ware.list_price",
    "product.purchase_price": "Ware.landed_cost",
    "product.sales_account": "Ware.sales_ledger",
    "product.active": "Ware.on_sale",
    "service.code": "Labour.short_code",
    "service.name": "Labour.designation",
    "service.sales_price": "Labour.hourly_rate",
    "invoice.number": "Docket.docket_no",
    "invoice.organisation": "Docket.patron",
    "invoice.contact": "Docket.emissary_id",
    "invoice.reference": "Docket.your_ref",
    "invoice.date": "Docket.raised_on",
    "invoice.due_date": "Docket.payable_by",
    "invoice.status": "Docket.phase",
    "invoice.currency": "Docket.currency",
    "invoice.total": "Docket.grand_total",
    "invoice.discount_percent": "Docket.rebate_pct",
    "invoice.charges": "Docket.carriage",
    "invoice.received": "Docket.settled",
    "invoice.balance": "Docket.outstanding",
    "line.product": "DocketRow.ware",
    "line.service": "DocketRow.labour",
    "line.description": "DocketRow.narrative",
    "line.quantity": "DocketRow.units",
    "line.unit_price": "DocketRow.price_each",
    "line.discount_percent": "DocketRow.rebate_pct",
    "line.tax_rate": "DocketRow.vat_pct",
    "line.tax_name": "DocketRow.vat_code",
    "line.total": "DocketRow.row_net",
    "payment.invoice": "Remittance.docket",
    "payment.date": "Remittance.value_date",
    "payment.amount": "Remittance.sum_received",
    "payment.mode": "Remittance.means",
    "payment.reference": "Remittance.bank_text",
}
