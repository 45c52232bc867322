"""What the catalogue says of one outcome code: result, sentence, cures and button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from xtiger.model.cause_codes import CauseCode
from xtiger.model.plans import Face
from xtiger.model.verbs import ResultName

#: What a screen may offer for a code; "" offers nothing.
Button = Literal["open", "link", "create", "map", "settings", "retry", "solve", ""]


@dataclass(frozen=True, slots=True)
class Cures:
    """What to do next, for each face."""

    #: In a terminal: may name commands.
    command: str
    #: In a browser: what is to be pressed stands in “ ” and exists, or the administrator is asked.
    browser: str
    #: As data: what is to be done, without the way of one face.
    data: str

    def on(self, face: Face) -> str:
        """The cure for one face."""
        match face:
            case "command":
                return self.command
            case "browser":
                return self.browser
            case "data":
                return self.data
            case _:
                assert_never(face)


def alike(cure: str) -> Cures:
    """A cure that is done in the CRM's record or in Xero, on whatever face it is read."""
    return Cures(cure, cure, cure)


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: what it results in and what people read."""

    code: CauseCode
    result: ResultName
    #: What happened and why.
    sentence: str
    #: What to do next.
    cures: Cures
    #: The button offered.
    button: Button = "open"
    #: What to do next where a link is no way out: what is in the way is linked, or this record is.
    apart: Cures | None = None
    #: Names of data that a cause may have besides, or that its sentence can do without.
    optional: frozenset[str] = frozenset()
