"""The addresses of the pages: `path("", include("xtiger.django.urls"))`, below any prefix."""

from __future__ import annotations

from django.urls import path, re_path

from xtiger.django.views import page

app_name = "xtiger"
urlpatterns = [
    path("xt/", page, name="overview"),
    path("xt/static/xtiger.css", page, name="style"),
    path("modules/XTiger/panel/<str:module>/<path:record_id>", page, name="panel"),
    path("modules/XTiger/connect", page, name="connect"),
    path("modules/XTiger/callback", page, name="callback"),
    path("modules/XTiger/webhook", page, name="webhook"),
    re_path(r"^(?:xt|modules/XTiger)/.*$", page, name="page"),
]
