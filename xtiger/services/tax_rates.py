"""The service for Xero's tax rates: making one for a tax of the CRM that Xero does not know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xtiger.engine.apply.batches import to_bytes
from xtiger.errors import MappingInvalid, MappingMissing, ScopeMissing
from xtiger.mapping.check import with_option
from xtiger.model import setting_keys
from xtiger.ports.xero import WriteRequest
from xtiger.rules.permissions import may_write
from xtiger.rules.taxes import has_tax_return, new_rate
from xtiger.services.mappings import Mappings
from xtiger.services.needs import Needs

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from xtiger.i18n.language import Language
    from xtiger.model.cause_codes import CauseCode
    from xtiger.model.connections import Connection
    from xtiger.model.values import Plain
    from xtiger.rules.taxes import NewRate
    from xtiger.services.parts import Parts

#: Codes of a tax that Xero does not know, whose rate may be made there.
MADE: frozenset[CauseCode] = frozenset({"tax_unknown", "group_tax_not_combined", "taxes_many"})
#: Why none is made; sentences of the catalogue.
NOT_HERE = (
    "A rate that is made from here would be in no tax return of this organisation. Choose the "
    "nearest one, or make the rate in Xero."
)
NOT_THIS = "No rate can be made of this tax. Make it in Xero, or choose another one."


@dataclass(frozen=True, slots=True)
class BroughtTax:
    """A rate of Xero that came into the CRM's taxes."""

    name: str
    #: The percentage that the CRM had under this name; None for a new tax.
    before: Decimal | None
    percent: Decimal
    at: datetime

    def said(self, words: Language) -> str:
        """What people are shown of it."""
        if self.before is None:
            return words.sentence(
                "The tax {name} of Xero is among the taxes of the CRM now.", name=self.name
            )
        return words.sentence(
            "The tax {name} was {before} % in the CRM and is {percent} % now, as in Xero.",
            name=self.name,
            before=f"{self.before.normalize():f}",
            percent=f"{self.percent.normalize():f}",
        )


def coming_said(words: Language, name: str, before: Decimal | None, percent: Decimal) -> str:
    """What people are shown of a rate that a plan brings."""
    if before is None:
        return words.sentence("The tax {name} of Xero comes into the taxes of the CRM.", name=name)
    return words.sentence(
        "The tax {name} is {before} % in the CRM and becomes {percent} %, as in Xero.",
        name=name,
        before=f"{before.normalize():f}",
        percent=f"{percent.normalize():f}",
    )


class TaxRates:
    """What an administrator does about a tax that Xero does not know, where it may be made."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store

    def may_make(self, connection_id: str | None = None) -> bool:
        """Whether rates of this organisation may be made from here: it has no tax return."""
        return not has_tax_return(self._parts.connection(connection_id).organisation)

    def brought(self, connection_id: str | None = None) -> list[BroughtTax]:
        """Rates of Xero that came into the CRM's taxes, newest first."""
        connection = self._parts.connection(connection_id)
        kept: Any = self._store.setting(setting_keys.taxes_brought(connection.id))
        rows = kept.get("brought") or () if isinstance(kept, Mapping) else ()
        return [BroughtTax(**row) for row in rows]

    def wanted(self, module: str, connection_id: str | None = None) -> dict[str, Plain]:
        """How people write each tax that records of a module wait for → its parts."""
        needs = Needs(self._parts).all(connection_id)
        causes = [
            data
            for one in needs
            if one.module == module and one.code in MADE
            for data in one.causes()
        ]
        return {str(data["tax"]): data.get("parts") for data in causes if data.get("tax")}

    def make(self, module: str, tax: str, parts: Plain, connection_id: str | None = None) -> str:
        """Make the rate of a tax in Xero, and map the tax to it; returns its tax type.

        `tax` and `parts` are as the cause says them: how people write the tax, and
        [name, percentage, compound] of each part. A rate of the same name and parts is taken as
        it is. Raises MappingInvalid where none may or can be made, MappingMissing, ScopeMissing,
        RunBusy and what a call of Xero raises.
        """
        connection = self._parts.connection(connection_id)
        mapping = Mappings(self._parts).get(module, connection.id)
        if mapping is None:
            raise MappingMissing(module)
        rate = new_rate(tax, parts)
        if rate is None or not self.may_make(connection.id):
            raise MappingInvalid(module, [NOT_THIS if rate is None else NOT_HERE])
        tax_type = self._found(connection, rate) or self._made(module, connection, rate)
        accounts, rates = (
            self._store.accounts(connection.id),
            self._store.tax_rates(connection.id),
        )
        made = with_option(mapping, f"tax:{tax}", tax_type, accounts, rates)
        Mappings(self._parts).save(made, connection.id)
        return tax_type

    def _found(self, connection: Connection, rate: NewRate) -> str | None:
        """The same rate among those that Xero has now."""
        self._parts.runs.read_settings(connection)
        found = rate.among(self._store.tax_rates(connection.id))
        return found.tax_type if found is not None else None

    def _made(self, module: str, connection: Connection, rate: NewRate) -> str:
        request = WriteRequest(
            "PUT", "/TaxRates", to_bytes("TaxRate", [rate.element()]), self._parts.clock.new_id()
        )
        tokens = self._store.tokens(connection.id)
        if tokens is not None and not may_write("TaxRate", tokens.scope):
            # Connecting again asks for it from now on.
            self._store.save_own_setting(connection.tenant, setting_keys.RATES_MADE, True)
            raise ScopeMissing("PUT /TaxRates")
        (answer,) = self._parts.doors.open(connection).send(request)
        if not answer.ok:
            raise MappingInvalid(module, list(answer.problems))
        made = self._found(connection, rate)
        return made or str(answer.element.get("TaxType"))
