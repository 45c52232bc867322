"""`xtiger host new` writes an adapter, and says what to look at and what to type next."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Xtiger

ROOT = Path(__file__).parents[2]
ODD = "tests.hosts.scaffold.odd_app"


def test_an_adapter_is_written(
    xtiger: Xtiger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file has one line per field; the doubts are counted, and the next commands named."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mycrm").mkdir()
    ended = xtiger("host", "new", "--sqlalchemy", ODD, "--out", "mycrm/xero.py")
    text = Path("mycrm/xero.py").read_text(encoding="utf-8")

    assert (0, "") == (ended.code, ended.err)
    assert 'Field("telephone", role="organisation.phone"),\n' in text
    assert "Invoices: Docket  ▲" in ended.out
    assert f"{text.count('unsure:')} lines of it are unsure" in ended.out
    assert "mycrm/xero.py is written." in ended.out
    assert "  export XTIGER_HOST=mycrm.xero:make_host\n  xtiger host check --sample" in ended.out


def test_without_a_file_the_adapter_is_printed(xtiger: Xtiger) -> None:
    """Nothing but the adapter, so that it can be piped into a file."""
    ended = xtiger("host", "new", "--sqlalchemy", "xtiger.demo.models")

    assert 0 == ended.code
    compile(ended.out, "xero.py", "exec")


def test_a_program_gets_each_guess(xtiger: Xtiger) -> None:
    """With --json each module and field is there with its doubt."""
    found = xtiger("host", "new", "--sqlalchemy", ODD, "--json").json
    invoices = next(one for one in found["modules"] if one["name"] == "Invoices")

    assert ("Docket", False) == (invoices["model"], invoices["sure"])
    assert {
        "name": "docket_no",
        "role": "invoice.number",
        "sure": True,
        "doubt": "",
    } in invoices["fields"]


def test_a_file_that_is_there_stays(xtiger: Xtiger, tmp_path: Path) -> None:
    """An adapter that a person has worked on is never written over."""
    file = tmp_path / "xero.py"
    file.write_text("# mine\n", encoding="utf-8")
    ended = xtiger("host", "new", "--sqlalchemy", ODD, "--out", str(file))

    assert (True, "# mine\n") == (
        "is there already" in ended.err,
        file.read_text(encoding="utf-8"),
    )
    assert ended.code not in (0, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--sqlalchemy", "no.such.module"), "cannot be imported"),
        (("--sqlalchemy", "xtiger.errors"), "has no models"),
        ((), "--sqlalchemy mycrm.models"),
        (("--sqlalchemy", ODD, "--django", "crm"), "--sqlalchemy mycrm.models"),
    ],
    ids=["no module", "no models", "neither", "both"],
)
def test_what_cannot_be_read_is_named(xtiger: Xtiger, given: tuple[str, ...], said: str) -> None:
    """A wrong name is a sentence with what to do, and no trace."""
    ended = xtiger("host", "new", *given)

    assert said in ended.err
    assert ended.code not in (0, 1)


_DJANGO = """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["crm"], DEFAULT_AUTO_FIELD="django.db.models.AutoField")
from xtiger.cli.root import run
raise SystemExit(run(["host", "new", "--django", "LABEL"]))
"""
_MODELS = """
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=80)
    email = models.EmailField()


class Invoice(models.Model):
    number = models.CharField(max_length=20)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    date = models.DateField()
    status = models.CharField(max_length=9, choices=[("Draft", "Draft"), ("Sent", "Sent")])
    changed_at = models.DateTimeField(auto_now=True)


class InvoiceLine(models.Model):
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    description = models.TextField()
    quantity = models.DecimalField(max_digits=9, decimal_places=2)
    unit_price = models.DecimalField(max_digits=9, decimal_places=4)
"""


def _django(folder: Path, app: str) -> subprocess.CompletedProcess[str]:
    """The command in a Django project of its own process."""
    (folder / "crm").mkdir()
    (folder / "crm" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "crm" / "models.py").write_text(_MODELS, encoding="utf-8")
    (folder / "play.py").write_text(_DJANGO.replace("LABEL", app), encoding="utf-8")
    paths = os.pathsep.join((str(folder), str(ROOT)))
    return subprocess.run(
        [sys.executable, "play.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "XTIGER_HOME": str(folder / "home")},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_app_of_django_is_read(tmp_path: Path) -> None:
    """Its models, relations and choices make an adapter in the same words."""
    ended = _django(tmp_path, "crm")

    assert (0, "") == (ended.returncode, ended.stderr)
    for line in (
        "from crm import models\n",
        "from xtiger.hosts.django import DjangoHost, Field, Lines, Module\n",
        '    modified="changed_at",\n',
        '        Field("customer", role="invoice.organisation", ref="Organizations"),\n',
        '        Field("status", role="invoice.status"),\n',
        '    lines=Lines("lines", fields=[\n',
        '        Field("unit_price", role="line.unit_price"),\n',
    ):
        assert line in ended.stdout


def test_an_unknown_app_of_django_is_named(tmp_path: Path) -> None:
    """It says which app, and where apps are listed."""
    ended = _django(tmp_path, "nothing")

    assert "names nothing, which cannot be set up" in ended.stderr
    assert "INSTALLED_APPS" in ended.stderr


def test_the_example_on_django_is_guessed(tmp_path: Path) -> None:
    """Of the third example, too, every role is right, and no sure guess is wrong."""
    ended = subprocess.run(
        [sys.executable, "-m", "xtiger", "host", "new", "--django", "django_crm", "--json"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "examples.django_crm.settings",
            "CRM_DATABASE": f"sqlite:///{tmp_path / 'crm.db'}",
            "XTIGER_HOME": str(tmp_path / "home"),
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    adapter = (ROOT / "examples" / "django_crm" / "xero.py").read_text(encoding="utf-8")
    known = set(re.findall(r'Field\("(\w+)", role="([\w.]+)"', adapter))
    fields = [one for m in json.loads(ended.stdout)["modules"] for one in m["fields"]]
    found = {(one["name"], one["role"]) for one in fields if one["role"]}
    sure = {(one["name"], one["role"]) for one in fields if one["role"] and one["sure"]}

    assert (24, 24, set()) == (len(known), len(known & found), sure - known)
