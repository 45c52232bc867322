"""The names that models and columns have in real apps, and which of them leave no doubt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, however they are joined: unitPrice, unit_price, UnitPrice."""
    return tuple(part.lower() for part in _PARTS.findall(name))


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one meaning: `sure` says it alone, `likely` says it and is asked about."""

    sure: frozenset[str]
    likely: frozenset[str] = frozenset()


def _names(sure: str, likely: str = "") -> Names:
    return Names(_words(sure), _words(likely))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Role of a module → what models of it are called. Words that name something near it are in
#: NOT_THESE.
MODELS: Final[Mapping[str, Names]] = {
    "organisation": _names(
        "company customer client account organisation organization firm kunde client_company "
        "debitor debtor societe entreprise customer_account",
        "partner party business buyer member agency",
    ),
    "contact": _names(
        "contact contact_person person ansprechpartner interlocuteur customer_contact",
        "people representative attendee delegate",
    ),
    "product": _names(
        "product item article artikel produit good stock_item sku catalog_item",
        "part material merchandise goods ware",
    ),
    "service": _names(
        "service leistung prestation service_item", "labour labor activity work task job"
    ),
    "invoice": _names(
        "invoice sales_invoice customer_invoice rechnung ausgangsrechnung facture bill",
        "statement charge document sale billing order sales_order",
    ),
    "payment": _names(
        "payment receipt zahlung zahlungseingang paiement reglement encaissement invoice_payment "
        "customer_payment",
        "transfer deposit transaction",
    ),
}
#: Words of models that look like an invoice or a customer and are another thing.
NOT_THESE: Final[Mapping[str, frozenset[str]]] = {
    "invoice": _words(
        "quote quotation estimate offer tender angebot devis proposal purchase supplier vendor "
        "credit cart basket requisition shipment delivery consignment subscription template "
        "recurring draft return refund"
    ),
    "organisation": _words(
        "supplier vendor manufacturer lieferant fournisseur user staff employee"
    ),
    "contact": _words("user staff employee login admin"),
    "payment": _words("refund payout salary reminder dunning term method"),
    "product": _words("category tag image price stock review"),
    "service": _words("category request ticket"),
}

_EMAIL: Final = _names("email mail e_mail email_address mail_address courriel", "mailbox contact")
_PHONE: Final = _names(
    "phone telephone tel phone_number telephone_number telefon telephone_1 phone_1 work_phone",
    "direct_line line landline",
)
_MOBILE: Final = _names("mobile mobile_phone mobile_number cell_phone handy portable", "cell gsm")
_CODE: Final = _names(
    "code sku item_code product_code service_code article_number article_no artikelnummer "
    "part_number part_no item_number",
    "stock_code short_code reference ref number no barcode key slug",
)
_TITLE: Final = _names(
    "name product_name item_name service_name",
    "title label designation caption bezeichnung libelle nom heading",
)
_ACCOUNT: Final = "account account_code ledger ledger_account gl_account gl_code nominal"
_DISCOUNT_PERCENT: Final = _names(
    "discount_percent discount_percentage discount_pct discount_rate rabatt_prozent",
    "rebate_pct rebate_percent discount rabatt remise rebate",
)
_DISCOUNT_AMOUNT: Final = _names("discount_amount discount_total", "rebate_amount discount_value")

_ADDRESS: Final[Mapping[str, Names]] = {
    "street": _names(
        "street street_address address_line address_line_1 address_1 line_1 strasse rue adresse",
        "address thoroughfare road anschrift addr street_1",
    ),
    "city": _names("city town ort stadt ville", "municipality locality suburb place"),
    "region": _names("region county province bundesland", "state district departement"),
    "postal_code": _names("postal_code postcode post_code zip zip_code plz code_postal"),
    "country": _names("country country_code country_name pays", "land nation"),
    "attention": _names("attention attn", "care_of"),
}


def _item() -> dict[str, Names]:
    return {
        "name": _TITLE,
        "code": _CODE,
        "description": _names(
            "description long_description beschreibung", "details text note summary"
        ),
        "sales_price": _names(
            "price sales_price sale_price selling_price unit_price preis prix verkaufspreis "
            "prix_vente price_net net_price",
            "list_price hourly_rate rate price_each day_rate retail_price",
        ),
        "purchase_price": _names(
            "purchase_price cost_price buying_price einkaufspreis prix_achat",
            "cost landed_cost unit_cost standard_cost",
        ),
        "sales_account": _names(
            "sales_account revenue_account income_account sales_account_code",
            f"{_ACCOUNT} sales_ledger erloeskonto",
        ),
        "purchase_account": _names(
            "purchase_account expense_account purchase_account_code", "cost_account cost_ledger"
        ),
        "sales_tax": _names(
            "sales_tax sales_tax_rate", "tax vat gst tax_rate vat_rate gst_rate tax_code vat_code"
        ),
        "active": _names("active is_active enabled is_enabled", "on_sale available sellable"),
    }


#: Role → what its column is called. The name of the module before it is left out:
#: invoice_number is number.
COLUMNS: Final[Mapping[str, Names]] = {
    "organisation.name": _names(
        "name company_name legal_name business_name organisation_name organization_name "
        "raison_sociale firmenname",
        "trading_name display_name title company firm firma caption label nom moniker",
    ),
    "organisation.number": _names(
        "number account_number customer_number client_number account_no customer_no no "
        "kundennummer numero",
        "ledger_no ledger_number code ref reference debitor_no",
    ),
    "organisation.email": _names(f"{' '.join(_EMAIL.sure)} billing_email invoice_email", "mailbox"),
    "organisation.phone": _PHONE,
    "organisation.mobile": _MOBILE,
    "organisation.fax": _names("fax fax_number telefax"),
    "organisation.website": _names("website web_site", "url web homepage site www"),
    "organisation.tax_number": _names(
        "tax_number vat_number vat_id vat_no tax_id gst_number gst_no ustid ust_id vat_reg_no "
        "numero_tva",
        "vat_ident vat tax_no tin abn tax_identifier",
    ),
    "organisation.company_number": _names(
        "company_number registration_number company_no siren siret handelsregister",
        "register_no registration_no reg_no registry_no",
    ),
    "organisation.type": _names("customer_type account_type", "type kind relationship"),
    **{
        f"organisation.{kind}.{part}": names
        for kind in ("billing", "shipping")
        for part, names in _ADDRESS.items()
    },
    "contact.first_name": _names("first_name firstname given_name forename vorname prenom"),
    "contact.last_name": _names(
        "last_name lastname surname family_name nachname nom_de_famille", "name full_name nom"
    ),
    "contact.number": _names("number contact_number no"),
    "contact.email": _EMAIL,
    "contact.phone": _PHONE,
    "contact.mobile": _MOBILE,
    **{f"product.{name}": names for name, names in _item().items()},
    **{f"service.{name}": names for name, names in _item().items()},
    "invoice.number": _names(
        "number no invoice_number invoice_no rechnungsnummer belegnummer numero document_number",
        "doc_no document_no code name",
    ),
    "invoice.reference": _names(
        "reference customer_reference your_reference po_number", "ref your_ref subject title"
    ),
    "invoice.date": _names(
        "date invoice_date issue_date issued issued_on issued_at rechnungsdatum date_facture "
        "document_date",
        "raised_on day datum dated billed_on",
    ),
    "invoice.due_date": _names(
        "due due_date due_on due_at payment_due date_due faelligkeit faellig_am date_echeance",
        "payable_by pay_by echeance expires_on",
    ),
    "invoice.status": _names("status invoice_status", "state stage phase etat statut"),
    "invoice.currency": _names("currency currency_code waehrung devise"),
    "invoice.rate": _names("exchange_rate fx_rate currency_rate", "rate"),
    "invoice.tax_mode": _names("tax_mode"),
    "invoice.net": _names(
        "subtotal sub_total net_total total_net net_amount total_excl_tax total_excl_vat "
        "total_ex_vat total_ht nettobetrag gesamtbetrag_netto total_before_tax",
        "net netto amount_net untaxed_amount taxable_amount",
    ),
    "invoice.tax": _names(
        "tax_amount vat_amount gst_amount total_tax tax_total total_vat vat_total total_gst "
        "steuerbetrag mwst_betrag montant_tva",
        "tax vat gst mwst tva",
    ),
    "invoice.total": _names(
        "total_gross gross_total grand_total total_incl_gst total_incl_vat total_incl_tax "
        "total_inc_vat total_with_tax gesamtbetrag_brutto total_ttc gross_amount total_amount",
        "total amount brutto gross amount_total",
    ),
    "invoice.discount_percent": _DISCOUNT_PERCENT,
    "invoice.discount_amount": _DISCOUNT_AMOUNT,
    "invoice.charges": _names(
        "shipping_cost shipping_charge shipping_fee delivery_charge freight versandkosten "
        "frais_de_port",
        "shipping carriage postage handling",
    ),
    "invoice.adjustment": _names("adjustment", "rounding round_off"),
    "invoice.deducted_tax": _names("deducted_tax withholding_tax withheld_tax", "withheld"),
    "invoice.received": _names(
        "received amount_paid paid_amount total_paid amount_received", "paid settled"
    ),
    "invoice.credited": _names("credited amount_credited credit_applied credits_applied", ""),
    "invoice.balance": _names(
        "balance amount_due balance_due open_amount amount_open", "outstanding remaining"
    ),
    "line.name": _names("name item_name product_name", "title label"),
    "line.description": _names(
        "description line_description beschreibung", "text narrative details memo item"
    ),
    "line.quantity": _names("quantity qty menge anzahl quantite", "units count hours pieces"),
    "line.unit_price": _names(
        "unit_price price price_net net_price einzelpreis prix_unitaire",
        "price_each rate unit_cost preis prix each",
    ),
    "line.discount_percent": _DISCOUNT_PERCENT,
    "line.discount_amount": _DISCOUNT_AMOUNT,
    "line.tax_rate": _names(
        "tax_rate vat_rate gst_rate tax_percent vat_percent gst_percent tax_percentage "
        "vat_percentage mwst_satz taux_tva",
        "vat gst tax vat_pct tax_pct mwst tva",
    ),
    "line.tax_name": _names("tax_name", "tax_code vat_code tax_type vat tax gst"),
    "line.taxes": _names("taxes"),
    "line.account": _names("account_code sales_account gl_account", "account ledger gl_code"),
    "line.tax": _names("tax_amount vat_amount gst_amount line_tax steuerbetrag montant_tva"),
    "line.total": _names(
        "total_net net_total net_amount",
        # With tax or without, who knows.
        "line_total total amount net row_net row_total sum",
    ),
    "payment.number": _names("number payment_number no", "receipt_no"),
    "payment.date": _names(
        "date payment_date paid_at paid_on date_paid received_on received_at zahlungsdatum "
        "date_paiement",
        "value_date booked_on day datum",
    ),
    "payment.amount": _names("amount amount_paid paid_amount betrag montant", "sum value total"),
    "payment.status": _names("status payment_status", "state phase"),
    "payment.mode": _names(
        "mode method payment_method payment_mode zahlungsart mode_paiement", "kind channel"
    ),
    "payment.account": _names("bank_account bank_account_code", "account bank"),
    "payment.reference": _names("reference payment_reference", "ref memo note text"),
    "xtiger.allow_sync": _names("xero_sync allow_xero_sync sync_to_xero", "sync allow_sync"),
    "xtiger.status": _names("xero_status"),
    "xtiger.invoice_type": _names("xero_type xero_invoice_type"),
}
#: Words with which a rate is one of tax, and none of exchange.
TAXES: Final = frozenset({"tax", "vat", "gst", "mwst", "tva", "ust", "discount"})
#: Words of what is no amount.
RATES: Final = frozenset({"rate", "percent", "percentage", "pct", "satz", "code", "number", "id"})
#: Before the part of an address: whose it is.
ADDRESS_KINDS: Final[Mapping[str, str]] = {
    "billing": "billing",
    "bill": "billing",
    "invoice": "billing",
    "postal": "billing",
    "shipping": "shipping",
    "ship": "shipping",
    "delivery": "shipping",
}
#: Columns that a CRM moves on each save, those set when a user deletes, counters, places of lines.
MODIFIED: Final = _names(
    "updated_at modified modified_at changed changed_at last_modified updated updated_on "
    "date_modified write_date geaendert_am modified_on",
    "touched_at edited_at amended_at",
)
DELETED: Final = _names(
    "deleted_at is_deleted deleted deleted_on date_deleted", "removed_at removed archived_at"
)
VERSION: Final = _names("version lock_version row_version", "revision")
ORDER: Final = _names("position sort_order line_number line_no ordering", "place seq sequence sort")
