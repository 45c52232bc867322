"""The demo CRM's own PDF of an invoice: one plain page, without any library for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xtiger.demo.models import Invoice
from xtiger.model.records import Document, Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

#: Lines of one page; a demo has no longer invoice.
_MOST_LINES = 45


def document(session: Session, ref: Ref) -> Document | None:
    """The invoice as its customer gets it; None for a record of another module."""
    invoice = session.get(Invoice, int(ref.id)) if ref.module == "Invoices" else None
    if invoice is None:
        return None
    number = invoice.number or str(invoice.id)
    rows = [f"{one.quantity or 0:f} x {one.name}  {one.unit_price}" for one in invoice.lines]
    text = ["Aroha Trading Ltd", "", f"Invoice {number}", f"To {invoice.organization}", "", *rows]
    return Document(f"{number}.pdf", pdf([*text, "", f"{invoice.total} {invoice.currency}"]))


def pdf(lines: Sequence[str]) -> bytes:
    """A PDF of one page with these lines; signs beyond Latin become question marks."""
    drawn = "".join(f"({_plain(line)}) Tj T*\n" for line in lines[:_MOST_LINES])
    content = f"BT /F1 11 Tf 14 TL 60 780 Td\n{drawn}ET".encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>"
        % b"<< /Font << /F1 5 0 R >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        made
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        % (
            size,
            table,
            size,
        )
        + b"startxref\n%d\n%%%%EOF\n" % len(made)
    )


def _plain(text: str) -> str:
    """A line as a string of a PDF."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
