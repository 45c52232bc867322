"""Errors: three families, one exit code each, sentences with a next step and without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import click
import pytest

from xtiger import errors
from xtiger.cli.app import App
from xtiger.cli.root import COMMANDS as ROOT_COMMANDS
from xtiger.cli.root import root
from xtiger.errors import Broken, NeedsPerson, RetryLater, XTigerError
from xtiger.i18n.cause_text import PASSES
from xtiger.i18n.failures import COMMAND_WORDS, COMMANDS, spoken_error, without_commands
from xtiger.i18n.language import language
from xtiger.rules.catalogue import CATALOGUE

LATER = datetime(2026, 11, 21, 9, tzinfo=UTC)
#: One of each, as the library raises it.
EXAMPLES: tuple[XTigerError, ...] = (
    errors.XeroUnreachable("https://api.xero.com"),
    errors.XeroUnavailable(503, correlation_id="abc"),
    errors.XeroUnavailable(500),
    errors.RateLimited("minute", retry_after_seconds=30),
    errors.RateLimited("day", retry_after_seconds=7200),
    errors.RateLimited("day", retry_after_seconds=7200, goes_on_at=LATER),
    errors.CallsKept(300, retry_after_seconds=7200, goes_on_at=LATER),
    errors.AnswerUnknown("PUT /Contacts", http_status=502),
    errors.RunBusy("Acme", retry_after_seconds=0.2),
    errors.RunStopped("Acme"),
    errors.GoesOnLater("Acme"),
    errors.SentElsewhere("Invoices", ["7"]),
    errors.HostUnavailable("crm", "get"),
    errors.SettingInvalid("XTIGER_LOCALE", "is 'xx'", "Use en, de or fr."),
    errors.HostTablesMissing("mycrm"),
    errors.StoreUnavailable("postgresql://me:***@db/crm", "it is down"),
    errors.StoreFull("sqlite:////srv/x.db", ""),
    errors.StoreLocked("x.db", "it is locked"),
    errors.StoreDamaged("x.db", "no page"),
    errors.StoreMissing("x.db", "the file is gone"),
    errors.StoreAway("x", "too many clients"),
    errors.StoreReadOnly("x", "it is a standby"),
    errors.NotConnected(),
    errors.TenantMissing("mycrm"),
    errors.TenantCrossed(),
    errors.ConnectionEnded("Acme", "revoked", waiting=3),
    errors.ConnectionEnded("Acme", "old"),
    errors.CredentialsRefused("invalid_client"),
    errors.ConsentRefused("it was cancelled"),
    errors.ScopeMissing("GET /Contacts"),
    errors.WrongOrganisation("Acme", "it counts in EUR. Connect another one: xtiger connect"),
    errors.XeroRejected("PUT /Items", 400, ["Bad code.", "Bad name."], correlation_id="abc"),
    errors.XeroRejected("PUT /Items", 400, []),
    *(errors.OtherCrm("mycrm", why) for why in errors.MISMATCHES),
    errors.TooManyChanges("r1", "Contacts", changes=30, linked=90, limit=20),
    errors.NothingToRelease("r1", ["r2"]),
    errors.NothingToRelease("r1", []),
    errors.UnknownModule("Cars", ["Products", "Invoices"]),
    errors.RecordMissing("Products", "7"),
    errors.MappingInvalid("Products", ["Xero's Item has no field Colour."]),
    errors.ConfigurationInvalid(["start.invoices is 'soon'. Use draft or as-crm."]),
    errors.ChangesCursorInvalid("The cursor is none that was given", "Begin again without one"),
    errors.MappingMissing("Products"),
    errors.TermsNotAccepted(),
    errors.StartUnanswered("Acme"),
    errors.PlanNotSeen("Acme"),
    errors.FirstTenNotSeen("Acme"),
    errors.UndoRefused("Several runs begin with 01: 012, 013. Use more of the id that is meant."),
    errors.ConflictRefused("It changed since. Use the list of now: xtiger conflicts"),
    errors.LinkRefused("It is linked already. Unlink it first: xtiger unlink"),
    errors.ExtensionRefused("XTLog", "its zip is damaged", "Fetch it again."),
    errors.ExtensionForOtherRelease("XTLog", "~=0.1.0", "0.2.0"),
    errors.BrokenExtension("XTLog", "pages", "ValueError"),
    errors.BrokenCause("archived", ["module"], ["line"]),
    errors.BrokenHost("crm", "get", "KeyError"),
    errors.BrokenCause("too_long", ["most"], ["least"]),
    errors.UnreadableAnswer("GET /Items", "it has no list"),
)
FAMILIES = (XTigerError, RetryLater, NeedsPerson, Broken)
#: The same in a browser.
BROWSER_STEPS = re.compile(
    r"(your administrator|Try again|try again|Try when|goes on|looked up|Begin again|Use |Wait"
    r"|Known|Check|Fetch|Correct|sync as usual|Look at|looks up)"
)
#: Words with which a next step begins.
STEPS = re.compile(
    r"(Check|Try|try again|Wait|goes on|looks up|Use|Connect|Copy|Start again|Correct|Known"
    r"|Save|Read|Unlink|Fetch|Disable|report|has no field"
    r"|Begin|Answer it|let the rest go|look at|release it|Look at|sync as usual|Make room"
    r"|End what|put back|Put it back)"
)


def ids(error: XTigerError) -> str:
    """The error's class."""
    return type(error).__name__


