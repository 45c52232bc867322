"""Settings: where they come from, which one counts, and what a wrong one is told with."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xtiger.errors import SettingInvalid
from xtiger.model.configured_start import ConfiguredStart
from xtiger.model.log.keep_times import KeepTimes
from xtiger.model.mailing.servers import MailSettings
from xtiger.model.secret import Secret
from xtiger.settings import SETTINGS_FILE, Settings, load_settings, write_settings_file

REAL_URLS = (
    "https://login.xero.com/identity/connect/authorize",
    "https://identity.xero.com/connect/token",
    "https://identity.xero.com/connect/revocation",
    "https://api.xero.com/connections",
    "https://api.xero.com/api.xro/2.0",
)


def write(home: Path, text: str) -> None:
    """Put this text into the settings file."""
    (home / SETTINGS_FILE).write_text(text, encoding="utf-8")


def refused(home: Path, **environment: str) -> str:
    """The sentence of settings that cannot be used."""
    with pytest.raises(SettingInvalid) as caught:
        load_settings(environment, home)
    return str(caught.value)


def urls(found: Settings) -> tuple[str, ...]:
    """All five addresses."""
    return (
        found.authorize_url,
        found.token_url,
        found.revocation_url,
        found.connections_url,
        found.accounting_url,
    )


class TestWhereTheyComeFrom:
    def test_nothing_given_is_a_store_in_the_home(self, tmp_path: Path) -> None:
        """Everything has a default."""
        expected = Settings(tmp_path, f"sqlite:///{tmp_path / 'xtiger.db'}")

        assert expected == load_settings({}, tmp_path)

    def test_every_setting_is_taken_from_the_environment(self, tmp_path: Path) -> None:
        """By its variable."""
        given_ = {
            "XTIGER_HOME": str(tmp_path),
            "XTIGER_DATABASE_URL": "sqlite://",
            "XTIGER_SECRET_KEY": "k",
            "XTIGER_XERO_CLIENT_ID": "i",
            "XTIGER_HOST": "a:b",
            "XTIGER_XERO_CLIENT_SECRET": "s",
            "XTIGER_XERO_URL": "http://localhost:1/",
            "XTIGER_LOCALE": "de_AT",
            "XTIGER_SAFE_MODE": "1",
            "XTIGER_XERO_TIER": "Plus",
            "XTIGER_XERO_WEBHOOK_KEY": "w",
            "XTIGER_START_FROM": "2026-04-01",
            "XTIGER_NEW_EXTENSIONS": "off",
            "XTIGER_XERO_XTID": " x30mycrm ",
            "XTIGER_PAGES_URL": "https://crm.example",
        }

        assert Settings(
            tmp_path,
            "sqlite://",
            "k",
            "i",
            "s",
            "http://localhost:1",
            "a:b",
            "de",
            True,
            "plus",
            "w",
            ConfiguredStart(date(2026, 4, 1)),
            False,
            "x30mycrm",
            mail=MailSettings(pages_url="https://crm.example"),
        ) == load_settings(given_)

    def test_every_setting_but_the_home_is_taken_from_the_file(self, tmp_path: Path) -> None:
        """By its variable in small letters, without the front."""
        lines = {
            "database_url": "sqlite://",
            "secret_key": "k",
            "xero_client_id": "i",
            "xero_client_secret": "s",
            "xero_url": "http://localhost:1",
            "host": "a:b",
            "locale": "fr",
            "xero_tier": "core",
            "xero_webhook_key": "w",
            "xero_xtid": "x30mycrm",
        }
        plain = ["safe_mode=true", "start_from=2026-04-01", "start_open_before=false"]
        plain += ["new_extensions=false", "keep_log=30", 'mail_to="boss@crm.example"']
        write(tmp_path, "\n".join([*(f'{k} = "{v}"' for k, v in lines.items()), *plain]))

        found = load_settings({"XTIGER_HOME": str(tmp_path)})
        start = ConfiguredStart(date(2026, 4, 1), open_before=False)

        plain_values = {"home": tmp_path, "safe_mode": True, "new_extensions_on": False}

        mail = MailSettings(administrators=("boss@crm.example",))
        made = {"start": start, "keep_log": KeepTimes(30), "mail": mail}
        assert (plain_values | made | lines) == {
            field.name: value.reveal() if isinstance(value, Secret) else value
            for field in fields(Settings)
            for value in (getattr(found, field.name),)
        }

    def test_the_environment_goes_before_the_file(self, tmp_path: Path) -> None:
        """So that one run can differ."""
        write(tmp_path, 'host = "file:host"\nlocale = "fr"')

        found = load_settings({"XTIGER_HOST": "env:host"}, tmp_path)

        assert ("env:host", "fr") == (found.host, found.locale)

    def test_an_empty_value_is_none(self, tmp_path: Path) -> None:
        """In the environment it lets the file's stand, in the file the default."""
        write(tmp_path, 'host = "file:host"\nlocale = ""')

        found = load_settings({"XTIGER_HOST": ""}, tmp_path)

        assert ("file:host", "en") == (found.host, found.locale)

    def test_the_home_given_in_code_goes_before_the_environment(self, tmp_path: Path) -> None:
        """A caller that names it means it."""
        assert tmp_path == load_settings({"XTIGER_HOME": "/elsewhere"}, tmp_path).home

    def test_the_home_may_begin_with_the_users_home(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No shell opens the ~ of a service's environment; without any it is ~/.xtiger."""
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))

        found = [load_settings({"XTIGER_HOME": "~/crm"}).home, load_settings({}).home]

        assert [tmp_path / "crm", tmp_path / ".xtiger"] == found

    def test_a_home_belongs_to_a_project_by_its_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two projects of one user never meet; a home that is named goes first."""
        monkeypatch.setenv("HOME", str(tmp_path))
        found = [load_settings({"XTIGER_PROJECT": name}).home for name in ("north", "south-2")]
        named = load_settings({"XTIGER_PROJECT": "north", "XTIGER_HOME": str(tmp_path)}).home

        assert [tmp_path / ".xtiger/projects" / name for name in ("north", "south-2")] == found
        assert tmp_path == named

    @pytest.mark.parametrize("name", ["../other", "a b", "-x", ".", "x" * 65])
    def test_a_project_has_a_plain_name(self, name: str) -> None:
        """It is the name of a folder, and of no other."""
        with pytest.raises(SettingInvalid, match="XTIGER_PROJECT is "):
            load_settings({"XTIGER_PROJECT": name})

    def test_the_machines_environment_is_read_when_none_is_given(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As the command line does."""
        monkeypatch.setenv("XTIGER_HOME", str(tmp_path))
        monkeypatch.setenv("XTIGER_HOST", "a:b")

        assert "a:b" == load_settings().host

    @pytest.mark.parametrize(
        ("text", "safe"),
        [
            ("1", True),
            ("true", True),
            ("TRUE", True),
            ("yes", True),
            ("on", True),
            ("0", False),
            ("no", False),
            ("", False),
        ],
    )
    def test_safe_mode_is_switched_on_in_words_too(
        self, tmp_path: Path, text: str, safe: bool
    ) -> None:
        """Whatever people type for yes."""
        assert safe is load_settings({"XTIGER_SAFE_MODE": text}, tmp_path).safe_mode


