"""The names of all that the store keeps by name: what each holds, in what shape, and who by.

The store takes only these types, so that no name is spelled anywhere else. An extension makes
names of its own with the same types, under a prefix that is its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NewType, TypeAlias

from xtiger.model.values import Plain

#: The name of one value of the installation.
SettingKey = NewType("SettingKey", str)
#: What a run announced for the CRM and did not close: the values that hold it, by their names.
UnderWay: TypeAlias = "Mapping[SettingKey, Plain]"
#: What the names of a group of the installation's values begin with.
SettingGroup = NewType("SettingGroup", str)
#: The name of one value of a tenant.
TenantKey = NewType("TenantKey", str)
#: What the names of a group of a tenant's values begin with.
TenantGroup = NewType("TenantGroup", str)
#: The name of one value that processes change in turns.
StateKey = NewType("StateKey", str)
#: The name of what only one process may do at a time.
LeaseKey = NewType("LeaseKey", str)
#: The name of a place that a reader of a connection got to.
CursorKey = NewType("CursorKey", str)

# --- of the installation ---------------------------------------------------------------------

#: The moment at which a worker or a timer of the CRM last looked at what is due; by due_work.
TICKED_AT = SettingKey("ticked_at")
#: The moment at which the last row whose time was over had left the store; by dropping_old.
DROPPED_OLD_AT = SettingKey("dropped_old_at")
#: By which service that was: a ServiceName; by due_work.
TICKED_BY = SettingKey("ticked_by")
#: Which service was chosen to do the work: `name`, `by`, `at`; by services.syncing.service.
SERVICE = SettingKey("service")
#: The app at Xero as it was typed in: `client_id`, `secret` encrypted or "",
#: `xtid` or "", `by`, `at`; by services.xero_app.
XERO_APP = SettingKey("xero_app")
#: The signing keys of webhooks as they were typed in: `keys` encrypted, `by`, `at`; by
#: services.webhook_keys.
WEBHOOK_KEYS = SettingKey("webhook_keys")
#: The choices of an administrator for each extension; by `extensions.choices`.
EXTENSIONS = SettingGroup("extension:")


def extension(name: str) -> SettingKey:
    """What was chosen for an extension: the fields of `Choice`; None to begin anew."""
    return SettingKey(EXTENSIONS + name)


def extension_name(key: SettingKey) -> str:
    """The extension whose choice stands under this name."""
    return key.removeprefix(EXTENSIONS)


def identity_runs(identity: str) -> SettingKey:
    """How many runs a CRM of this identity had: the fields of `Counted`; by services.identities."""
    return SettingKey(f"identity_runs:{identity}")


def forgotten(connection_id: str) -> SettingKey:
    """The moment at which the links of a connection were forgotten; by services.identities."""
    return SettingKey(f"forgotten:{connection_id}")


def requests_to_send(connection_id: str) -> SettingGroup:
    """What people asked to send in a connection and still waits; by services.sending."""
    return SettingGroup(f"asked:{connection_id}:")


def request_to_send(connection_id: str, module: str, crm_id: str) -> SettingKey:
    """One of these: module, crm_id, moments `at` and `due`, `why` it waits, whether `queued`,
    and whether it is compared `anew`.
    """
    return SettingKey(f"{requests_to_send(connection_id)}{module}:{crm_id}")


def connected_by(connection_id: str) -> SettingKey:
    """Who connected an organisation last, and when: `by`, `at`; by services.connections."""
    return SettingKey(f"connected_by:{connection_id}")


def start_answers(connection_id: str) -> SettingKey:
    """What was answered at the start of a connection: the fields of `StartAnswers`."""
    return SettingKey(f"start:{connection_id}")


def approving_released(connection_id: str) -> SettingKey:
    """CRM ids of the drafts that were to be approved as approving was released; by services.start.

    The brake does not stop their approving: who released it was shown how many they are.
    """
    return SettingKey(f"approving_released:{connection_id}")


def sync_asked(connection_id: str) -> SettingKey:
    """The last request to plan or sync in the background: the fields of `AskedSync`."""
    return SettingKey(f"sync_asked:{connection_id}")


def sync_cancelled(connection_id: str) -> SettingKey:
    """The id of the request that a person cancelled; by services.asked_syncs."""
    return SettingKey(f"sync_cancelled:{connection_id}")


def sync_plan(connection_id: str) -> SettingKey:
    """The last plan that was made in the background: the fields of `KeptPlan`."""
    return SettingKey(f"sync_plan:{connection_id}")


def historical_sync(connection_id: str) -> SettingKey:
    """The last historical sync of a connection: the fields of `HistoricalSync`."""
    return SettingKey(f"historical:{connection_id}")


def historical_records(connection_id: str) -> SettingKey:
    """The ids of its records in their order, a list; by services.syncing.historical."""
    return SettingKey(f"historical_records:{connection_id}")


def kept_proof(connection_id: str) -> SettingKey:
    """What the last proof found to differ: the fields of `KeptProof`; by services.proof."""
    return SettingKey(f"proof:{connection_id}")


def overdue_looked(connection_id: str) -> SettingKey:
    """The day of the last look for overdue invoices, and of the first: `day`, `since`; by
    services.syncing.noticing.
    """
    return SettingKey(f"overdue_looked:{connection_id}")


def histories_looked(connection_id: str) -> SettingKey:
    """The day on which histories were last read to see what was opened; by services.invoices."""
    return SettingKey(f"histories_looked:{connection_id}")


def create_anyway(connection_id: str, module: str, crm_id: str) -> SettingKey:
    """True where a person said that a CRM record is a new one in Xero; by services.links."""
    return SettingKey(f"create_anyway:{connection_id}:{module}:{crm_id}")


def twin_answers(connection_id: str, module: str) -> SettingGroup:
    """What people answered about records of a module that look alike; by services.matching."""
    return SettingGroup(f"twin_answer:{connection_id}:{module}:")


def twin_answer(connection_id: str, module: str, both: str) -> SettingKey:
    """One of these, of the two records that a digest names: the fields of `AnsweredTwins`."""
    return SettingKey(f"{twin_answers(connection_id, module)}{both}")


def credit_notes(connection_id: str, module: str) -> SettingGroup:
    """The records of a module that a person wants in Xero as credit notes; by services.credit."""
    return SettingGroup(f"credit_note:{connection_id}:{module}:")


def credit_note(connection_id: str, module: str, crm_id: str) -> SettingKey:
    """True for one of these."""
    return SettingKey(f"{credit_notes(connection_id, module)}{crm_id}")


def credits_of_invoices(connection_id: str, module: str) -> SettingGroup:
    """What was credited of invoices whose amounts Xero keeps; by apply.difference_push."""
    return SettingGroup(f"credited:{connection_id}:{module}:")


def credit_of_invoice(connection_id: str, module: str, crm_id: str) -> SettingKey:
    """Of one of these: the fields of `Credited`."""
    return SettingKey(f"{credits_of_invoices(connection_id, module)}{crm_id}")


def documents_due(connection_id: str, module: str) -> SettingGroup:
    """The records of a module whose own document is to be attached in Xero; by apply.attaching."""
    return SettingGroup(f"document_due:{connection_id}:{module}:")


def document_due(connection_id: str, module: str, crm_id: str) -> SettingKey:
    """One of these: the name of the file that was sent without an answer, or ""."""
    return SettingKey(f"{documents_due(connection_id, module)}{crm_id}")


def documents_refused(connection_id: str, module: str) -> SettingGroup:
    """The records of a module of whose document Xero refused the file; by apply.invoice_push."""
    return SettingGroup(f"document_refused:{connection_id}:{module}:")


def document_refused(connection_id: str, module: str, crm_id: str) -> SettingKey:
    """One of these: the digest of what was refused, and what Xero said."""
    return SettingKey(f"{documents_refused(connection_id, module)}{crm_id}")


def record_in(group: SettingGroup, key: SettingKey) -> str:
    """The CRM id of the record that a key of this group is for."""
    return key.removeprefix(group)


def all_recreated(connection_id: str) -> SettingGroup:
    """The counts of `recreated` of a connection."""
    return SettingGroup(f"made_again:{connection_id}:")


def recreated(connection_id: str, kind: str, xero_id: str) -> SettingKey:
    """How often a person had the deleted CRM record of a Xero record made again; by conflicts."""
    return SettingKey(f"{all_recreated(connection_id)}{kind}:{xero_id}")


def taxes_brought(connection_id: str) -> SettingKey:
    """Rates that came into the CRM: `known` by name, `brought`; by `observe.crm_taxes`."""
    return SettingKey(f"taxes_brought:{connection_id}")


def named_list(connection_id: str, kind: str) -> SettingKey:
    """What is kept of a list of Xero whose entries are only named; by `observe.both_sides`."""
    return SettingKey(f"named_list:{kind}:{connection_id}")


def settings_read(connection_id: str) -> SettingKey:
    """List of Xero's settings, such as "Account", → when it was read last; by engine.observe."""
    return SettingKey(f"settings_read:{connection_id}")


