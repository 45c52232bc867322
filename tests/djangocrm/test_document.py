"""docs/django.md is played word for word: a new project comes to agree with a Xero."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from xtiger.demo.visitor import connect_in_crm
from xtiger.sandbox import Sandbox, Server, create_app

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "django.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = re.findall(r"^python manage\.py (.+)$", TEXT, re.MULTILINE)
#: What the project has before: the models that the document speaks of.
MODELS = """
from django.db import models

class Company(models.Model):
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)

class Product(models.Model):
    sku = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=12, decimal_places=4)

class Invoice(models.Model):
    STATUSES = [("Draft", "Draft"), ("Sent", "Sent"), ("Paid", "Paid")]
    number = models.CharField(max_length=30)
    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    day = models.DateField()
    due = models.DateField()
    status = models.CharField(max_length=10, choices=STATUSES, default="Draft")

class Line(models.Model):
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT)
    text = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    price = models.DecimalField(max_digits=12, decimal_places=4)
    vat = models.DecimalField(max_digits=5, decimal_places=2)
"""
#: What somebody has entered before.
RECORDS = """
from datetime import date
from django.contrib.auth.models import User
from sales.models import Company, Invoice, Product
User.objects.create_superuser("anna", password="secret")
tea = Product.objects.create(sku="TEA", name="Tea", price="12.50")
for name in ("Huia", "Kea"):
    company = Company.objects.create(name=name, email=f"{name.lower()}@example.com")
    days = {"day": date(2026, 11, 1), "due": date(2026, 11, 15)}
    invoice = Invoice.objects.create(number=f"R-{name}", company=company, **days)
    invoice.lines.create(product=tea, text="Tea", quantity=3, price="12.50", vat=20)
"""


class Project:
    """A new Django project in a folder of its own."""

    def __init__(self, folder: Path, sandbox: Sandbox, xero_url: str) -> None:
        self.folder = folder
        ours = ("XTIGER_", "DJANGO_")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
        self.settings: Mapping[str, str] = {
            **kept,
            "PYTHONPATH": str(ROOT),
            "XTIGER_XERO_URL": xero_url,
            "XTIGER_XERO_CLIENT_ID": sandbox.client_id,
            "XTIGER_XERO_CLIENT_SECRET": sandbox.client_secret,
        }

    def run(self, *words: str, given: str = "") -> str:
        """What a command prints; it must end well."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.settings,
            input=given,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert 0 == done.returncode, f"{words}: {done.stdout} {done.stderr}"
        return done.stdout

    def write(self) -> None:
        """The project before the document, then what the document says."""
        self.run("-m", "django", "startproject", "mycrm", ".")
        self.run("manage.py", "startapp", "sales")
        (self.folder / "sales" / "models.py").write_text(MODELS)
        with (self.folder / "mycrm" / "settings.py").open("a") as file:
            file.write('\nINSTALLED_APPS += ["sales"]\n')
        self.run("manage.py", "makemigrations", "sales")
        for name, text in PYTHON:
            path = self.folder / name
            before = path.read_text() if name.startswith("mycrm/") else ""
            path.write_text(before + "\n" + text)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Its development server; the address."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", "--noreload", f"localhost:{port}"],
            cwd=self.folder,
            env=self.settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            for _ in range(1200):
                with socket.socket() as line:
                    if line.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert server.poll() is None, "the development server ended"
                time.sleep(0.1)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
            server.wait(timeout=20)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with closing(Sandbox(seed="empty")) as made:
        yield made


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox) -> Iterator[Project]:
    with Server(create_app(sandbox), "127.0.0.1", 0) as server:
        made = Project(tmp_path, sandbox, server.url)
        made.write()
        yield made


def log_in(browser: requests.Session, address: str) -> None:
    """As a superuser, on the page of the admin."""
    page = browser.get(f"{address}/admin/login/", timeout=30).text
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = {"csrfmiddlewaretoken": token, "username": "anna", "password": "secret"}
    assert browser.post(f"{address}/admin/login/", form, timeout=30).status_code < 500


@pytest.mark.slow
def test_the_document_leads_to_both_sides_agree(project: Project, sandbox: Sandbox) -> None:
    """Its blocks, pasted as they stand into a new project, and its commands in their order."""
    before, after = COMMANDS[:2], [one for one in COMMANDS[2:] if "runserver" not in one]
    for command in before:
        project.run("manage.py", *command.split())
    project.run("manage.py", "shell", given=RECORDS)
    with project.served() as address, requests.Session() as browser:
        log_in(browser, address)
        connect_in_crm(address, "Empty Trading Ltd", browser)
        page = browser.get(f"{address}/admin/sales/company/1/change/", timeout=30).text
    said = [project.run("manage.py", *command.split()) for command in after]
    left = project.run("manage.py", "makemigrations", "--check", "--dry-run")

    assert "Both sides agree" in said[-1]
    assert "XTiger/panel/Organizations/1" in page
    assert "No changes detected" in left
    assert ["R-Huia", "R-Kea"] == sorted(
        one["InvoiceNumber"]
        for one in sandbox.table("Invoices")
        if one["InvoiceNumber"][:2] == "R-"
    )
