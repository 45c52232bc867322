"""What of Xero's tracking categories and branding themes a document gets, by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from xtiger.model.plans import Cause
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_of

#: The options of the mapping: a table by category, and one name.
TRACKING, THEME = "tracking", "branding_theme"
#: The lists of Xero that these are of.
ListName = Literal["TrackingCategory", "BrandingTheme"]
CATEGORIES: Final = "TrackingCategory"
THEMES: Final = "BrandingTheme"
#: Options of a text: of several categories, and behind the name of its category.
_SEVERAL, _BEHIND = ";", ":"


@dataclass(frozen=True, slots=True)
class NamedLists:
    """What can be named: options in use by category, and themes."""

    categories: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    #: Name → BrandingThemeID.
    themes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def kept(kind: str, elements: Sequence[Mapping[str, Any]]) -> Plain:
    """What of a list of Xero is kept: category → its options in use, or name of a theme → id."""
    if kind == THEMES:
        return {str(one.get("Name")): str(one.get("BrandingThemeID")) for one in elements}
    return {
        str(one.get("Name")): [
            str(option.get("Name"))
            for option in one.get("Options") or ()
            if option.get("Status", "ACTIVE") == "ACTIVE"
        ]
        for one in elements
        if one.get("Status", "ACTIVE") == "ACTIVE"
    }


def wanted_lists(options: Mapping[str, Plain], roles: frozenset[str]) -> list[ListName]:
    """The lists that this mapping, and a CRM with these roles, name something of."""
    tracked = bool(options.get("tracking_map")) or "line.tracking" in roles
    themed = bool(options.get(THEME)) or "invoice.branding" in roles
    named: tuple[tuple[bool, ListName], ...] = ((tracked, CATEGORIES), (themed, THEMES))
    return [name for asked, name in named if asked]


def tracking_of(
    defaults: Mapping[str, str], lists: NamedLists, text: str, line: int
) -> list[dict[str, str]] | Cause:
    """The tracking of a line: what its text names, and the defaults of the other categories."""
    chosen: dict[str, str] = {}
    for part in (one.strip() for one in text.split(_SEVERAL)):
        found = _named(part, lists) if part else None
        if part and found is None:
            return cause_of("tracking_unknown", option=part, line=line)
        chosen |= {found[0]: found[1]} if found else {}
    for category, option in defaults.items():
        found = _named(f"{category}{_BEHIND}{option}", lists)
        if found is None:
            return cause_of("tracking_unknown", option=f"{category}: {option}", line=line)
        chosen.setdefault(*found)
    return [{"Name": category, "Option": option} for category, option in chosen.items()]


def _named(text: str, lists: NamedLists) -> tuple[str, str] | None:
    """The one (category, option) that a text names: "Region: North", or "North" alone."""
    found = [
        (category, option)
        for category, options in lists.categories.items()
        for option in options
        if _plain(text) in (_plain(option), _plain(f"{category}{_BEHIND}{option}"))
    ]
    return found[0] if len(found) == 1 else None


def theme_of(name: str, lists: NamedLists) -> str | Cause | None:
    """The id of the theme of this name; None for no name."""
    if not name:
        return None
    found = [key for known, key in lists.themes.items() if _plain(known) == _plain(name)]
    return found[0] if len(found) == 1 else cause_of("branding_unknown", theme=name)


def _plain(text: str) -> str:
    parts = (" ".join(part.split()) for part in text.casefold().split(_BEHIND))
    return _BEHIND.join(parts)
