"""The organisation itself, and what its user may do."""

from __future__ import annotations

from xtiger.sandbox.accounting.envelope import Answer, day_text, enveloped, stamp_text
from xtiger.sandbox.accounting.kinds import Context
from xtiger.sandbox.accounting.lists.countries import Country
from xtiger.sandbox.state import Raw

_ACTIONS = (
    "AttachFilesIntoInvoice",
    "CreateApprovedBill",
    "CreateApprovedInvoice",
    "CreateApprovedPurchaseOrder",
    "CreateDraftBill",
    "CreateDraftInvoice",
    "CreateDraftPurchaseOrder",
    "CreateDraftQuote",
    "CreateInvoicePayment",
    "CreateRepeatingBill",
    "CreateRepeatingInvoice",
    "CreateSentQuote",
    "UseMulticurrency",
)
#: Settings of the sandbox that are kept with the organisation and never shown.
_OWN = ("NotAllowed", "ApprovalStatus", "Country")


def fresh(organisation_id: str, name: str, country: Country, currency: str) -> Raw:
    """Return a new organisation, without what is its own: short code and creation."""
    day, month = country.year_end
    made = {
        "OrganisationID": organisation_id,
        "Name": name,
        "LegalName": name,
        "PaysTax": True,
        "Version": country.version,
        "OrganisationType": "COMPANY",
        "BaseCurrency": currency,
        "CountryCode": country.code,
        "IsDemoCompany": False,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": day,
        "FinancialYearEndMonth": month,
        "SalesTaxBasis": country.basis,
        "SalesTaxPeriod": country.period,
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "OrganisationEntityType": "COMPANY",
        "Timezone": country.timezone,
        "Edition": "BUSINESS",
        "Class": "ULTIMATE",
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }
    return made | ({"TaxNumber": "GB123456789"} if country.code == "GB" else {})


def read(context: Context) -> Answer:
    """Answer GET /Organisation; lock dates are there only when set."""
    raw = {name: value for name, value in context.organisation.items() if name not in _OWN}
    raw["CreatedDateUTC"] = stamp_text(raw["CreatedDateUTC"])
    for name in ("PeriodLockDate", "EndOfYearLockDate"):
        if raw.get(name):
            raw[name] = day_text(raw[name])
        else:
            raw.pop(name, None)
    return enveloped(context.new_id, context.now, {"Organisations": [raw]})


def actions(context: Context) -> Answer:
    """Answer GET /Organisation/Actions."""
    rows = [
        {"Name": name, "Status": "ALLOWED" if context.allows(name) else "NOT-ALLOWED"}
        for name in _ACTIONS
    ]
    return enveloped(context.new_id, context.now, {"Actions": rows})
