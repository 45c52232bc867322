"""What a module's own list in the CRM shows of Xero: a word for each record, buttons and links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jinja2
from markupsafe import Markup

from xtiger.hookspecs import RecordAction
from xtiger.i18n.language import Language, language
from xtiger.model.agreement import Agreement
from xtiger.panels.building import state_of
from xtiger.panels.facts import PanelFacts
from xtiger.panels.panel import PanelButton, environment
from xtiger.rules.four_words import word_of

#: What the button of a module's sync posts as `action`.
SYNC_ACTION = "xtiger.sync"
#: The sign in front of the word, so that it does not depend on colour.
SIGNS: Mapping[Agreement, str] = {
    "in_step": "●",
    "waiting": "◌",
    "needs_you": "▲",
    "left_out": "○",
}


@dataclass(frozen=True, slots=True)
class RecordMark:
    """How one record of the list stands."""

    record_id: str
    state: Agreement
    #: The state as people read it.
    word: str
    #: The same in one line, as the record's panel has it.
    said: str
    #: Why, where something is wrong.
    why: str = ""


@dataclass(frozen=True, slots=True)
class ListLink:
    """A page of the module: settings, log, skipped records."""

    name: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class ModuleList:
    """A page of a module's list as data; the methods draw its parts.

    The tick boxes belong to the form of `bar()` by its id, wherever they stand on the page.
    """

    module: str
    #: CRM id → how it stands; empty while nothing is connected.
    marks: Mapping[str, RecordMark]
    #: Buttons for the records ticked.
    actions: tuple[PanelButton, ...] = ()
    #: The button that syncs the whole module; None for who may not.
    sync: PanelButton | None = None
    links: tuple[ListLink, ...] = ()
    #: Why there is nothing to show, in one sentence; "" when all is well.
    note: str = ""
    #: Records whose box may be ticked; None for all.
    may_tick: frozenset[str] | None = None
    action_url: str = ""
    style_url: str = ""
    locale: str = "en"
    csrf: str = ""
    #: What the last press came to, in one sentence.
    said: str = ""
    #: Where the browser goes after a post; "" is the page that it came from.
    next_url: str = ""
    #: The host's templates, asked before ours.
    loader: jinja2.BaseLoader | None = field(default=None, repr=False, compare=False)

    @property
    def is_shown(self) -> bool:
        """Whether the list has the column and the boxes at all."""
        return bool(self.marks)

    @property
    def form_id(self) -> str:
        """The id of the form that the boxes belong to."""
        return f"xt-list-{self.module}"

    def with_loader(self, loader: jinja2.BaseLoader) -> ModuleList:
        """The same list, drawn with the host's own templates where it has them."""
        return replace(self, loader=loader)

    def can_tick(self, record_id: str | int) -> bool:
        """Whether a box stands beside the record."""
        known = str(record_id) in self.marks and bool(self.actions)
        return known and (self.may_tick is None or str(record_id) in self.may_tick)

    @property
    def tickable(self) -> list[str]:
        """The records beside which a box stands."""
        return [crm_id for crm_id in self.marks if self.can_tick(crm_id)]

    def mark(self, record_id: str | int) -> RecordMark | None:
        """How a record stands; None for one that was not asked for."""
        return self.marks.get(str(record_id))

    def bar(self) -> Markup:
        """Above the table: Sync now, Settings, Log, skipped records, and the buttons."""
        return self._drawn("bar")

    def box(self, record_id: str | int, name: str = "") -> Markup:
        """The tick box of a record; `name` is what people call it. "" where none may be ticked."""
        if not self.can_tick(record_id):
            return Markup("")
        return self._drawn("box", record_id=str(record_id), name=name or str(record_id))

    def cell(self, record_id: str | int) -> Markup:
        """The Xero column of a record."""
        mark = self.mark(record_id)
        if mark is None:
            return Markup("")
        return self._drawn("cell", mark=mark, sign=SIGNS[mark.state])

    def as_dict(self) -> dict[str, Any]:
        """The list as lists, dicts and text that any JSON writer takes."""
        return {
            "module": self.module,
            "note": self.note,
            "said": self.said,
            "records": [
                {
                    "id": one.record_id,
                    "state": one.state,
                    "word": one.word,
                    "said": one.said,
                    "why": one.why,
                    "can_tick": self.can_tick(one.record_id),
                }
                for one in self.marks.values()
            ],
            "actions": [{"name": one.name, "label": one.label} for one in self.actions],
            "sync": {"name": self.sync.name, "label": self.sync.label} if self.sync else None,
            "links": [{"name": o.name, "label": o.label, "url": o.url} for o in self.links],
            "action_url": self.action_url,
            "style_url": self.style_url,
        }

    def _drawn(self, part: str, **values: Any) -> Markup:
        template = environment(self.loader).get_template("xtiger/list.html")
        translate = language(self.locale).translate
        made = template.make_module({"list": self, "_": translate, "locale": self.locale})
        # Safe: the template escapes each value.
        return Markup(getattr(made, part)(**values))  # noqa: S704


def build_list(
    module: str,
    records: Sequence[PanelFacts],
    sentences: Mapping[str, str],
    actions: Sequence[RecordAction],
    locale: str,
    note: str = "",
) -> ModuleList:
    """A page of a list; `sentences` is CRM id → why, of those that have a cause."""
    words = language(locale)
    marks = {
        one.record_id: _mark(one, sentences.get(one.record_id, ""), words)
        for one in records
        if one.connection is not None
    }
    offered = [one for one in actions if not one.name.startswith("xtiger.")] if marks else []
    return ModuleList(
        module,
        marks,
        actions=tuple(PanelButton(one.name, words.translate(one.label)) for one in offered),
        note=note,
        locale=words.name,
    )


def _mark(facts: PanelFacts, why: str, words: Language) -> RecordMark:
    state, said = state_of(facts, words)
    word = _word(facts, state)
    return RecordMark(
        facts.record_id, word, _names(words)[word], said, why if word == "needs_you" else ""
    )


def _word(facts: PanelFacts, state: str) -> Agreement:
    """The word of a record whose panel says this."""
    if state == "ok":
        return "in_step"
    if state == "off":
        return "left_out"
    if state in ("waiting", "none"):
        return "waiting"
    outcome = facts.outcome
    stopped = facts.connection is None or facts.connection.state != "active" or facts.reconnect
    if stopped or facts.currencies is not None or outcome is None:
        return "needs_you"
    found = word_of(outcome.result, outcome.cause.code if outcome.cause is not None else None)
    # In step by its last run and held all the same: it is gone in Xero.
    return "needs_you" if found == "in_step" else found


def _names(words: Language) -> Mapping[Agreement, str]:
    _ = words.translate
    return {
        "in_step": _("In step"),
        "waiting": _("Waiting"),
        "needs_you": _("Needs you"),
        "left_out": _("Left out"),
    }