def _classes() -> set[type[XTigerError]]:
    found = [vars(errors)[name] for name in dir(errors)]
    return {c for c in found if isinstance(c, type) and issubclass(c, XTigerError)}


def test_an_example_of_every_error_is_looked_at() -> None:
    """A new error cannot be forgotten here."""
    assert _classes() - set(FAMILIES) == {type(error) for error in EXAMPLES}


def test_every_error_has_its_own_code() -> None:
    """Scripts tell errors apart by it."""
    codes = [error.code for error in _classes()]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("family", "exit_code"), [(RetryLater, 4), (NeedsPerson, 3), (Broken, 5), (XTigerError, 1)]
)
def test_each_family_has_its_exit_code(family: type[XTigerError], exit_code: int) -> None:
    """And every error of the family ends a command with it."""
    members = {error for error in _classes() if error.__mro__[1:2] == (family,)} | {family}

    assert {exit_code} == {error.exit_code for error in members - set(FAMILIES) | {family}}


def test_every_error_belongs_to_one_family() -> None:
    """The caller retries, asks a person, or shows a trace: never two of them."""
    families = {error: [f for f in FAMILIES[1:] if issubclass(error, f)] for error in _classes()}

    assert {1} == {len(found) for error, found in families.items() if error is not XTigerError}


@pytest.mark.parametrize("error", EXAMPLES, ids=ids)
class TestSentences:
    def test_it_names_the_next_step(self, error: XTigerError) -> None:
        """What to do now stands in its last two sentences."""
        last = " ".join(re.split(r"(?<=[.:])\s", str(error))[-2:])

        assert STEPS.search(last)

    def test_it_is_a_whole_sentence(self, error: XTigerError) -> None:
        """Nothing is left to fill in, nothing is doubled."""
        said = str(error)

        assert [] == re.findall(r"[{}]|None|\.\.|  |: \.|\(\)", said)

    def test_its_commands_exist(self, error: XTigerError) -> None:
        """What it tells people to type can be typed."""
        assert [] == [words for words in commands(str(error)) if not typed(words)]

    def test_a_retry_says_when(self, error: XTigerError) -> None:
        """An error that passes by itself has its seconds, and only such a one."""
        assert isinstance(error, RetryLater) == hasattr(error, "retry_after_seconds")


def test_what_passes_by_itself_is_known_to_the_panel() -> None:
    """Of every other stop it says that a person lifts it."""
    assert {e.code for e in _classes() if issubclass(e, RetryLater)} == PASSES


@pytest.mark.parametrize("error", EXAMPLES, ids=ids)
@pytest.mark.parametrize("locale", ["en", "de", "fr"])
def test_a_browser_names_no_command(error: XTigerError, locale: str) -> None:
    """Nor a variable, an option or a call; nothing is left to fill in, and there is a next step."""
    said = spoken_error(error, language(locale), "browser")

    assert not COMMANDS.search(said)
    assert [] == re.findall(r"[{}]|None|\.\.|  |: \.|\(\)|\?", said)
    assert locale != "en" or BROWSER_STEPS.search(said), "no next step"


