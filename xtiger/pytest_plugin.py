"""Fixtures for the tests of a CRM: a Xero of their own, the library between, plain assertions.

pytest loads this file wherever XTiger is installed, so it imports nothing until a test asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from xtiger.app import XTiger
    from xtiger.model.runs import Outcome, Run
    from xtiger.ports.host import Host
    from xtiger.rules.reconciliation import Disagreement
    from xtiger.sandbox import Sandbox

#: The sandbox's organisation, and the address that its consent page sends nobody to.
ORGANISATION: Final = "Empty Trading Ltd"
REDIRECT: Final = "http://localhost:9/modules/XTiger/callback"
#: Accounts of the sandbox's chart: sales, and the bank account that takes money.
SALES: Final = "200"
BANK: Final = "090"
#: How far each sync moves the clock, so that no record is too fresh to be read.
STEP: Final = timedelta(minutes=3)
#: The longest that a connection is left alone while time passes.
LONGEST: Final = timedelta(days=30)


class TestClock:
    """A clock that moves only when the library waits or a test says so."""

    __test__ = False  # no test class, whatever its name begins with

    def __init__(self) -> None:
        self._now = datetime.now(UTC)
        self._ids = 0

    def now(self) -> datetime:
        """The aware moment in UTC."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on instead of waiting."""
        self._now += timedelta(seconds=max(0.0, seconds))

    def new_id(self) -> str:
        """Ids in order."""
        self._ids += 1
        return f"{self._ids:032x}"


class Synced:
    """Syncs when it is called, and says in plain words what of the CRM is not as a test claims."""

    def __init__(self, xt: XTiger, clock: TestClock) -> None:
        #: The library itself.
        self.xt: Final = xt
        self._clock = clock

    def __call__(self, *modules: str) -> Run:
        """Sync these modules, or all; fails when the run does.

        Records that are held or in conflict fail nothing: `waits` and `nothing_waits` ask for them.
        """
        __tracebackhide__ = True
        self.wait()
        run = self.xt.sync.run(modules)
        failed = [one for one in self._outcomes(run.id) if one.result == "failed"]
        if run.error or failed:
            raise AssertionError("\n".join(["The sync failed.", run.error, *self._said(failed)]))
        return run

    def in_step(self, module: str, record_id: str | int) -> str:
        """The Xero id of a record that is linked and waits for nothing; else it fails."""
        __tracebackhide__ = True
        last = self._last(module, record_id)
        connection = self.xt.connections.get()
        links = self.xt.store.links_by_crm(connection.id, module, [str(record_id)])
        well = last is None or last.result in ("created", "updated", "linked", "unchanged")
        if str(record_id) in links and well:
            return links[str(record_id)].xero_id
        said = self._said([last]) if last is not None else ["No sync has seen it."]
        raise AssertionError("\n".join([f"{module} {record_id} is not in step.", *said]))

    def waits(self, module: str, record_id: str | int, code: str | None = None) -> Outcome:
        """The outcome of a record that waits, for this cause where one is given; else it fails."""
        __tracebackhide__ = True
        last = self._last(module, record_id)
        found = last.cause.code if last is not None and last.cause is not None else None
        if last is not None and found is not None and code in (None, found):
            return last
        said = self._said([last]) if last is not None else ["No sync has seen it."]
        wanted = f" for {code}" if code else ""
        raise AssertionError("\n".join([f"{module} {record_id} does not wait{wanted}.", *said]))

    def nothing_waits(self) -> None:
        """Fail when anything waits for a person; the message names each with its fix."""
        __tracebackhide__ = True
        waiting = [outcome for need in self.xt.needs.all() for outcome in need.outcomes]
        if waiting:
            raise AssertionError("\n".join(["Something waits.", *self._said(waiting)]))

    def both_sides_agree(self) -> None:
        """Fail when the CRM and Xero, both read again, differ in anything that is synced."""
        __tracebackhide__ = True
        self.wait()
        found = self.xt.proof.differences()
        if found:
            raise AssertionError("\n".join(["Both sides differ.", *map(_differs, found)]))

    def wait(self) -> None:
        """Let three minutes pass, from what the CRM takes for now: a test may have frozen it.

        In steps, since Xero's permission ends when an app is away for 60 days.
        """
        while datetime.now(UTC) - self._clock.now() > LONGEST:
            self._clock.sleep(LONGEST.total_seconds())
            self.xt.sync.read_settings()
        behind = datetime.now(UTC) - self._clock.now()
        self._clock.sleep(max(behind, timedelta()).total_seconds() + STEP.total_seconds())

    def _last(self, module: str, record_id: str | int) -> Outcome | None:
        found = self.xt.sync.outcomes(module=module, crm_id=str(record_id), limit=1)
        return found[0] if found else None

    def _outcomes(self, run_id: str) -> list[Outcome]:
        return self.xt.sync.outcomes(run_id=run_id, limit=100_000)

    def _said(self, outcomes: list[Outcome]) -> list[str]:
        lines = []
        for one in outcomes:
            name = f"{one.module} {one.crm_id or one.xero_id} ({one.name}): {one.result}"
            if one.cause is not None:
                said, fix = self.xt.sentences.cause(one.cause, "command", one)
                name = f"{name}, {one.cause.code}. {said} {fix}"
            lines.append(name.strip())
        return lines


