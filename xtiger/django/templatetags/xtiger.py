"""What a page of the CRM shows of Xero: the panel of a record, a module's list, the menu."""

from __future__ import annotations

from typing import Any

from django import template

from xtiger.django.listing import DrawnList, list_of
from xtiger.django.menu import drawn_menu
from xtiger.django.panel import panel_html

register = template.Library()


@register.simple_tag(takes_context=True)
def xtiger_panel(context: Any, record: Any) -> Any:
    """The Xero Information panel of an object of a declared model."""
    return panel_html(record, context["request"])


@register.simple_tag(takes_context=True)
def xtiger_menu(context: Any) -> Any:
    """Links to the pages that the user may see, with the number of what needs somebody."""
    return drawn_menu(context["request"])


@register.simple_tag(takes_context=True)
def xtiger_list(context: Any, records: Any, module: str = "") -> Any:
    """The list of the objects on this page: `{% xtiger_list page as xero %}{{ xero.bar }}`."""
    return list_of(records, context["request"], module)


@register.simple_tag
def xtiger_box(listed: DrawnList, record: Any, name: str = "") -> Any:
    """The tick box of an object of such a list; a screen reader calls it `name`."""
    return listed.box(record, str(name))


@register.simple_tag
def xtiger_cell(listed: DrawnList, record: Any) -> Any:
    """The Xero column of an object of such a list."""
    return listed.cell(record)
