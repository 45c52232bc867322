"""What Xero takes as an attached file: its name and its size."""

from __future__ import annotations

import pytest

from xtiger.model.plans import Cause
from xtiger.model.records import Document
from xtiger.rules.customers.attachments import MOST_BYTES, digest_of, file_name, too_large


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("INV-7.pdf", "INV-7.pdf"),
        ("2026/7: a*b?.pdf", "2026-7- a-b-.pdf"),
        ("a\nb.pdf", "a-b.pdf"),
        ("invoice", "invoice"),
        (".pdf", ".pdf"),
        ("  ", "document"),
        (f"{'x' * 200}.pdf", f"{'x' * 96}.pdf"),
        (f"a.{'y' * 30}", f"a.{'y' * 10}"),
    ],
)
def test_a_name_becomes_one_that_xero_takes(given: str, name: str) -> None:
    """Always the same for the same name, since it is looked for by it."""
    assert name == file_name(given)


def test_what_is_too_large_is_told_with_its_size() -> None:
    """Ten megabytes are taken, one byte more is not."""
    found = [too_large(Document("a.pdf", bytes(size))) for size in (MOST_BYTES, MOST_BYTES + 1)]

    assert [None, Cause("document_too_large", {"size": "10.0"})] == found


def test_content_is_not_shown() -> None:
    """A document in a log or a trace would be the customer's invoice."""
    assert "secret" not in repr(Document("a.pdf", b"secret"))


def test_another_file_has_another_digest() -> None:
    """By its name, or by what is in it; the same file has the same."""
    made = [Document("a.pdf", b"1"), Document("a.pdf", b"1"), Document("b.pdf", b"1")]
    found = [digest_of(one) for one in (*made, Document("a.pdf", b"2"))]

    assert found[0] == found[1]
    assert 3 == len(set(found))
