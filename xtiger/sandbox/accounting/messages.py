"""What the sandbox says when it refuses: Xero's own texts, and ours where Xero's is unknown."""

from __future__ import annotations

# --- texts of Xero, as published or seen; a test compares them with the collected list ----------

VALIDATION = "A validation exception occurred"
CONTACT_NAME_TAKEN = (
    "The contact name {Name} is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)
CONTACT_UNIDENTIFIED = (
    "The Contact must contain at least 1 of the following elements to identify the contact: "
    "Name, ContactID, ContactNumber"
)
CONTACT_MISSING = "A Contact must be specified for this type of transaction"
LINES_MISSING = "One or more line items must be specified"
STATUS_CREATION = "Invoice not of valid status for creation"
TYPE_CREATION = "Invoice not of valid type for creation"
STATUS_MODIFICATION = "Invoice not of valid status for modification"
HAS_PAYMENT = "This document cannot be edited as it has a payment or credit note allocated to it."
INVOICE_NUMBER_TAKEN = "Invoice # must be unique."
SENT_NOT_AUTHORISED = "Only AUTHORISED invoices may have SentToContact updated."
ACCOUNT_INVALID = "Account code '{code}' is not a valid code for this document."
ACCOUNT_ARCHIVED = "Account code '{code}' has been archived, or deleted. ..."
ACCOUNT_REMOVED = (
    "Account code ''{code}'' has been removed as it does not match a recognised account."
)
TAX_ACCOUNT_MISMATCH = "The TaxType code '{tax}' cannot be used with account code '{code}'."
TAX_UNKNOWN = (
    "The TaxType code {tax} does not exist or cannot be used for this type of transaction."
)
TAX_NOT_ACTIVE = "Tax rate must be Active"
PAYMENT_NOT_AUTHORISED = "Payments can only be made against Authorised documents"
PAYMENT_TOO_HIGH = "Payment amount exceeds the amount outstanding on this document"
PAYMENT_ACCOUNT_TYPE = "Account type is invalid for making a payment to/from"
PAYMENT_ACCOUNT_UNKNOWN = "Account could not be found"
ITEM_CODE_TAKEN = "Price List Item with Code '{code}' already exists"
ITEM_CODE_UNKNOWN = "Item code '{code}' is not valid"
ACCOUNT_NAME_TAKEN = "Please enter a unique Name."
ACCOUNT_CODE_TAKEN = "Please enter a unique Code."
DOCUMENT_TOTAL = "The document total does not equal the sum of the lines."
LINE_TOTAL = "The line total {given} does not match the expected line total {calc}"
DISCOUNT = "The discount rate '{x}' is invalid. Discount must not be greater than the line total."
EMAIL = "Email address must be valid."
PERSONS_NEED_EMAIL = (
    "Additional people cannot be added when the primary person has no email address set."
)
CONTACT_ARCHIVED_DOCUMENT = (
    "The contact with the specified contact details has been archived. "
    "The contact must be un-archived before creating new invoices or credit notes"
)
CONTACT_ARCHIVED = "archived contacts cannot currently be edited via the API"
PERIOD_LOCKED = "The document date cannot be before the period lock date, currently set at {date}"
YEAR_LOCKED = (
    "The document date cannot be before the end of year lock date, currently set at {date}"
)
CURRENCY = "Users Organisation is not subscribed to currency {CUR}"
INVOICE_UNKNOWN = "An existing Invoice with the specified InvoiceID could not be found"
CREDIT_NOTE_UNKNOWN = "An existing Credit Note with the specified CreditNoteID could not be found"
ORDER_NUMBER_TAKEN = "Order number must be unique"
ORDER_NOT_AUTHORISED = "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."
GROUP_COUNT = "You've reached the limit of 100 contact groups."
HISTORY_ID = "The document with the supplied id was not found for this endpoint."
NO_DATA = (
    "No data has been processed for this endpoint. "
    "This endpoint is expecting Invoice data to be specifed in the request body."
)
DATE = "The string '{x}' is not a valid AllXsd value."
NOT_IMPLEMENTED = "The Api Method called is not implemented"
NOT_FOUND = "The resource you're looking for cannot be found"
IDEMPOTENCY = "Idempotency Key ... is used with a different request"
TOKEN_EXPIRED = "TokenExpired: token expired at MM/DD/YYYY HH:MM:SS"  # noqa: S105 - a text
AUTHENTICATION = "AuthenticationUnsuccessful"
AUTHORIZATION = "AuthorizationUnsuccessful"

#: Of the texts above those that others report, or that are reported in several ways: no code should
#: compare with them.
REPORTED = frozenset(
    (
        "ACCOUNT_ARCHIVED",
        "ACCOUNT_CODE_TAKEN",
        "CONTACT_ARCHIVED",
        "HAS_PAYMENT",
        "IDEMPOTENCY",
        "INVOICE_UNKNOWN",
        "PAYMENT_ACCOUNT_TYPE",
        "PAYMENT_ACCOUNT_UNKNOWN",
        "TAX_NOT_ACTIVE",
        "TAX_UNKNOWN",
    )
)

# --- texts that others quote; docs/sandbox.md says how well each rule is known ----------------

QUOTED_RECONCILED = (
    "This Bank Transaction cannot be edited as it has been reconciled with a Bank Statement."
)

QUOTED_TOTAL = "The Total for this document must be greater than or equal to zero."
#: What Xero writes before it is not known.
QUOTED_QUANTITY = "Quantity must not be less than zero."
QUOTED_TINY_LINE = "Account must be valid."
QUOTED_ACCOUNT_NUMBER = "The Account Number already exists"

# --- our own words for rules whose text is not public -------------------------------------------

OWN_TOO_LONG = "{field} is longer than {limit} characters."
OWN_CONTACT_NAME = "A contact name must be given."
OWN_CONTACT_NAME_SIGNS = (
    "The contact name must not contain < or >, nor begin, end or repeat with spaces."
)
OWN_CONTACT_NUMBER_TAKEN = "The contact number {number} is already assigned to another contact."
OWN_CONTACT_UNKNOWN = "No contact has the ContactID that was given."
OWN_PERSONS = "A contact has at most 5 contact persons."
OWN_COUNTRY = "Country must consist of letters only."
OWN_ITEM_CODE = "An item Code must be given."
OWN_ITEM_UNKNOWN = "No item has the ItemID that was given."
OWN_ITEM_ACCOUNT = "Account code '{code}' cannot be used on an item."
OWN_INVENTORY_ACCOUNT = "InventoryAssetAccountCode must be an account of type INVENTORY."
OWN_COGS_ACCOUNT = "A tracked item needs PurchaseDetails.COGSAccountCode of type DIRECTCOSTS."
OWN_ACCOUNT_CODE = "An account Code must be given."
OWN_ACCOUNT_NAME = "An account Name must be given."
OWN_ACCOUNT_TYPE = "An account Type must be given."
OWN_BANK_NUMBER = "A bank account needs a BankAccountNumber."
OWN_SYSTEM_ACCOUNT = "System accounts cannot be changed or removed."
OWN_ACCOUNT_USED = "The account is in use and cannot be deleted; archive it instead."
OWN_ARCHIVE_ALONE = "An account is archived without any other change in the same request."
OWN_TAX_NAME = "A tax rate Name must be given."
OWN_TAX_NAME_TAKEN = "A tax rate with this Name exists already."
OWN_TAX_COMPONENTS = "A tax rate needs at least one component."
OWN_TAX_REPORT = "ReportTaxType must be given for this organisation."
OWN_TAX_NO_REPORT = "ReportTaxType must not be given for this organisation."
OWN_TAX_SYSTEM = "System tax rates cannot be changed."
OWN_TAX_COMPONENT_KEPT = "Components of a tax rate cannot be removed or renamed."
OWN_ONE_PER_REQUEST = "This endpoint takes one element per request."
OWN_DUE_DATE = "A DueDate must be given for this status."
OWN_NUMBER_SIGNS = "InvoiceNumber must consist of printable ASCII characters."
OWN_URL = "Url must be an absolute http address that does not contain the word xero."
OWN_LINE_DESCRIPTION = "A line item needs a Description."
OWN_LINE_ACCOUNT = "A line item needs an AccountCode for this status."
OWN_LINE_AMOUNT = "The amount of a line item is too large."
OWN_DISCOUNT_SALES = "Discounts are possible on sales documents only."
OWN_PAYMENT_AMOUNT = "The payment Amount must be greater than zero."
OWN_PAYMENT_DOCUMENT = "A payment must name the document that it pays."
OWN_PAYMENT_STATUS = "A payment can be deleted only, once and while it is not reconciled."
OWN_CURRENCY_CODE = "A currency Code of three letters must be given."
OWN_QUANTITY_ZERO = "A line item with a price needs a Quantity other than zero."
OWN_ROUNDING_LINE = "A line on the rounding account has no discount, item or tracking."
OWN_ITEM_PURCHASE_ACCOUNT = "A tracked item takes no PurchaseDetails.AccountCode."
OWN_QUANTITY = "The Quantity of a line item is too large."
OWN_CONNECTIONS = "Maximum number of organisations already connected by this app."
OWN_UNCERTIFIED = "This organisation has connected two apps that are not certified already."
OWN_FAULT = "Refused by a fault of the sandbox."
OWN_STOCK = "There is not enough stock of item '{code}' for this document."
OWN_ITEM_USED = "A tracked item that documents use cannot be deleted."
OWN_ITEM_TRACKED = "An item that documents use cannot become tracked, nor stop to be."
OWN_THEME = "No branding theme has the BrandingThemeID that was given."
OWN_EMAIL_STATUS = "Only a submitted or approved sales invoice can be sent by e-mail."
OWN_EMAIL_LIMIT = "The organisation has sent as many e-mails today as it may."
OWN_EMAIL_ADDRESS = "The contact has no e-mail address to send the invoice to."
OWN_HISTORY_DETAILS = "A history record needs Details."
OWN_FILE_NAME = 'A file name must not contain any of < > : " / \\ | ? * +'
OWN_FILE_EMPTY = "An attachment must not be empty."
OWN_FILE_SIZE = "An attachment must not be larger than 10 MB."
OWN_FILE_COUNT = "At most 10 files can be attached."
OWN_TRACKING_NAME = "A tracking category or option needs a Name."
OWN_TRACKING_TAKEN = "Another tracking category or option has this Name."
OWN_TRACKING_COUNT = "At most 2 tracking categories are active, and 4 exist in all."
OWN_TRACKING_USED = "A tracking category or option that documents use cannot be deleted."
OWN_TRACKING_UNKNOWN = "A line names a tracking category or option that is not active."
OWN_TRACKING_LINE = "A line has at most one option of each of 2 tracking categories."
OWN_GROUP_NAME = "A contact group needs a Name."
OWN_GROUP_TAKEN = "Another contact group has this Name."
OWN_CREDIT_TYPE = "A credit note is of Type ACCRECCREDIT or ACCPAYCREDIT."
OWN_CREDIT_NUMBER_TAKEN = "Another credit note has this CreditNoteNumber."
OWN_ALLOCATION_STATUS = "Credit and invoice must both be approved and open."
OWN_ALLOCATION_TYPE = "Credit of a sale goes to sales invoices, credit of a purchase to bills."
OWN_ALLOCATION_CONTACT = "Credit and invoice must be of the same contact."
OWN_ALLOCATION_CURRENCY = "Credit and invoice must be in the same currency."
OWN_ALLOCATION_CREDIT = "The amount must be above zero and at most the credit that is left."
OWN_ALLOCATION_DUE = "The amount is more than is due on the invoice."
OWN_PAYMENT_UNKNOWN = "No document has the id that was given."
OWN_PAYMENT_BATCH = "A payment of a batch is deleted with its batch only."
OWN_BATCH_NEEDS = "A batch payment needs an Account and Payments."
OWN_BATCH_SIDE = "A batch pays invoices only, and either sales invoices or bills."
OWN_BATCH_STATUS = "A batch payment can be deleted only, and once."
OWN_BANK_TYPE = "The Type of a bank transaction is RECEIVE or SPEND, or one on account of these."
OWN_BANK_STATUS = "Only an approved bank transaction can be changed."
OWN_BANK_FIXED = "Prepayments and overpayments cannot be changed or deleted through the API."
OWN_BANK_UNKNOWN = "No bank transaction has the BankTransactionID that was given."
OWN_BANK_ACCOUNT = "BankAccount must name an active account of type BANK."
OWN_BANK_LINE = "A line needs a Quantity above zero and a UnitAmount other than zero."
OWN_BANK_TOTAL = "The total of a bank transaction must be above zero."
OWN_BANK_TAX = "The TaxAmount of a bank transaction must be the one that Xero computes."
OWN_BANK_PLAIN_ONLY = "Reference and ItemCode are possible on RECEIVE and SPEND only."
OWN_OVERPAYMENT_LINE = "An overpayment has exactly one line, with a LineAmount and no AccountCode."
OWN_QUOTE_NEEDS = "A quote must be sent with its Contact and Date."
OWN_QUOTE_STATUS = "The Status of the quote does not allow this."
OWN_QUOTE_UNKNOWN = "No quote has the QuoteID that was given."
OWN_QUOTE_NUMBER_TAKEN = "Another quote has this QuoteNumber."
OWN_ORDER_STATUS = "The Status of the purchase order does not allow this."
OWN_ORDER_UNKNOWN = "No purchase order has the PurchaseOrderID that was given."
OWN_MULTICURRENCY = "The plan of this organisation has one currency only."
