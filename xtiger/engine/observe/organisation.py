"""Reading the organisation: what it says of itself, and whether it counts in the CRM's currency."""

from __future__ import annotations

from dataclasses import replace

from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import WrongOrganisation


def read_organisation(bench: Workbench) -> None:
    """Keep what the organisation says of itself; one with another currency is refused."""
    connection = bench.connection
    organisation = bench.xero.organisation()
    currency = str(organisation.get("BaseCurrency") or "")
    own = bench.host.host.base_currency()
    if currency != own:
        reason = (
            f"it counts in {currency}, the CRM in {own}. Nothing was sent. "
            f"Connect an organisation that counts in {own}: xtiger connect"
        )
        raise WrongOrganisation(connection.name, reason)
    # Tokens may have been renewed by the call: only what was read here is saved.
    current = bench.store.connection(connection.id) or connection
    bench.connection = replace(
        current,
        organisation=dict(organisation),
        base_currency=currency,
        short_code=str(organisation.get("ShortCode") or ""),
    )
    bench.store.save_connection(bench.connection)
