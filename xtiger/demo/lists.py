"""Searches and pages through the records of a module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from xtiger.demo.models import Invoice, Model, Payment
from xtiger.demo.screens import Screen

PAGE_SIZE = 25
#: Longer searches are cut: no name needs more.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list."""

    records: Sequence[Model]
    #: All records that were found, on all pages.
    found: int
    #: From 1.
    number: int
    pages: int
    text: str = ""
    status: str = ""

    @property
    def first(self) -> int:
        """The place of the page's first record, from 1."""
        return (self.number - 1) * PAGE_SIZE + 1


def find(session: Session, screen: Screen, text: str, status: str, number: int) -> ListPage:
    """The page with this number, or the last one, of what was found."""
    text = " ".join(text.split())[:_LONGEST]
    query = _query(screen, text, status)
    found = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-found // PAGE_SIZE))
    number = min(max(1, number), pages)
    order = [o.desc() if screen.newest_first else o for o in screen.order]
    rows: Sequence[Model] = session.scalars(
        query.order_by(*order).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    ).all()
    return ListPage(rows, found, number, pages, text, status)


def _query(screen: Screen, text: str, status: str) -> Select[Any]:
    query = select(screen.model)
    if screen.model is Invoice:
        query = query.outerjoin(Invoice.organization)
    if screen.model is Payment:
        query = query.outerjoin(Payment.invoice)
    for word in text.split():
        # Every word must be somewhere: "hartley bristol" finds the one in Bristol.
        query = query.where(
            or_(*(column.icontains(word, autoescape=True) for column in screen.search))
        )
    if status and screen.model is Invoice:
        query = query.where(Invoice.status == status)
    return query