def looked_at(connection_id: str, module: str) -> SettingKey:
    """The digest of a module's settings at its last run; by engine.observe."""
    return SettingKey(f"looked_at:{connection_id}:{module}")


def persons_leaving(connection_id: str) -> SettingKey:
    """Ids of persons that still stand on the list they left; by engine.observe.person_lists."""
    return SettingKey(f"persons_leaving:{connection_id}")


def crm_creates(connection_id: str, module: str, kind: str) -> SettingKey:
    """Creates under way in the CRM, each (Xero id, values, Xero's values); by apply.crm_creates."""
    return SettingKey(f"crm_creates:{connection_id}:{module}:{kind}")


def crm_changes(connection_id: str, module: str, kind: str) -> SettingKey:
    """Changes under way in the CRM: rows of crm_id, xero_id, values, crm and xero values, and of
    an invoice its lines; by apply.written.
    """
    return SettingKey(f"crm_changes:{connection_id}:{module}:{kind}")


def crm_removals(connection_id: str, module: str, kind: str) -> SettingKey:
    """Deletes under way in the CRM, each (CRM id, Xero id); by apply.removals."""
    return SettingKey(f"crm_removals:{connection_id}:{module}:{kind}")


def undo_request(run_id: str) -> SettingKey:
    """What a run took back: the fields of `UndoRequest`; by services.syncing.runs."""
    return SettingKey(f"undo_request:{run_id}")


