"""The German and French sentences: whole, with the same fields, and nothing left over."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from xero_accounts.page import _ACCOUNTS, _TAXES, _UNREAD
from xero_accounts.words import CLASSES, STATUSES, TYPES
from xtiger.cli.commands.starting.service import SET_UP
from xtiger.engine.proof.compare import LINE_LABELS
from xtiger.engine.workbench.workbench import READ
from xtiger.errors import MISMATCHES
from xtiger.extensions.state import State
from xtiger.i18n.failures import BROWSER, COMMANDS
from xtiger.i18n.kept_text import KEPT
from xtiger.i18n.kept_words import UNFREED
from xtiger.i18n.language import catalogue_text, language
from xtiger.i18n.service_text import MEANT
from xtiger.i18n.twin_words import ANSWER_WORDS, ANSWERED_WORDS, REASON_WORDS
from xtiger.mail.drawing import ALERTS
from xtiger.mapping.configuration import START
from xtiger.mapping.editing.change_words import SECTION_WORDS
from xtiger.mapping.editing.templates import BUILT_IN
from xtiger.mapping.lint.finding import FINDINGS, SEVERITIES
from xtiger.mapping.listings import LISTINGS
from xtiger.mapping.module_settings import FAULTS, SETTINGS
from xtiger.mapping.option_specs import OPTIONS
from xtiger.model.connections import DISCONNECTED, ENDED_IN_XERO, REFUSED_TOKEN, UNUSED
from xtiger.model.mailing.letters import LetterState
from xtiger.model.mailing.recipients import EVERY, OCCASIONS
from xtiger.model.privacy.kept import LOG, OF_STORE, UNDONE_BY
from xtiger.model.starting.one_way import ONE_WAY
from xtiger.model.undo.refusals import REFUSALS
from xtiger.model.undo.wrote import DID_WORDS
from xtiger.model.verbs import ResultName, Verb
from xtiger.panels.customers import SAID as CUSTOMER_WORDS
from xtiger.panels.notices import EVENT_WORDS
from xtiger.panels.proof import AMOUNTS
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.causes import OUR_WORDS, PHRASES
from xtiger.rules.outside.messages import ADDRESS_FAULTS
from xtiger.rules.reconciliation import CURES, REASONS, RECORD
from xtiger.rules.releases.second_person import NOBODY, SAME
from xtiger.rules.undo.allocations import TAKEN_OFF
from xtiger.rules.undo.comparison import REMAINS
from xtiger.services.facts.conflict_facts import CHOICES
from xtiger.services.outside.receivers import BUSY, REFUSED
from xtiger.services.tax_rates import NOT_HERE, NOT_THIS
from xtiger.web.cures.fields import FIELDS, KEEPS, LEADS, PAGES, SWITCHES
from xtiger.web.decided.mistakes import SAID as MISTAKES
from xtiger.web.filters.form import OPERATOR_WORDS
from xtiger.web.mailing.mails import EVERY_WORDS, OCCASION_WORDS
from xtiger.web.matching.form import HOW_WORDS, RULE_WORDS
from xtiger.web.module_form import RATE_WORDS
from xtiger.web.module_form import WORDS as CHOSEN
from xtiger.web.outside.receivers import RECEIVER_WORDS
from xtiger.web.overview import WORDS as FOUR
from xtiger.web.plan import LINE_WORDS
from xtiger.web.start import TITLES
from xtiger.web.starting.service import SET_UP as SERVICE_SET_UP
from xtiger_log.rows import _DECISIONS, _RESULTS
from xtiger_queue.done_page import COLUMNS as DONE_COLUMNS
from xtiger_queue.done_page import REASONS as DONE_REASONS
from xtiger_queue.page import _ORDERS, _STATES, ON_HOLD, SHOWN
from xtiger_queue.plugin import _BUTTONS as QUEUE_BUTTONS
from xtiger_queue.privacy import KEPT as QUEUE_KEPT

ROOT = Path(__file__).parents[2] / "xtiger"
#: Those of the demo are a CRM's own.
TEMPLATES = [
    path for room in ("panels", "web", "mail") for path in ROOT.glob(f"{room}/templates/**/*.html")
]
EXTENSIONS = ("xtiger_log", "xtiger_queue", "xero_accounts")
#: Calls that look a sentence up → how many of their arguments are sentences.
CALLS = {"_": 1, "translate": 1, "sentence": 1, "counted": 2}
#: Words that are looked up by a value: states of runs, who began them, columns of the plan.
WORDS = {
    *get_args(ResultName),
    *get_args(Verb),
    *get_args(State),
    READ,
    "remove",
    "running",
    "done",
    "stopped",
    "person",
    "schedule",
    "save",
    "api",
    "webhook",
    "release",
    "follow-up",
    "undo",
    "wipe",
    "left out",
    "proof",
    "agreed",
    "differs",
    *TITLES.values(),
    *LINE_WORDS,
    *(one.label for one in ONE_WAY),
    *PHRASES,
    *(text for texts in OUR_WORDS.values() for text in texts),
    *DID_WORDS.values(),
    *REFUSALS,
    DISCONNECTED,
    ENDED_IN_XERO,
    UNUSED,
    REFUSED_TOKEN,
    *EVERY,
    *OCCASIONS,
    *EVERY_WORDS.values(),
    *OCCASION_WORDS.values(),
    *RECEIVER_WORDS.values(),
    *ADDRESS_FAULTS,
    *(NOBODY, SAME),
    BUSY,
    *REFUSED,
    *get_args(LetterState),
    *(text for texts in ALERTS.values() for text in texts),
    *(text for one in (*OF_STORE, *QUEUE_KEPT) for text in (one.what, one.until) if text),
    *(LOG, UNDONE_BY, UNFREED),
}
#: What pages of extensions say by a value.
SAID = {
    *_RESULTS.values(),
    *_STATES.values(),
    *_ORDERS.values(),
    *SHOWN,
    *(one.label for one in QUEUE_BUTTONS),
    ON_HOLD,
    *DONE_REASONS.values(),
    *DONE_COLUMNS,
    *_ACCOUNTS,
    *CLASSES.values(),
    *STATUSES.values(),
    *TYPES.values(),
    "sales",
    "purchases",
    "payments",
    *_TAXES,
    *EVENT_WORDS.values(),
    *CUSTOMER_WORDS.values(),
    *REASON_WORDS.values(),
    *ANSWER_WORDS.values(),
    *ANSWERED_WORDS.values(),
    "{count} waiting",
    "{count} running",
    "{count} held",
    "yes",
    *(one for one in _DECISIONS.values() if "→" not in one),
    _UNREAD,
    "Entries {first} to {last}, newest first.",
}
#: What extensions call their buttons, pages, columns and search fields: panel and pages
#: translate them.
LABELS = {
    "Sales account",
    "Purchase account",
    "Paid to account",
    "As set for all invoices",
    "As set for all payments",
    "None",
    "{account} (not in Xero: choose another)",
    "{account} (archived in Xero: choose another)",
    "{account} (cannot be used here: choose another)",
    "Copy to Xero",
    "Compare again",
    "Add to Queue",
    "Exchange rate",
    "Xero Logs",
    "Xero Queue",
    "Xero Accounts",
    "Xero Tax Rates",
    "When",
    "Result",
    "What happened",
    "What to do",
    "Flow",
    "CRM id",
    "Xero id",
    "App",
    "The log is whole.",
    "The log is whole, and the file as written.",
    "Begun by",
    "Call of Xero",
    "Name or id",
    "From day",
    "To day",
    "Run",
    "Direction",
    "Also what was unchanged",
    "One row per entry",
    "History",
    "Each record",
    "Sync again",
    "Old",
    "New",
    "Last agreed",
    "Decision",
    "Action",
    "Organisation",
    "State",
    "Waits from day",
    "Waits to day",
    "Sync now",
    "Retry",
    "Done",
    "Cancel",
    "Show everything",
    "What differs",
    "Notices",
    "Invoice",
    "Left to pay",
    "Compare both sides",
    "To the overview",
    "Plan and sync",
    "Log",
    "Name",
    "Code",
    "Type",
    "Class",
    "Tax type",
    "Status",
    "Description",
    "Takes",
    "Read from Xero now",
    "Xero Accounts of a record",
    "Used for",
    "Account",
    "Choose another",
    "Choose it",
    "View",
    "Option",
    "Open a product, and there its Xero accounts: this page is about one.",
    "This record is not in the CRM any more.",
    "This row is not there any more. Load the page again.",
    "View, choose, take away",
    "Changed in Xero",
    "Rate",
    "Usable for",
    "Parts",
    "Type or class",
    "Name, code or description",
    "Name or tax type",
    "Job",
    "Why",
    "Tries",
    "Next try",
    "Waits since",
    "Started (UTC)",
    "By",
    "Calls",
    "Results",
    "Conflicts",
    "Runs",
    "Needs you",
    "Module",
    "Record",
    "Field",
    "Agreed last",
    "CRM",
    "Xero",
}


def in_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            for given in node.args[: CALLS.get(name, 0)]:
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield given.value


def in_template(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for _line, _name, message, _comments in babel_extract(file, ("_",), [], {}):
            found = message if isinstance(message, str) else message[0] if message else None
            if found:
                yield str(found)


#: Files whose refusals of an extension are said in each language.
REFUSING = (
    "errors.py",
    *(
        f"extensions/{name}.py"
        for name in (
            "archive",
            "checks",
            "choices",
            "core_update",
            "folder",
            "manager",
            "verified",
            "wheel",
            "zip",
        )
    ),
)
#: Names that a reason or fix is given by.
_GIVEN = re.compile(
    "reason|fix|_BY_HAND|FETCH_AGAIN|NOT_TRUSTED|_TWICE|_LACKS|_BESIDE|_OTHER_VERSION|_CHOOSE"
)


def in_refusals(path: Path) -> Iterator[str]:
    """Reasons and fixes of ExtensionRefused, given at once or by a name; without commands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ExtensionRefused":
            given = node.args[1:3]
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "__init__":
            given = node.args[1:3]
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            given = [node.value] if _GIVEN.fullmatch(node.targets[0].id) else []
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_refused":
            given = node.args[:1]
        if isinstance(node, ast.FunctionDef) and node.name in ("_name_problem", "_entry_problem"):
            given = [
                one.value
                for one in ast.walk(node)
                if isinstance(one, ast.Return) and isinstance(one.value, ast.Constant)
            ]
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            names = ast.unparse(node.targets[0])
            given = node.value.elts if names == "(reason, fix)" else []
            given = node.value.elts[:1] if names.startswith("(reason, ") and not given else given
        for one in given:
            assert not isinstance(one, ast.JoinedStr), f"{path} cannot be translated: {one.lineno}"
            if isinstance(one, ast.Constant) and one.value and not COMMANDS.search(str(one.value)):
                yield str(one.value)


