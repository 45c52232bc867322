"""The panel of a record on a page of Django."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from xtiger.django.project import called, config
from xtiger.django.site import on_page
from xtiger.errors import XTigerError
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.language import language
from xtiger.web.record import session_words


def panel_html(record: Any, request: Any) -> SafeString:
    """The panel of an object; where it cannot be shown, why, so that the page itself stands.

    Empty for None and for what is not saved yet, as on the page of a new record.
    """
    if getattr(record, "pk", None) is None:
        return mark_safe("")
    try:
        return _drawn(record, request)
    except XTigerError as error:
        return format_html('<p class="xt-problem">{}</p>', said(error))


def said(error: XTigerError) -> str:
    """An error as a browser says it."""
    return spoken_error(error, language(config().library.settings.locale))


def library_for(request: Any) -> Any:
    """The library for the tenant of this request."""
    tenant = called("XTIGER_TENANT")
    library = config().library
    return library if tenant is None else library.for_tenant(str(tenant(request)))


def _drawn(record: Any, request: Any) -> SafeString:
    ref = config().host.ref(record)
    panel = library_for(request).panel(ref.module, ref.id)
    panel = replace(
        panel,
        action_url=reverse("xtiger:panel", args=[ref.module, ref.id]),
        style_url=reverse("xtiger:style"),
    )
    with on_page(request):
        token, sentence = session_words()
    drawn = panel.html(csrf=token, next_url=request.get_full_path())
    before = format_html('<p class="xt-said" role="status">{}</p>', sentence) if sentence else ""
    # Safe: the panel escapes each of its values.
    return mark_safe(f"{before}{drawn}")  # noqa: S308
