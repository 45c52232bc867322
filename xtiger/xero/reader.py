"""Reading: pages over an immutable order, elements by id, and look-ups by natural key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from xtiger.errors import UnreadableAnswer
from xtiger.ports.xero import XeroPage
from xtiger.rules.kinds import KindTraits, traits
from xtiger.xero.answers import look
from xtiger.xero.client import Reply, XeroClient
from xtiger.xero.transport import encoded

Element = Mapping[str, Any]

PAGE_SIZE = 1_000
#: Read again what changed this shortly before: clocks and Xero's replicas differ a little.
OVERLAP = timedelta(minutes=2)
#: Ids per request that Xero advises; filters by id hold fewer, by QUERY_BYTES.
IDS_PER_CALL = 40
#: Longest encoded query; from 2,049 characters on Xero answers 404, as if nothing were there.
QUERY_BYTES = 2_000
#: Up to so many items are read one by one; more by one unpaged read.
SINGLE_ITEMS = 3
#: Xero's smallest page; a first page below it is the whole answer.
_SMALLEST_PAGE = 100
#: What may stand in a path as it is; all else is looked up by a filter.
_PATH_SAFE = re.compile(r"[A-Za-z0-9_-]+")


class XeroReader:
    """Reads of one organisation; each element is JSON with Decimal numbers."""

    def __init__(self, client: XeroClient) -> None:
        self._client = client

    def organisation(self) -> Element:
        """The Organisation element."""
        found = self._list(self._client.get("/Organisation"), "/Organisation", "Organisations")
        if len(found) != 1:
            raise UnreadableAnswer("GET /Organisation", f"it holds {len(found)} organisations")
        return found[0]

    def whole(self, kind: str, since: datetime | None = None) -> XeroPage:
        """An unpaged list in one call."""
        row = traits(kind)
        reply = self._client.get(row.path, _list_query(row), since=_overlapped(since, row))
        return XeroPage(self._elements(reply, row), reply.server_time)

    def read(self, kind: str, since: datetime | None = None) -> Iterator[XeroPage]:
        """Page through a kind; every page carries the server's time of the first.

        The first is what counts: an edit made while the pages are read is seen next time.
        Raises UnreadableAnswer at the end when fewer elements came than Xero counted at first.
        """
        row = traits(kind)
        if not row.paged:
            yield self.whole(kind, since)
            return
        query = _list_query(row) | {"order": row.id_field}
        seen: set[str] = set()
        first: Reply | None = None
        counted: int | None = None
        first_size, number = 0, 1
        while True:
            reply = self._page(row, query, number, since)
            elements = self._elements(reply, row)
            seen.update(str(element.get(row.id_field)) for element in elements)
            pages, items = _pagination(reply)
            if first is None:
                # Later counts hold what people made meanwhile, perhaps before the place read.
                first, counted, first_size = reply, items, len(elements)
            yield XeroPage(elements, first.server_time, number, pages or number)
            if _is_last(number, len(elements), first_size, pages):
                break
            number += 1
        if counted is not None and len(seen) < counted:
            raise UnreadableAnswer(
                f"GET {row.path}",
                f"it counts {counted:,} elements and gave {len(seen):,}; sync again",
            )

    def _page(
        self, row: KindTraits, query: Mapping[str, str], number: int, since: datetime | None
    ) -> Reply:
        paged = {**query, "page": str(number), "pageSize": str(PAGE_SIZE)}
        return self._client.get(row.path, paged, since=_overlapped(since, row))

    def fetch(self, kind: str, ids: Sequence[str]) -> Sequence[Element]:
        """Elements by id, in the order asked; unknown ids are absent."""
        row = traits(kind)
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return ()
        found: dict[str, Element] = {}
        for element in self._by_ids(row, wanted):
            found[str(element.get(row.id_field)).lower()] = element
        return [found[one.lower()] for one in wanted if one.lower() in found]

    def _by_ids(self, row: KindTraits, wanted: Sequence[str]) -> Iterator[Element]:
        if row.by_ids:
            for query in _id_queries(row, wanted):
                yield from self._elements(self._client.get(row.path, query), row)
        elif not row.paged and (not row.by_key or len(wanted) > SINGLE_ITEMS):
            yield from self.whole(row.kind).elements
        else:
            for one in wanted:
                reply = self._client.find(f"{row.path}/{quote(one, safe='')}", _exact(row))
                yield from self._elements(reply, row)

    def look_up(self, kind: str, field: str, value: str) -> Sequence[Element]:
        """Elements whose field equals the value exactly; an empty value finds nothing.

        `field` may be dotted, such as "Invoice.InvoiceID". Xero's filters ignore case and
        accents, so every hit is compared again here; ids are compared without case.
        """
        row = traits(kind)
        if not value:
            return ()
        if row.by_key and field == row.natural_key and _PATH_SAFE.fullmatch(value):
            found = self._elements(self._client.find(f"{row.path}/{value}", _exact(row)), row)
        else:
            query = _list_query(row) | (_one_page() if row.paged else {})
            query |= _filter(row, field, value)
            if len(encoded(query)) > QUERY_BYTES:
                # A long text in signs that take several bytes each: only a whole read finds it.
                found = tuple(one for page in self.read(kind) for one in page.elements)
            else:
                found = self._elements(self._client.get(row.path, query), row)
        return [one for one in found if _equals(one, field, value)]

    def _elements(self, reply: Reply | None, row: KindTraits) -> tuple[Element, ...]:
        """The elements of an answer; none where the one element asked for does not exist."""
        return self._list(reply, row.path, row.plural) if reply is not None else ()

    def _list(self, reply: Reply, path: str, plural: str) -> tuple[Element, ...]:
        found = look(reply.body, plural)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise UnreadableAnswer(f"GET {path}", f"it has no list {plural}")
        return tuple(found)


def _exact(row: KindTraits) -> dict[str, str]:
    return {"unitdp": "4"} if row.unitdp else {}


def _list_query(row: KindTraits) -> dict[str, str]:
    return ({"includeArchived": "true"} if row.archived else {}) | _exact(row)


def _one_page() -> dict[str, str]:
    """Asked for in pages, documents come with their lines."""
    return {"page": "1", "pageSize": str(PAGE_SIZE)}


def _id_queries(row: KindTraits, ids: Sequence[str]) -> Iterator[dict[str, str]]:
    """The queries that ask for these ids together, each as long as Xero takes it at most."""
    some: list[str] = []
    for one in ids:
        longer = _ids_query(row, [*some, one])
        if some and (len(some) == IDS_PER_CALL or len(encoded(longer)) > QUERY_BYTES):
            yield _ids_query(row, some)
            some = []
        some.append(one)
    if some:
        yield _ids_query(row, some)


def _ids_query(row: KindTraits, ids: Iterable[str]) -> dict[str, str]:
    if row.by_ids == "IDs":
        named = {"IDs": ",".join(ids)}
    else:
        parts = (f'{row.id_field}==guid("{_quoted(one)}")' for one in ids)
        named = {"where": " OR ".join(parts)}
    return _list_query(row) | named | _one_page()


def _overlapped(since: datetime | None, row: KindTraits) -> datetime | None:
    return since - OVERLAP if since is not None and row.since else None


def _pagination(reply: Reply) -> tuple[int | None, int | None]:
    """(pages, elements) as Xero counts them; None where it does not say."""
    counted = look(reply.body, "pagination")
    if not isinstance(counted, Mapping):
        return None, None
    pages, items = look(counted, "pageCount"), look(counted, "itemCount")
    return (
        pages if isinstance(pages, int) else None,
        items if isinstance(items, int) else None,
    )


def _is_last(number: int, size: int, first_size: int, pages: int | None) -> bool:
    """Whether a page ends the list; where Xero does not count, a page shorter than the first."""
    if size == 0:
        return True
    if pages is not None:
        return number >= pages
    return size < first_size or first_size < _SMALLEST_PAGE


def _filter(row: KindTraits, field: str, value: str) -> dict[str, str]:
    by_key = bool(row.keys_parameter) and field == row.natural_key
    if by_key and not re.search(r"[,\s]", value):
        return {row.keys_parameter: value}
    if "\\" in value:
        # A filter does not take it. These find more than is asked for; all is compared again.
        if not row.paged:
            return {}
        if field in row.searched:
            return {"searchTerm": value}
    if field.lower().endswith("id"):
        return {"where": f'{field}==guid("{_quoted(value)}")'}
    return {"where": f'{field}=="{_quoted(value)}"'}


def _quoted(value: str) -> str:
    """Text inside a filter: Xero wants a quotation mark doubled, not escaped."""
    return value.replace('"', '""')


def _equals(element: Element, field: str, value: str) -> bool:
    found: Any = element
    for part in field.split("."):
        found = look(found, part) if isinstance(found, Mapping) else None
    if found is None:
        return False
    if field.lower().endswith("id"):
        return str(found).lower() == value.lower()
    return str(found) == value
