"""The store as protocols by subject: each small, and each met by one part of the SQL store."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Protocol

import pytest

from xtiger.db import parts
from xtiger.db.parts.part import Part
from xtiger.db.store import SqlStore
from xtiger.ports import store as subjects
from xtiger.ports.store import Store, Transactional

#: A protocol with more methods is about several subjects.
MOST = 12
FILES = sorted(
    found.name.removeprefix(f"{subjects.__name__}.")
    for found in pkgutil.walk_packages(subjects.__path__, f"{subjects.__name__}.")
    if not found.ispkg and not found.name.endswith(".transactional")
)


def class_of(package: str, file: str, base: type) -> type:
    """The one class below `base` that a file defines."""
    module = importlib.import_module(f"{package}.{file}")
    [found] = [
        one
        for one in vars(module).values()
        if inspect.isclass(one) and one.__module__ == module.__name__ and base in one.__mro__
    ]
    return found


def methods(cls: type) -> dict[str, list[str]]:
    """The public methods that a class defines itself, with the names of their parameters."""
    return {
        name: list(inspect.signature(one).parameters)
        for name, one in vars(cls).items()
        if inspect.isfunction(one) and not name.startswith("_")
    }


@pytest.mark.parametrize("file", FILES)
def test_each_protocol_is_small(file: str) -> None:
    """A subject of the store has a dozen methods at most."""
    assert 0 < len(methods(class_of(subjects.__name__, file, Transactional))) <= MOST


@pytest.mark.parametrize("file", FILES)
def test_each_protocol_has_a_part_of_its_own(file: str) -> None:
    """The part in the file of the same name has every method, by the same parameters."""
    asked = methods(class_of(subjects.__name__, file, Transactional))
    offered = methods(class_of(parts.__name__, file, Part))
    assert asked == {name: offered.get(name) for name in asked}


def test_the_store_is_the_sum() -> None:
    """Store has the methods of all subjects, none in two of them, and SqlStore has all parts."""
    each = [class_of(subjects.__name__, file, Transactional) for file in FILES]
    names = [name for one in each for name in methods(one)]
    assert {*each, Protocol} == set(Store.__bases__)
    assert len(names) == len(set(names))
    assert ["fenced"] == list(methods(Store))
    assert {class_of(parts.__name__, file, Part) for file in FILES} == set(SqlStore.__bases__)