class TestAddresses:
    def test_xeros_own_hosts_are_used(self, tmp_path: Path) -> None:
        """Three hosts, five paths."""
        assert REAL_URLS == urls(load_settings({}, tmp_path))

    def test_one_address_takes_the_place_of_all_hosts(self, tmp_path: Path) -> None:
        """The sandbox serves the same paths; a stroke at the end does not double."""
        found = load_settings({"XTIGER_XERO_URL": "http://localhost:8700//"}, tmp_path)

        assert tuple(
            "http://localhost:8700" + url.split(".com", 1)[1] for url in REAL_URLS
        ) == urls(found)


class TestWrongOnes:
    def test_a_word_for_new_extensions_that_says_neither_is_told(self, tmp_path: Path) -> None:
        """They are on or off."""
        said = refused(tmp_path, XTIGER_NEW_EXTENSIONS="maybe")

        assert "XTIGER_NEW_EXTENSIONS is 'maybe'" in said
        assert said.endswith("Use on or off.")

    def test_an_unknown_tier_is_told(self, tmp_path: Path) -> None:
        """Those that have a price are named."""
        said = refused(tmp_path, XTIGER_XERO_TIER="gold")

        assert "XTIGER_XERO_TIER is 'gold'" in said
        assert said.endswith("Use one of: starter, core, plus, advanced.")

    def test_a_referral_id_that_is_none_is_told(self, tmp_path: Path) -> None:
        """It becomes part of addresses, so it holds nothing that ends one."""
        said = refused(tmp_path, XTIGER_XERO_XTID="x30 my&crm")

        assert "XTIGER_XERO_XTID is 'x30 my&crm'" in said
        assert said.endswith("such as x30mycrm.")

    def test_an_unknown_language_is_told(self, tmp_path: Path) -> None:
        """With those that there are."""
        assert "XTIGER_LOCALE is 'kl'. Use en, de or fr." == refused(
            tmp_path, XTIGER_LOCALE="Klingon"
        )

    @pytest.mark.parametrize("url", ["localhost:8700", "ftp://localhost", "//localhost"])
    def test_an_address_without_http_is_told(self, tmp_path: Path, url: str) -> None:
        """With an example."""
        said = refused(tmp_path, XTIGER_XERO_URL=url)

        assert "XTIGER_XERO_URL is no http address. Give one like http://localhost:8700." == said

    @pytest.mark.parametrize("content", [b"host = ", b'host = "\xff"', b"host = 1\nhost = 2"])
    def test_a_file_that_cannot_be_read_is_told(self, tmp_path: Path, content: bytes) -> None:
        """Broken, not UTF-8, or saying a thing twice: the file and the reason."""
        (tmp_path / SETTINGS_FILE).write_bytes(content)

        said = refused(tmp_path)

        assert (True, True, True) == (
            str(tmp_path / SETTINGS_FILE) in said,
            "cannot be read (" in said,
            said.endswith("Mend or remove it."),
        )

    def test_a_mistyped_line_is_told(self, tmp_path: Path) -> None:
        """It would be passed over silently; the sentence lists those that there are."""
        write(tmp_path, 'hots = "a:b"')

        said = refused(tmp_path)

        assert (True, True) == ("has the unknown line hots" in said, "Known are: data" in said)

    def test_a_line_that_is_no_text_is_told(self, tmp_path: Path) -> None:
        """A list or a table is no setting."""
        write(tmp_path, "host = ['a']")

        assert 'has no text at host. Write host = "…".' in refused(tmp_path)

    def test_secrets_do_not_show(self, tmp_path: Path) -> None:
        """Settings that land in a log keep them to themselves."""
        given_ = {
            "XTIGER_SECRET_KEY": "s3cret",
            "XTIGER_XERO_CLIENT_SECRET": "s3cret",
            "XTIGER_XERO_WEBHOOK_KEY": "s3cret",
        }

        assert "s3cret" not in repr(load_settings(given_, tmp_path))


