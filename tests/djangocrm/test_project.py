"""The app in a Django project: its tables, its check and its command."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, ManagementUtility, call_command
from django.db import connection

from xtiger.app import XTiger
from xtiger.django import host, library
from xtiger.django.apps import missing
from xtiger.django.management.commands.xtiger import without_django
from xtiger.django.project import config
from xtiger.hosts.tables import TABLES
from xtiger.model.records import Document, Ref


def test_migrate_makes_the_tables_and_nothing_is_left_to_do(database: None) -> None:
    """After it the library makes none, and makemigrations finds no change of any app of ours."""
    call_command("makemigrations", "xtiger", check=True, dry_run=True, verbosity=0)

    assert set(TABLES) <= set(connection.introspection.table_names())


def test_the_tables_are_read_as_models(xt: XTiger) -> None:
    """What Django knows of them is what they are."""
    from tests.djangocrm.models import Company
    from xtiger.django.models import Change, Created, Identity

    Company.objects.create(name="Anna")
    identity = host().identity()
    assert identity is not None

    assert ["created"] == [row.change_kind for row in Change.objects.filter(module="Organizations")]
    assert ([identity.id], 0) == (
        list(Identity.objects.values_list("id", flat=True)),
        Created.objects.count(),
    )


def test_a_project_without_a_host_is_told_by_the_check(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`manage.py check` names the setting and what to write there."""
    assert [] == missing()

    monkeypatch.setattr(config(), "_made", None)
    (found,) = missing()

    assert "XTIGER_HOST" in found.msg
    assert "make_host" in found.hint


def test_the_command_line_works_on_the_apps_host(
    database: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: Any
) -> None:
    """`manage.py xtiger host check` is `xtiger host check`, and its exit code is kept."""
    monkeypatch.setenv("XTIGER_HOME", str(tmp_path / "home"))
    with pytest.raises(SystemExit) as ended:
        ManagementUtility(["manage.py", "xtiger", "host", "check"]).execute()

    assert (0, True) == (ended.value.code, "crm" in capsys.readouterr().out)


def test_a_failed_command_fails_the_call(database: None) -> None:
    """call_command raises with the exit code of the library."""
    with pytest.raises(CommandError) as failed:
        call_command("xtiger", "no-such-command", stdout=io.StringIO())

    assert 2 == failed.value.returncode


def test_options_of_manage_py_are_not_passed_on() -> None:
    """--settings and --pythonpath are Django's, wherever they stand; all else is ours."""
    given = ["--settings", "crm.settings", "plan", "--pythonpath=x", "--json", "--home", "y"]

    assert ["plan", "--json", "--home", "y"] == without_django(given)


def test_the_library_is_one_for_the_process(xt: XTiger) -> None:
    """Code of the CRM reaches the same as the pages."""
    assert library() is xt


def test_the_function_of_a_django_project_prints(database: None) -> None:
    """It is called with the record alone; without one nothing is printed."""
    from tests.djangocrm.xero import make_host

    printing = make_host(document=lambda ref: Document(f"{ref.id}.pdf", b"%PDF"))

    assert Document("7.pdf", b"%PDF") == printing.document(Ref("Invoices", "7"))
    assert make_host().document(Ref("Invoices", "7")) is None
