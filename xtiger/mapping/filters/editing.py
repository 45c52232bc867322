"""A filter changed at one place: a condition beside another one of it, or taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from xtiger.mapping.filters.condition import Condition, Filter, Group

#: The way to a part: the number of the part at each level; () is the whole filter.
Way = tuple[int, ...]


def places(found: Filter, way: Way = ()) -> Iterator[tuple[Way, Filter]]:
    """Each part of a filter and the way to it, as people read it: the whole first."""
    yield way, found
    if isinstance(found, Group):
        for number, part in enumerate(found.parts):
            yield from places(part, (*way, number))


def with_beside(
    found: Filter, way: Way, joined: Literal["and", "or"], added: Condition
) -> Filter | None:
    """The filter with a condition joined to the part at this way; None where none is there.

    A group that is joined so already takes it in; any other part is bracketed with it.
    """
    if not way:
        parts = found.parts if isinstance(found, Group) and found.joined == joined else (found,)
        return Group(joined, (*parts, added))
    part = _part(found, way[0])
    changed = with_beside(part, way[1:], joined, added) if part is not None else None
    return _with_part(found, way[0], changed) if changed is not None else None


def without(found: Filter, way: Way) -> Filter | None:
    """The filter without the part at this way; None where nothing is left, or nothing is there."""
    if not way:
        return None
    part = _part(found, way[0])
    if part is None:
        return found
    return _with_part(found, way[0], without(part, way[1:]))


def _part(found: Filter, number: int) -> Filter | None:
    inside = isinstance(found, Group) and number < len(found.parts)
    return found.parts[number] if inside and isinstance(found, Group) else None


def _with_part(found: Filter, number: int, part: Filter | None) -> Filter:
    """A group with another part, or without it; brackets that are no longer needed go."""
    assert isinstance(found, Group)
    parts = list[Filter]()
    for at, old in enumerate(found.parts):
        new = part if at == number else old
        if isinstance(new, Group) and new.joined == found.joined:
            parts += new.parts
        elif new is not None:
            parts.append(new)
    return parts[0] if len(parts) == 1 else Group(found.joined, tuple(parts))