class TestWriting:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(text=st.text(min_size=1))
    def test_what_is_written_is_read_back(self, tmp_path: Path, text: str) -> None:
        """Quotes, strokes, line ends and control signs included."""
        write_settings_file(tmp_path, {"XTIGER_HOST": text, "XTIGER_SECRET_KEY": text})

        found = load_settings({}, tmp_path)

        assert (text, text) == (found.host, found.secret_key.reveal())

    def test_the_file_is_for_its_owner_alone(self, tmp_path: Path) -> None:
        """It may hold the app's secret; a file that was open is closed."""
        home = tmp_path / "new" / "home"
        path = write_settings_file(home, {"XTIGER_HOST": "a:b"})
        path.chmod(0o644)

        write_settings_file(home, {"XTIGER_HOST": "a:c"})

        assert ("600", 'host = "a:c"\n') == (
            f"{path.stat().st_mode & 0o777:o}",
            path.read_text(encoding="utf-8"),
        )


def test_how_long_the_log_is_kept_is_set(tmp_path: Path) -> None:
    """By one line; what is no time is named with what would be one."""
    kept = load_settings({"XTIGER_KEEP_LOG": "30, failed=60"}, home=tmp_path).keep_log

    assert (30, {"failed": 60}) == (kept.days, kept.by_result)
    with pytest.raises(SettingInvalid, match=r"XTIGER_KEEP_LOG has 'never'.*90, failed=365"):
        load_settings({"XTIGER_KEEP_LOG": "never"}, home=tmp_path)