def _code() -> list[Path]:
    """The files that say sentences."""
    return [
        *ROOT.glob("cli/**/*.py"),
        *ROOT.glob("web/**/*.py"),
        *(
            path
            for room in ("panels", "mail", "services/mailing")
            for path in ROOT.glob(f"{room}/*.py")
        ),
        ROOT / "i18n" / "language.py",
        ROOT / "i18n" / "cause_text.py",
        ROOT / "i18n" / "failures.py",
        ROOT / "i18n" / "sent_words.py",
        ROOT / "i18n" / "service_text.py",
        ROOT / "extensions" / "spoken_reason.py",
        ROOT / "services" / "syncing" / "asked_syncs.py",
        ROOT / "services" / "syncing" / "service.py",
        ROOT / "services" / "facts" / "selection_count.py",
        ROOT / "services" / "tax_rates.py",
        ROOT / "services" / "webhooks.py",
        *(path for name in EXTENSIONS for path in (ROOT.parent / name).glob("*.py")),
    ]


def _sentences() -> set[str]:
    found = {text for path in _code() for text in in_code(path)}
    found |= {text for name in REFUSING for text in in_refusals(ROOT / name)}
    found |= {text for path in TEMPLATES for text in in_template(path)}
    for entry in CATALOGUE.values():
        found |= {entry.sentence, *astuple(entry.cures)}
        found |= set() if entry.apart is None else set(astuple(entry.apart))
    found |= {*MISMATCHES.values(), *BROWSER.values(), *KEPT}
    # What the proof of agreement says by a value.
    for cures in CURES.values():
        found |= set(astuple(cures))
    found |= {*REASONS.values(), *AMOUNTS.values(), *LINE_LABELS.values()}
    found |= {column.label for one in LISTINGS.values() for column in one.columns}
    found |= set(FAULTS.values()) | set(SEVERITIES)
    found |= {text for one in FINDINGS.values() for text in (one.sentence, *astuple(one.cures))}
    found |= {spec.meaning for spec in SETTINGS} | set(CHOICES.values())
    found |= {spec.meaning for spec in OPTIONS} | set(CHOSEN.values())
    found |= {one.label for one in FIELDS.values()} | {one.label for one in SWITCHES.values()}
    found |= {one.meaning for one in BUILT_IN.values()}
    found |= set(START.values()) | set(SECTION_WORDS.values())
    found |= {label for one in KEEPS.values() for _side, label in one}
    found |= {label for _page, label in PAGES.values()}
    found |= {label for _page, label, _step in LEADS.values()}
    for words in (MEANT, SERVICE_SET_UP, SET_UP, RULE_WORDS, HOW_WORDS, RATE_WORDS, REMAINS):
        found |= set(words.values())
    found |= {*TAKEN_OFF.values()}
    found |= {*OPERATOR_WORDS.values(), *MISTAKES}
    found |= {text for said in FOUR.values() for text in said} | {NOT_HERE, NOT_THIS}
    return (found | WORDS | LABELS | SAID | {RECORD, "Status", "Lines"}) - {""}


