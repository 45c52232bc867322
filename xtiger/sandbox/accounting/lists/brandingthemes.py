"""Branding themes: read only; the one with SortOrder 0 is the default."""

from __future__ import annotations

from xtiger.sandbox.accounting.envelope import Invalid, stamp_text
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View
from xtiger.sandbox.state import Raw


def fresh(theme_id: str, name: str, order: int, stamp_ms: int) -> Raw:
    """Return a theme as stored."""
    return {
        "BrandingThemeID": theme_id,
        "Name": name,
        "Type": "INVOICE",
        "SortOrder": order,
        "CreatedDateUTC": stamp_ms,
    }


def save(_context: Context, _element: Raw, _saving: Saving) -> tuple[Raw, list[str]]:
    """Refuse: themes are made in Xero's own pages only."""
    raise Invalid(["Branding themes cannot be written."])


def render(_context: Context, raw: Raw, _view: View) -> Raw:
    """Return a theme as Xero shows it."""
    return raw | {"CreatedDateUTC": stamp_text(raw["CreatedDateUTC"])}


KIND = Kind(
    plural="BrandingThemes",
    id_field="BrandingThemeID",
    render=render,
    save=save,
    fields=frozenset(("BrandingThemeID", "Name", "SortOrder")),
    modified_since=False,
    batches=False,
    verbs=frozenset({"GET"}),
    verbs_one=frozenset({"GET"}),
)
