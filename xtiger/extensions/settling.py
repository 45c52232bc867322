"""What is due when an extension is there: its tables and hooks once a version, and that it is on.

What pip installed is on as soon as it is seen, unless somebody switched it off before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from xtiger.errors import XTigerError
from xtiger.extensions.choices import Choices
from xtiger.extensions.load import Found
from xtiger.extensions.state import Choice, LoadedExtension


class Settling:
    """Calls post_install and post_update where they are due, and switches on what is new.

    `call` reaches one hook of one extension, `switch_on` is the manager's. With `new_on` False
    what pip installed waits until somebody switches it on.
    """

    def __init__(
        self,
        choices: Choices,
        call: Callable[..., Any],
        switch_on: Callable[[str], None],
        *,
        new_on: bool,
    ) -> None:
        self._choices, self._call, self._switch_on = choices, call, switch_on
        self._new_on = new_on

    def is_due(self, extension: LoadedExtension) -> bool:
        """Whether post_install or post_update must be called; pip's wait until they are enabled."""
        choice = self._choices.all().get(extension.name)
        if choice is None:
            return extension.source == "zip"
        return choice.version != extension.version

    def new_packages(self, found: Sequence[Found]) -> set[str]:
        """The packages that pip installed and about which nobody chose anything yet."""
        if not self._new_on:
            return set()
        chosen = {choice.package for choice in self._choices.all().values()}
        return {item.package for item in found if item.zip is None} - chosen

    def new(self, loaded: Collection[LoadedExtension]) -> list[LoadedExtension]:
        """Those of pip's that are to be switched on: nobody chose anything about them yet."""
        if not self._new_on:
            return []
        choices = self._choices.all(fresh=True)
        return [one for one in loaded if one.source == "pip" and one.name not in choices]

    def settle_all(self, loaded: Sequence[LoadedExtension]) -> dict[str, XTigerError]:
        """Call what is due for each; returns what failed, by name."""
        problems = {one.name: self.settle(one) for one in loaded}
        return {name: problem for name, problem in problems.items() if problem is not None}

    def settle(self, extension: LoadedExtension, *, asked: bool = False) -> XTigerError | None:
        """Call what is due for one, or answer why it failed; `asked` includes one of pip's."""
        name = extension.name
        before = self._choices.all(fresh=True).get(name)
        if not self.is_due(extension) and not (asked and before is None):
            return None
        choice = replace(before or Choice(), package=extension.package)
        try:
            if choice.version:
                self._call(name, "post_update", old_version=choice.version)
            else:
                self._call(name, "post_install")
            self._choices.save(name, replace(choice, version=extension.version, reason=""))
        except XTigerError as error:
            self._choices.save(name, replace(choice, reason=str(error)))
            return error
        return None

    def switch_on_new(self, loaded: Collection[LoadedExtension]) -> dict[str, XTigerError]:
        """Install and switch on what is new, first what others need; returns what failed, by name.

        One that fails stays off with the reason beside it, until somebody switches it on.
        """
        new = {one.name: one for one in self.new(loaded)}
        problems = {}
        for name in needed_first({name: one.requires for name, one in new.items()}):
            problem = self.settle(new[name], asked=True)
            if problem is None:
                problem = self._on(name)
            if problem is not None:
                problems[name] = problem
        return problems

    def _on(self, name: str) -> XTigerError | None:
        try:
            self._switch_on(name)
        except XTigerError as error:
            choice = self._choices.all(fresh=True)[name]
            self._choices.save(name, replace(choice, reason=str(error)))
            return error
        return None


def needed_first(requires: Mapping[str, Sequence[str]]) -> list[str]:
    """The names in an order in which each comes after those that it needs."""
    left, found = dict(requires), list[str]()
    while left:
        ready = [name for name, needed in left.items() if not set(needed) & left.keys()]
        for name in ready or list(left):
            found.append(name)
            del left[name]
    return found
