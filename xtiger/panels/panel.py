"""The panel as data and as HTML."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote, urlencode

import jinja2
from markupsafe import Markup

from xtiger.hookspecs import PageLink, PanelRow
from xtiger.i18n.language import language

PanelState = Literal["ok", "waiting", "held", "off", "none"]

#: The sign in front of the state, so that it does not depend on colour.
SIGNS: Mapping[PanelState, str] = {
    "ok": "●",
    "waiting": "◌",
    "held": "▲",
    "off": "○",
    "none": "○",
}


@dataclass(frozen=True, slots=True)
class PanelMessage:
    """Something that a person should know: what happened, what to do, and its code."""

    text: str
    fix: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class PanelButton:
    """A button; pressing it posts its name as `action`, and its target as `target`."""

    name: str
    label: str
    #: The id of the Xero record that it is about; "" where it is about none.
    target: str = ""

    def address(self, action_url: str) -> str:
        """Where it posts to, of a form that posts to `action_url`: a button has one value only."""
        if not self.target:
            return action_url
        sign = "&" if "?" in action_url else "?"
        return f"{action_url}{sign}{urlencode({'target': self.target})}"


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel as data; `html` draws it."""

    title: str
    state: PanelState
    #: The state in one line.
    badge: str
    rows: tuple[PanelRow, ...]
    messages: tuple[PanelMessage, ...]
    actions: tuple[PanelButton, ...]
    module: str
    record_id: str
    action_url: str
    #: The connection whose state is shown; None where nothing is connected.
    connection_id: str | None = None
    locale: str = "en"
    #: The address of the record in Xero; None where it has none.
    view_url: str | None = None
    #: The address of the style sheet; "" where the host's page has it already.
    style_url: str = ""
    #: Sentences about extensions that could not be shown.
    problems: tuple[str, ...] = ()
    #: Whether the CRM has no such record: there is nothing to show or change.
    is_missing: bool = False
    #: The host's templates, asked before ours.
    loader: jinja2.BaseLoader | None = field(default=None, repr=False, compare=False)

    def page_address(self, page: PageLink) -> str:
        """Where a page is: beside what the panel posts to."""
        head = self.action_url.partition("/modules/XTiger/")[0]
        return f"{head}/xt/{quote(page.page, safe='')}?{urlencode(page.query)}"

    def with_loader(self, loader: jinja2.BaseLoader) -> Panel:
        """The same panel, drawn with the host's own templates where it has them."""
        return replace(self, loader=loader)

    def as_dict(self) -> dict[str, Any]:
        """The panel as lists, dicts and text that any JSON writer takes."""
        return {
            "title": self.title,
            "state": self.state,
            "badge": self.badge,
            "rows": [
                {
                    "label": row.label,
                    "value": row.value,
                    "text": row.text,
                    "link": self.page_address(row.page) if row.page else row.link,
                    "edits": row.edits,
                    "choices": [{"value": v, "label": label} for v, label in row.choices],
                    "widget": row.widget,
                }
                for row in self.rows
            ],
            "messages": [{"text": m.text, "fix": m.fix, "code": m.code} for m in self.messages],
            "actions": [
                {"name": a.name, "label": a.label, "target": a.target} for a in self.actions
            ],
            "module": self.module,
            "record_id": self.record_id,
            "action_url": self.action_url,
            "view_url": self.view_url,
            "style_url": self.style_url,
            "problems": list(self.problems),
        }

    def html(self, csrf: str = "", next_url: str = "") -> Markup:
        """The panel as HTML that works without JavaScript; everything in it is escaped.

        `csrf` is the token of the web layer's session; `next_url` is where the browser goes
        after a post, by default the page that it came from.
        """
        page = (
            environment(self.loader)
            .get_template("xtiger/panel.html")
            .render(
                panel=self,
                sign=SIGNS[self.state],
                csrf=csrf,
                next_url=next_url,
                _=language(self.locale).translate,
            )
        )
        # Safe: the template above escapes each value.
        return Markup(page)  # noqa: S704


# Reading the template is the dear part, and it gives the same each time.
@functools.lru_cache(maxsize=8)
def environment(loader: jinja2.BaseLoader | None) -> jinja2.Environment:
    """Our templates, behind those of the host."""
    ours = jinja2.PackageLoader("xtiger.panels", "templates")
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([loader, ours] if loader else [ours]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
