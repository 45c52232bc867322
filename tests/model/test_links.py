"""Links as data: texts that come out of the store hidden."""

from __future__ import annotations

from xtiger.model.links import _hidden
from xtiger.model.secret import Secret


def test_every_text_of_kept_tokens_is_hidden() -> None:
    """Whatever it is called; numbers and nothing stay, permissions become a tuple."""
    found = _hidden({"access": "a", "refresh": None, "made": 3, "scope": ["x", "y"]})

    assert {"access": Secret("a"), "refresh": None, "made": 3, "scope": ("x", "y")} == found
