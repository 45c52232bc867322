"""XTiger's entries in the menu of a page of Django."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from xtiger.django.panel import said
from xtiger.django.project import config
from xtiger.django.site import on_page
from xtiger.errors import XTigerError
from xtiger.i18n.language import language
from xtiger.web import menu
from xtiger.web.site import MenuLink


class DrawnMenu(SafeString):
    """The links as HTML; a template that draws them itself goes through `entries`."""

    entries: tuple[MenuLink, ...] = ()


def drawn_menu(request: Any) -> DrawnMenu:
    """The pages that the user of this request may see, with the number of what needs somebody.

    Where they cannot be counted, why, so that the page itself stands.
    """
    if getattr(request, "user", None) is None:
        return DrawnMenu("")
    try:
        with on_page(request):
            entries = tuple(menu())
    except XTigerError as error:
        return DrawnMenu(format_html('<span class="xt-problem">{}</span>', said(error)))
    found = DrawnMenu(format_html_join(" ", "{}", ((_link(one),) for one in entries)))
    found.entries = entries
    return found


def _link(entry: MenuLink) -> SafeString:
    number = mark_safe("")
    if entry.number:
        words = language(config().library.settings.locale)
        number = format_html(' <span class="xt-count">{}</span>', words.number(entry.number))
    return format_html('<a href="{}">{}{}</a>', entry.address, entry.label, number)
