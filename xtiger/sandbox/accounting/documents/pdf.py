"""A tiny valid PDF: one empty page that names its document."""

from __future__ import annotations

from xtiger.sandbox.accounting.envelope import Answer


def answer(title: str) -> Answer:
    """Return the answer to a request with Accept: application/pdf."""
    return Answer(200, document(title), {"Content-Type": "application/pdf"})


def document(title: str) -> bytes:
    """Return a PDF of one page with a title; `title` must be ASCII without brackets."""
    text = f"BT /F1 12 Tf 72 720 Td ({title}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Font << /F1 5 0 R >> >>",
    ]
    body, starts = b"%PDF-1.4\n", []
    for n, content in enumerate(objects, 1):
        starts.append(len(body))
        body += f"{n} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{start:010d} 00000 n \n" for start in starts)
    tail = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    )
    return body + tail.encode()
