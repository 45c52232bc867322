"""`xtiger connect-crm`: opens a CRM that is reached over a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App
from xtiger.cli.commands.hosts import show_problems
from xtiger.console import json_option
from xtiger.errors import SettingInvalid
from xtiger.model.secret import Secret

if TYPE_CHECKING:
    from xtiger.services.crms.vtiger import Access


@click.group("connect-crm")
def connect_crm() -> None:
    """Connect a CRM that is reached over a network."""


@connect_crm.command()
@click.argument("address")
@json_option
@click.pass_obj
def vtiger(app: App, address: str) -> None:
    """Connect a Vtiger by its address, such as https://crm.example.com.

    Asks for a user of Vtiger and its access key, which stands in My Preferences there.
    """
    # What speaks with a Vtiger is needed here only.
    from xtiger.hosts.vtiger.client import folder_of
    from xtiger.services.crms.vtiger import PLACE, Access, keep_access, open_host
    from xtiger.testing.check import check_host

    settings, words = app.settings, app.words
    url = folder_of(address)
    if settings.host not in ("", PLACE):
        raise SettingInvalid(
            "XTIGER_HOST",
            f"names another CRM, {settings.host}",
            "Take it out, or use another XTIGER_HOME for this Vtiger.",
        )
    user = str(click.prompt(words.translate("User in Vtiger"), err=app.as_json))
    key = click.prompt(words.translate("Its access key"), hide_input=True, err=app.as_json)
    access: Access = Access(url, user.strip(), Secret(str(key).strip()))
    host = open_host(settings, access)
    try:
        host.modules()  # a wrong address or key is said before anything is kept
        keep_access(settings, access)
        problems = check_host(host)
    finally:
        host.close()
    if app.as_json:
        app.emit({"host": host.name, "address": url, "user": user, "problems": problems})
        return
    app.say(words.sentence("Connected: {name} ({address}).", name=host.name, address=url))
    show_problems(app, host.name, problems)
