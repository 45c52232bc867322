"""Commands on the real library: a CRM in memory, the sandbox over HTTP, a database in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Xtiger
from tests.stories.word_for_word.conftest import Place, plug
from xtiger.hosts.memory import MemoryHost


def test_from_nothing_to_agreement(connected: Xtiger, host: MemoryHost) -> None:
    """Connect, plan, sync and plan again: the second plan has nothing to do."""
    host.create("Organizations", {"accountname": "Kererū Café"})

    planned = connected("plan", "--json").json
    synced = connected("sync", "--json")
    again = connected("plan", "--json").json

    assert (1, 0, 0) == (planned["actions"], synced.code, again["actions"])
    assert 1 == synced.json["run"]["outcomes"]["Organizations"]["created"]


def test_the_proof_after_a_sync(connected: Xtiger, host: MemoryHost, place: Place) -> None:
    """Both sides agree and the code is 0; one letter changed in Xero, and it is 6."""
    host.create("Organizations", {"accountname": "Kererū Café", "email1": "a@b.example"})
    connected("sync")
    equal = connected("reconcile")
    (contact,) = place.sandbox.table("Contacts")
    place.sandbox.edit("Contacts", contact["ContactID"], {"EmailAddress": "b@b.example"})
    differing = connected("reconcile", "--json")

    assert (0, 6) == (equal.code, differing.code)
    assert "✓ Both sides agree: 1 record, 0 differences." in equal.out
    assert [("Primary Email", "a@b.example", "b@b.example")] == [
        (one["field"], one["crm"], one["xero"]) for one in differing.json["differences"]
    ]


def test_connecting_tells_the_calls_a_day(xtiger: Xtiger, host: MemoryHost) -> None:
    """Organisation, currency and tier are known after one call."""
    assert "1,000 calls a day on the Starter tier." in xtiger("connect").out


def test_holds_are_explained(connected: Xtiger, host: MemoryHost) -> None:
    """A name that Xero refuses is held with its fix, before anything is sent."""
    host.create("Organizations", {"accountname": "Amberley <Litho> Ltd"})

    assert "Take the sign out of the name." in connected("plan").out


def test_runs_are_kept(connected: Xtiger) -> None:
    """The next process still knows the run."""
    connected("sync")

    assert ["done"] == [one["state"] for one in connected("runs", "--json").json["runs"]]


def test_runs_of_one_module(connected: Xtiger, host: MemoryHost) -> None:
    """With a module, only what the runs did there is counted; an unknown one is refused."""
    host.create("Organizations", {"accountname": "Weka"})
    connected("sync")
    connected("sync", "Products")

    found = connected("runs", "organizations", "--json").json["runs"]
    assert [{"Organizations": {"created": 1}}] == [one["outcomes"] for one in found]
    assert 3 == connected("runs", "Nope").code


def test_a_disabled_extension_says_how_to_enable_it(connected: Xtiger) -> None:
    """Its command is listed and refused until it is switched on."""
    refused = connected("log")
    connected("extensions", "enable", "xtlog")

    assert 3 == refused.code
    assert "Switch it on: xtiger extensions enable XTLog" in refused.err
    assert 0 == connected("log", "--json").code


def test_help_lists_commands_of_extensions(xtiger: Xtiger) -> None:
    """They stand below ours, also before anything is set up."""
    assert "Commands of extensions:" in xtiger("--help", XTIGER_HOST="").out


def test_the_host_is_checked(xtiger: Xtiger, host: MemoryHost) -> None:
    """The reference host lacks nothing."""
    found = xtiger("host", "check")

    assert (0, "mycrm: all checks passed.\n") == (found.code, found.out)


def test_disconnecting_keeps_what_was_synced(connected: Xtiger) -> None:
    """The run stays; a plan then says how to connect again."""
    connected("sync")

    assert 0 == connected("disconnect", "--yes").code
    assert 1 == len(connected("runs", "--json").json["runs"])
    assert "xtiger connect" in connected("plan").err


def test_disconnecting_says_what_becomes_of_what_waits(connected: Xtiger) -> None:
    """The organisation is named, and that nothing is lost; --json tells the id alone."""
    (before,) = connected("connections", "--json").json["connections"]
    text = connected("disconnect", "--yes")
    data = connected("disconnect", "--json", "--yes")
    (after,) = connected("connections", "--json").json["connections"]

    assert (0, f"{before['name']} is disconnected. Nothing is lost.\n") == (text.code, text.out)
    assert (0, {"disconnected": before["id"]}) == (data.code, data.json)
    assert ("active", "ended") == (before["state"], after["state"])


class TestBadInput:
    """Each is one clear sentence with the next step, its exit code, and no trace."""

    def _is_clear(self, found: Ended, code: int, *parts: str) -> None:
        assert code == found.code, found.err
        assert [] == [part for part in parts if part not in found.err]
        assert "Traceback" not in found.out + found.err

    def test_unreachable_xero(self, connected: Xtiger) -> None:
        """Nothing listens at the address."""
        found = connected("plan", XTIGER_XERO_URL="http://localhost:9")

        self._is_clear(found, 4, "Xero cannot be reached", "then try again")

    def test_wrong_secret(self, xtiger: Xtiger, host: MemoryHost) -> None:
        """Xero refuses the app; no connection is made."""
        found = xtiger("connect", XTIGER_XERO_CLIENT_SECRET="wrong")

        self._is_clear(found, 3, "Xero refused the app's client id or secret")
        assert [] == xtiger("connections", "--json").json["connections"]

    def test_missing_client_id(self, xtiger: Xtiger, host: MemoryHost) -> None:
        """The setting is named."""
        self._is_clear(xtiger("connect", XTIGER_XERO_CLIENT_ID=""), 3, "XTIGER_XERO_CLIENT_ID")

    def test_expired_permission(self, connected: Xtiger, place: Place) -> None:
        """After 60 days without use the refresh token is gone."""
        place.sandbox.advance(61 * 24 * 3600)

        self._is_clear(connected("sync"), 3, "has ended", "Connect again: xtiger connect")

    def test_wrong_organisation(self, xtiger: Xtiger, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another base currency is refused."""
        host = plug(monkeypatch, "NZD")

        self._is_clear(xtiger("connect"), 3, "cannot be used")
        host.close()

    def test_host_that_cannot_be_imported(self, xtiger: Xtiger) -> None:
        """The name and the reason are told."""
        found = xtiger("plan", XTIGER_HOST="nowhere:host")

        self._is_clear(found, 3, "XTIGER_HOST names nowhere, which cannot be imported")

    def test_host_that_raises(self, xtiger: Xtiger) -> None:
        """The adapter's mistake: exit code 5."""
        found = xtiger("plan", XTIGER_HOST="tests.cli.plugged:failing")

        self._is_clear(found, 5, "failed in the factory: ConnectionError")

    def test_damaged_zip(self, xtiger: Xtiger, host: MemoryHost, tmp_path: Path) -> None:
        """Nothing is installed."""
        path = tmp_path / "XTLog.zip"
        path.write_bytes(b"PK not really")

        self._is_clear(xtiger("extensions", "install", str(path)), 3, "XTLog.zip")

    def test_unknown_module(self, connected: Xtiger) -> None:
        """The known ones are named."""
        self._is_clear(connected("sync", "Cats"), 3, "There is no module 'Cats'.")

    @pytest.mark.parametrize(
        "url", ["nonsense", "sqlite:////dev/null/x.db", "oracle9://x@localhost/y"]
    )
    def test_broken_database_url(self, xtiger: Xtiger, host: MemoryHost, url: str) -> None:
        """The setting to check is named."""
        self._is_clear(xtiger("runs", XTIGER_DATABASE_URL=url), 3, "XTIGER_DATABASE_URL")

    def test_database_password_is_not_shown(self, xtiger: Xtiger, host: MemoryHost) -> None:
        """A database that does not answer is named without its password."""
        url = "postgresql+psycopg://me:hunter2@localhost:9/x"

        found = xtiger("runs", XTIGER_DATABASE_URL=url)

        self._is_clear(found, 3, "XTIGER_DATABASE_URL")
        assert "hunter2" not in found.err

    def test_broken_settings_file(self, xtiger: Xtiger, place: Place) -> None:
        """The file is named."""
        (place.home / "xtiger.toml").write_text("host = ", encoding="utf-8")

        self._is_clear(xtiger("plan"), 3, "xtiger.toml", "Mend or remove it.")

    def test_terms_not_accepted(self, xtiger: Xtiger, host: MemoryHost) -> None:
        """The command that accepts them is named."""
        xtiger("connect")
        xtiger("mapping", "save")

        self._is_clear(xtiger("plan"), 3, "xtiger terms --accept")

    def test_no_mapping(self, xtiger: Xtiger, host: MemoryHost) -> None:
        """The command that saves one is named."""
        xtiger("connect")
        xtiger("terms", "--accept")

        self._is_clear(xtiger("plan"), 3, "xtiger mapping save")

    def test_an_unknown_connection(self, connected: Xtiger) -> None:
        """The known ones are named."""
        self._is_clear(connected("--connection", "Other", "plan"), 3, "Known: Empty Trading Ltd")


