"""Xero in Django's admin: the panel on a record's page, a column and the buttons in its list."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.admin import options
from django.forms import Media
from django.template.loader import select_template
from django.urls import NoReverseMatch, reverse

from xtiger.django.listing import list_of
from xtiger.django.panel import library_for, panel_html, said
from xtiger.django.project import config
from xtiger.errors import XTigerError

#: How Django names the place of actions that stand above a list.
_LIST: Final = "CHANGE_LIST"
#: The column of the list, and the attribute of a record of the page that holds its text.
_COLUMN: Final = "xtiger_state"
_DRAWN: Final = "_xtiger_drawn"


class XeroAdmin:
    """Stands before ModelAdmin: `class CompanyAdmin(XeroAdmin, admin.ModelAdmin)`."""

    def render_change_form(
        self: Any, request: Any, context: Any, *args: Any, obj: Any = None, **given: Any
    ) -> Any:
        """The page of a record, with the panel below its form."""
        found = super().render_change_form(request, context, *args, obj=obj, **given)  # type: ignore[misc]  # ModelAdmin's
        if obj is not None and obj.pk is not None:
            found.context_data["xtiger_page"] = select_template(_names(found.template_name))
            found.context_data["xtiger_panel"] = panel_html(obj, request)
            found.template_name = "xtiger/admin/change_form.html"
        return found

    @property
    def media(self: Any) -> Any:
        """Style sheets and scripts of the page, and the style of what the library draws."""
        found = super().media  # type: ignore[misc]  # ModelAdmin's
        try:
            return found + Media(css={"all": [reverse("xtiger:style")]})
        except NoReverseMatch:
            return found  # the pages are not mounted

    def get_list_display(self: Any, request: Any) -> Any:
        """The columns of the list, and how each record stands in Xero."""
        found = super().get_list_display(request)  # type: ignore[misc]  # ModelAdmin's
        return found if _COLUMN in found else (*found, _COLUMN)

    @admin.display(description="Xero")
    def xtiger_state(self, record: Any) -> Any:
        """The word for a record: In step, Waiting, Needs you, Left out."""
        return getattr(record, _DRAWN, "")

    def get_changelist_instance(self: Any, request: Any) -> Any:
        """A page of the list, with the words for all of its records, asked for at once."""
        found = super().get_changelist_instance(request)  # type: ignore[misc]  # ModelAdmin's
        try:
            drawn = list_of(found.result_list, request, config().host.module_of(self.model))
        except (XTigerError, NoReverseMatch):
            return found  # the list itself works without
        for record in found.result_list:
            setattr(record, _DRAWN, drawn.cell(record))
        return found

    def get_actions(self: Any, request: Any, action_location: Any = None) -> Any:
        """The actions of the list, and those of the library for those who may change records."""
        # Since 6.1 Django asks for the page of a record, too, where the panel has the buttons.
        given = {} if action_location is None else {"action_location": action_location}
        found = super().get_actions(request, **given)  # type: ignore[misc]  # ModelAdmin's
        if getattr(action_location, "name", _LIST) != _LIST:
            return found
        if not self.has_change_permission(request):
            return found
        try:
            module = config().host.module_of(self.model)
            actions = library_for(request).panels.list_actions(module)
        except XTigerError:
            return found  # the list itself works without
        for action in actions:
            name = f"xtiger_{action.name}"
            found[name] = _entry(_pressing(module, action.name), name, action.label)
        return found


def _entry(press: Any, name: str, label: str) -> Any:
    """An action as this release of Django keeps it: until 6.0 a tuple."""
    kind = getattr(options, "Action", None)
    return (press, name, label) if kind is None else kind(press, name, label, label, [])


def _names(given: Any) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _pressing(module: str, name: str) -> Any:
    def press(admin: Any, request: Any, chosen: Any) -> None:
        """Press the button for the chosen records, and show what came of it."""
        host = config().host
        try:
            refs = [ref for ref in map(host.ref, chosen) if ref.module == module]
            by = str(request.user.get_username())
            admin.message_user(request, library_for(request).panels.press(name, refs, by=by))
        except XTigerError as error:
            admin.message_user(request, said(error), messages.ERROR)

    return press