def stopped_one_way(run_id: str) -> SettingKey:
    """The direction of a one-way run that the brake stopped; by services.syncing.releasing."""
    return SettingKey(f"stopped_one_way:{run_id}")


# --- of one tenant ---------------------------------------------------------------------------

#: Who accepted the terms, and when: `by`, `at`; by the application.
TERMS = TenantKey("terms")
#: Where documents go: `rules` as rows of (module, field, value, connection), `default`, `master`;
#: by services.routing.
ROUTES = TenantKey("routes")
#: Which CRM is known: the fields of `Known`; by services.identities.
IDENTITY = TenantKey("identity")
#: When another CRM than the known one was met that nothing is linked to: a moment; by
#: services.identities.
OTHER_CRM_AT = TenantKey("other_crm_at")
#: The same of every tenant.
IDENTITIES = TenantGroup("identity")
#: That the tenant was added or removed: `event`, `at`; by services.hook_context.
TENANT_EVENT = TenantKey("tenant")
#: True once somebody wanted a tax rate made in Xero, for which connecting asks; by
#: services.tax_rates.
RATES_MADE = TenantKey("rates_made")
#: The reasons of all holds that people set; by the application.
HOLDS = TenantGroup("hold:")
#: The own mapping templates by name; by services.configuring.templates.
TEMPLATES = TenantGroup("template:")
#: The questions of consents that were begun; by services.connections.
CONSENTS = TenantGroup("consent:")
#: The answers of Xero to consents, until an organisation is chosen; by services.connections.
CONSENT_OFFERS = TenantGroup("consent_offer:")


def template(name: str) -> TenantKey:
    """An own mapping template: its `text` as a configuration, and who keeps it, `by`."""
    return TenantKey(TEMPLATES + name)


def template_name(key: TenantKey) -> str:
    """The name of the template that stands under this name."""
    return key.removeprefix(TEMPLATES)


def hold(module: str, crm_id: str) -> TenantKey:
    """The reason why a CRM record is not to be sent; None for no hold any more."""
    return TenantKey(f"{HOLDS}{module}:{crm_id}")


def consent(state: str) -> TenantKey:
    """A consent that was begun: `verifier` encrypted, `redirect_uri`, `at`."""
    return TenantKey(CONSENTS + state)


def consent_offer(state: str) -> TenantKey:
    """What Xero answered: `tokens` encrypted, `at`, `connections` as organisation → (id, name)."""
    return TenantKey(CONSENT_OFFERS + state)


def consent_offers(state: str) -> TenantGroup:
    """The answers whose state begins so; all for ""."""
    return TenantGroup(CONSENT_OFFERS + state)


def offer_state(key: TenantKey) -> str:
    """The state of the consent whose answer stands under this name."""
    return key.removeprefix(CONSENT_OFFERS)