@pytest.mark.parametrize("error", EXAMPLES, ids=ids)
def test_a_command_line_shows_the_errors_own_sentence(error: XTigerError) -> None:
    """With what to type."""
    assert str(error) == spoken_error(error, language("en"), "command")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It is 1. Unlink it first: xtiger unlink Products 1", "It is 1. Unlink it first."),
        ("It has no entry 7. See its entries: xtiger log", "It has no entry 7."),
        ("It is off. Set XTIGER_X, then go on. It waits.", "It is off. It waits."),
        ("Several are connected (A, B). Name one: --connection", "Several are connected (A, B)."),
    ],
)
def test_a_kept_text_loses_its_commands(text: str, said: str) -> None:
    """What was stored for the command line is cut where a browser shows it."""
    words = language("en")

    assert f"{said} Ask your administrator." == without_commands(text, words)
    assert "All is well." == without_commands("All is well.", words)


@pytest.mark.parametrize(
    "text", ["It needs xtiger and xtiger_log.", "An update of xtiger brings it.", "Update xtiger."]
)
def test_the_name_of_the_library_is_no_command(text: str) -> None:
    """A sentence that only names it is kept in a browser."""
    assert text == without_commands(text, language("en"))


def test_every_command_is_known_as_one() -> None:
    """Those of the core and of the three extensions; a stranger's after a colon or Run."""
    known = {*ROOT_COMMANDS, "log", "queue", "accounts", "taxes"}

    assert sorted(known) == list(COMMAND_WORDS)
    assert all(COMMANDS.search(text) for text in ("Run xtiger loyalty", "Do it: xtiger loyalty"))


def commands(text: str) -> Iterator[list[str]]:
    """The commands that a sentence shows."""
    for found in re.findall(r"xtiger ((?:[a-z]+[a-z-]* ?)+)", text):
        yield found.split()


def typed(words: list[str]) -> bool:
    """Whether the command line has this command."""
    command: click.Command | None = root
    for word in words:
        if not isinstance(command, click.Group):
            break  # an argument
        context = click.Context(command, obj=App())
        command = command.get_command(context, word)
    return command is not None


@pytest.mark.parametrize(
    ("words", "there"),
    [
        (["connect"], True),
        (["extensions", "disable"], True),
        (["fly"], False),
        (["mapping", "fly"], False),
    ],
)
def test_commands_are_looked_up(words: list[str], there: bool) -> None:
    """The look-up of this test tells commands from others."""
    assert there is typed(words)


def test_the_catalogues_commands_exist() -> None:
    """Fixes may name commands, too."""
    shown = [words for entry in CATALOGUE.values() for words in commands(entry.cures.command)]

    assert [] == [words for words in shown if not typed(words)]


class TestWording:
    @pytest.mark.parametrize(
        ("error", "sentence"),
        [
            (errors.RateLimited("day", retry_after_seconds=7200), "goes on in about 120 min."),
            (errors.RateLimited("minute", retry_after_seconds=2), "goes on in about 1 min."),
            (errors.RunBusy("Acme", retry_after_seconds=0.2), "try again in 1 s."),
            (errors.ConnectionEnded("A", "old", waiting=3), "Nothing is lost. 3 changes wait. C"),
            (errors.ConnectionEnded("A", "old", waiting=0), "Nothing is lost. Connect again"),
            (errors.XeroUnavailable(503, correlation_id="abc"), "answered 503 (trace abc)."),
            (errors.XeroUnavailable(503), "answered 503. "),
            (
                errors.XeroRejected("X", 400, ["a.", "b."], correlation_id="t"),
                "with 400: a.; b (trace t). Correct",
            ),
            (errors.XeroRejected("X", 400, []), "with 400: no reason given. Correct"),
            (errors.ExtensionRefused("XTLog", "it is damaged"), "XTLog: it is damaged."),
            (errors.ExtensionRefused("XTLog", "it is old", "Update."), "it is old. Update."),
        ],
        ids=str,
    )
    def test_what_is_not_known_is_left_out(self, error: XTigerError, sentence: str) -> None:
        """Traces, waiting changes and fixes only where there are some; at least one second."""
        assert sentence in str(error)

    def test_problems_are_listed_one_by_one(self) -> None:
        """A mapping with three mistakes shows three lines."""
        assert "The mapping of Products cannot be saved:\n- a\n- b" == str(
            errors.MappingInvalid("Products", ["a", "b"])
        )

    def test_problems_may_stand_without_a_head(self) -> None:
        """No empty line before them."""
        assert "- a" == str(NeedsPerson(problems=["a"]))

    def test_an_error_of_a_family_may_say_its_own_sentence(self) -> None:
        """For what happens in one place only."""
        assert ("Wait a bit.", 60, "Choose.") == (
            str(RetryLater("Wait a bit.")),
            RetryLater().retry_after_seconds,
            str(NeedsPerson("Choose.")),
        )