def _fields(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def _catalogue(name: str) -> dict[str, str]:
    found = read_po(io.StringIO(catalogue_text(name)))
    return {str(m.id): str(m.string) for m in found if m.id and not m.fuzzy}


@pytest.mark.parametrize("name", ["de", "fr"])
def test_every_sentence_is_translated(name: str) -> None:
    """Panel, pages, commands, catalogue and words: none is missing."""
    known = _catalogue(name)

    assert [] == sorted(text for text in _sentences() if not known.get(text))


@pytest.mark.parametrize("name", ["de", "fr"])
def test_no_translation_is_left_over(name: str) -> None:
    """A sentence that nobody says any more leaves the catalogue too."""
    assert [] == sorted(set(_catalogue(name)) - _sentences())


@pytest.mark.parametrize("name", ["de", "fr"])
def test_a_sentence_is_translated_once(name: str) -> None:
    """Of two translations of one sentence nobody knows which is read."""
    texts = re.findall(r"^msgid (.+)$", catalogue_text(name), re.MULTILINE)

    assert [] == sorted({one for one in texts if texts.count(one) > 1 and one != '""'})


@pytest.mark.parametrize("name", ["de", "fr"])
def test_translations_have_the_same_fields(name: str) -> None:
    """Each {field} of a sentence is in its translation, and no other."""
    wrong = [text for text, said in _catalogue(name).items() if _fields(text) != _fields(said)]

    assert [] == wrong


@pytest.mark.parametrize("name", ["de", "fr"])
def test_commands_stay_as_they_are_typed(name: str) -> None:
    """`xtiger plan` is typed the same in every language."""
    command = re.compile(r"xtiger [a-z]+(?: [a-z]+)?(?: --[a-z]+)*")
    wrong = [
        text
        for text, said in _catalogue(name).items()
        if text.islower() is False and not set(command.findall(text)) <= set(command.findall(said))
    ]

    assert [] == wrong


def test_an_unknown_language_is_english() -> None:
    """A locale that is not there falls back, a region is left out."""
    assert ("en", "de") == (language("xx").name, language("de_AT").name)


def test_french_has_one_apostrophe() -> None:
    """The typographic one, as printed French has it; the straight one stays in commands."""
    wrong = [said for said in _catalogue("fr").values() if re.search(r"[^\W\d_]'[^\W\d_{]", said)]

    assert [] == wrong