#: The administrators of the settings who were made recipients once, a list of addresses; by
#: services.mailing.
MAIL_STARTED = TenantKey("mail_started")
#: Since when each trouble lasts that is mailed at once, by its name; by services.mailing.
MAIL_TROUBLES = TenantKey("mail_troubles")
#: How many records waited for a person in the last day, by connection; by services.mailing.
MAIL_FAILURES = TenantKey("mail_failures")
#: The same for messages to the CRM's own systems; by services.outside.
MESSAGE_TROUBLES = TenantKey("message_troubles")


# --- forgotten with a CRM --------------------------------------------------------------------


def second_asked(connection_id: str, module: str, record: str) -> SettingKey:
    """A push that waits for a second person: the fields of AskedRelease; by services.releases."""
    return SettingKey(f"second_asked:{connection_id}:{module}:{record}")


def all_second_asked(connection_id: str) -> SettingGroup:
    """All pushes of a connection that wait for a second person."""
    return SettingGroup(f"second_asked:{connection_id}:")


def groups_of_crm(connection_id: str) -> tuple[SettingGroup, ...]:
    """The groups that name CRM records of a connection."""
    words = (
        "create_anyway",
        "twin_answer",
        "credit_note",
        "credited",
        "document_due",
        "document_refused",
        "crm_changes",
        "crm_creates",
        "crm_removals",
        "looked_at",
        "asked",
        "second_asked",
    )
    return tuple(SettingGroup(f"{word}:{connection_id}:") for word in words)


def keys_of_crm(connection_id: str) -> tuple[SettingKey, ...]:
    """The single values that name CRM records of a connection."""
    begun = historical_sync(connection_id), historical_records(connection_id)
    shown = sync_plan(connection_id), kept_proof(connection_id)
    return (persons_leaving(connection_id), *shown, *begun)


# --- shared by processes ---------------------------------------------------------------------

#: Held while extensions are installed or removed; by extensions.manager.
EXTENSIONS_LEASE = LeaseKey("extensions")


def run_lease(connection_id: str) -> LeaseKey:
    """Held by the run of a connection, and while a person changes its links."""
    return LeaseKey(f"run:{connection_id}")


def asked_lease(connection_id: str) -> LeaseKey:
    """Held while a request is kept or carried out; by services.asked_syncs."""
    return LeaseKey(f"asked:{connection_id}")


def notice_lease(connection_id: str) -> LeaseKey:
    """Held while notices are delivered; by services.syncing.noticing."""
    return LeaseKey(f"notices:{connection_id}")


def message_lease(tenant: str) -> LeaseKey:
    """Who sends the messages of a tenant to its receivers; by services.outside."""
    return LeaseKey(f"messages:{tenant}")


def mail_lease(tenant: str) -> LeaseKey:
    """Held while the letters of a tenant are written and sent; by services.mailing."""
    return LeaseKey(f"mail:{tenant}")


def refresh_lease(consent: str) -> LeaseKey:
    """Held while the tokens of a consent, or of a connection without one, are renewed."""
    return LeaseKey(f"refresh:{consent}")


def limits(connection_id: str) -> StateKey:
    """How many calls of a connection run and ran; by xero.limits."""
    return StateKey(f"limits:{connection_id}")


#: The private key that signs proofs, encrypted; by services.proving.
SIGNING_KEY = StateKey("signing_key")
#: The key of the digests of erased persons, encrypted; by services.privacy.
ERASED_KEY = StateKey("erased_key")


def changes_numbered(connection_id: str) -> StateKey:
    """The last number that a change in Xero got; by db.xero_changes."""
    return StateKey(f"xero_changes:{connection_id}")


def webhook_sequence(key_mark: str) -> StateKey:
    """The last sequence number of deliveries signed by a key; by services.webhooks."""
    return StateKey(f"webhooks:{key_mark}")


def identity_turn(identity: str) -> StateKey:
    """None: its lock lets one process at a time count a run of a CRM; by services.identities."""
    return StateKey(f"identity_runs:{identity}")


def document_turn(tenant: str) -> StateKey:
    """None: its lock lets one batch of a tenant at a time claim its documents; by db.batches."""
    return StateKey(f"documents:{tenant}")


def xero_cursor(kind: str) -> CursorKey:
    """The moment of the last read of a Xero kind, as ISO text; by engine.observe."""
    return CursorKey(kind)


def crm_cursor(module: str) -> CursorKey:
    """The place in the CRM's feed of a module, as the host writes it; by engine.observe."""
    return CursorKey(f"crm:{module}")