def test_no_secret_reaches_the_terminal(connected: Xtiger, place: Place) -> None:
    """Neither the app's secret nor a token is printed by any command that lists things."""
    said = "".join(
        found.out + found.err
        for found in (connected("connections", "--json"), connected("--debug", "plan", "--json"))
    )

    assert place.sandbox.client_secret not in said
    assert "access" not in json.dumps(said)


def _changed_too_much(connected: Xtiger, host: MemoryHost) -> None:
    """Thirty linked customers get another telephone number at once."""
    ids = [
        host.create("Organizations", {"accountname": f"Firm {n:02}", "phone": "1"})
        for n in range(30)
    ]
    connected("sync")
    for crm_id in ids:
        host.edit("Organizations", crm_id, phone="2")


def test_the_brake_says_what_waits_and_how_it_goes_on(
    connected: Xtiger, host: MemoryHost, place: Place
) -> None:
    """It ends with 3 before the first write; the command that it names carries out that plan."""
    _changed_too_much(connected, host)
    planned = connected("plan")
    stopped = connected("sync")
    before = {c["Phones"][0]["PhoneNumber"] for c in place.sandbox.table("Contacts")}
    number = stopped.out.split("xtiger sync --release ")[1].split()[0]
    released = connected("sync", "--release", number)

    assert "The brake would stop this: it changes or removes 30 of 30" in planned.err
    assert 3 == stopped.code
    assert "30 of 30 linked records of Organizations" in stopped.err
    assert "Firm 00" in stopped.out
    assert {"1"} == before
    assert 0 == released.code, released.err
    assert "30 updated" in released.out
    assert "Nothing waits; sync as usual." in connected("sync", "--release", number).err


def test_the_brake_speaks_json(connected: Xtiger, host: MemoryHost) -> None:
    """One object: the sentence, and the plan that waits with every change."""
    _changed_too_much(connected, host)
    found = connected("sync", "--json")
    brakes = connected("plan", "--json").json["brakes"]

    assert (3, "too_many_changes") == (found.code, found.json["code"])
    assert (30, {"Organizations": {"update": 30}}) == (
        len(found.json["braked"]["changes"]),
        found.json["braked"]["counts"],
    )
    assert [
        {"module": "Organizations", "changes": 30, "linked": 30, "share": 100, "limit": 20}
    ] == brakes


def test_the_brake_is_set_per_module(connected: Xtiger, host: MemoryHost) -> None:
    """A whole number of per cent; 100 switches it off."""
    refused = connected("modules", "set", "Organizations", "--brake-share", "120")
    connected("modules", "set", "Organizations", "--brake-share", "100")
    _changed_too_much(connected, host)

    assert (3, True) == (refused.code, "Choose a whole number from 0 to 100." in refused.err)
    assert 0 == connected("sync").code