def _differs(one: Disagreement) -> str:
    name = f"{one.module} {one.name}, {one.field}"
    return f"{name}: {one.crm!r} in the CRM, {one.xero!r} in Xero."


@pytest.fixture
def xtiger_clock() -> TestClock:
    """The clock of the library and the sandbox; override it with one of your own."""
    return TestClock()


@pytest.fixture
def xtiger_host() -> Host:
    """The CRM: override this fixture in conftest.py with one that makes your host."""
    raise pytest.UsageError(
        "The fixture xtiger_host is not defined. Define it in conftest.py, so that it returns your "
        "host: docs/testing.md."
    )


@pytest.fixture
def xero_sandbox(xtiger_host: Host, xtiger_clock: TestClock) -> Iterator[Sandbox]:
    """A Xero on this machine with one organisation without records, in the CRM's own currency."""
    from xtiger.sandbox import Sandbox

    currency = xtiger_host.base_currency()
    with closing(Sandbox(seed="empty", currency=currency, clock=xtiger_clock.now)) as made:
        yield made


@pytest.fixture
def xtiger(
    xtiger_host: Host, xero_sandbox: Sandbox, xtiger_clock: TestClock, tmp_path: Path
) -> Iterator[XTiger]:
    """The library between the CRM and the sandbox: connected, mapped, and nothing left to ask."""
    from xtiger.app import XTiger
    from xtiger.sandbox import serve
    from xtiger.settings import Settings

    home = tmp_path / "xtiger"
    home.mkdir()
    with serve(xero_sandbox) as server:
        settings = Settings(
            home=home,
            database_url=f"sqlite:///{home / 'xtiger.db'}",
            xero_url=server.url,
            xero_client_id=xero_sandbox.client_id,
            xero_client_secret=xero_sandbox.client_secret,
        )
        with closing(XTiger(xtiger_host, settings=settings, clock=xtiger_clock)) as made:
            _connect(made)
            yield made


@pytest.fixture
def synced(xtiger: XTiger, xtiger_clock: TestClock) -> Synced:
    """Syncs when called, and asserts: `in_step`, `waits`, `nothing_waits`, `both_sides_agree`."""
    return Synced(xtiger, xtiger_clock)


def _connect(xt: XTiger) -> None:
    """Do what an administrator does on the first day, with answers that limit nothing."""
    from xtiger.demo.visitor import allow_access
    from xtiger.model.start_answers import FirstAccounts, StartAnswers

    returned = allow_access(xt.connections.consent(REDIRECT).url, ORGANISATION)
    (offered,) = xt.connections.consent_answered(returned)
    xt.connections.connect(offered.organisation_id)
    xt.start.answer(StartAnswers(), "a test")
    xt.start.advance("all", "a test")
    xt.connections.accept_terms("a test")
    xt.mappings.save_defaults()
    there = xt.start.accounts()  # None where the CRM has no such module
    xt.start.choose_accounts(
        FirstAccounts(
            None if there.sales is None else SALES,
            None if there.charges is None else SALES,
            None if there.payments is None else BANK,
        )
    )
