"""What the documents promise is there: linked files and named make targets."""

from __future__ import annotations

import re

from tests.house.source import ROOT, files, name_of

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
TARGET = re.compile(r"(?:^\s*\$?\s*|`)make ([a-z]+)", re.MULTILINE)


def test_links_between_documents_lead_somewhere() -> None:
    """Every relative link of a Markdown file names a file that exists."""
    found = [
        f"{name_of(path)} → {link}"
        for path in files()
        if path.suffix == ".md"
        for link in LINK.findall(path.read_text(encoding="utf-8"))
        if "://" not in link and not link.startswith("mailto:")
        if not (path.parent / link).exists()
    ]

    assert [] == found


def test_named_make_targets_exist() -> None:
    """Every `make word` of a document is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        word
        for path in files()
        if path.suffix == ".md"
        for word in TARGET.findall(path.read_text(encoding="utf-8"))
    }

    assert set() == named - targets
