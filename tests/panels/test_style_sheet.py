"""The style sheet: contrast that all can read, and no class of a host's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "xtiger" / "web" / "static" / "xtiger.css").read_text(
    encoding="utf-8"
)
#: Least contrast of text by WCAG 2.2 AA, success criterion 1.4.3.
LEAST = 4.5


def _colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--xt-([a-z-]+): (#[0-9a-f]{6})", block))


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(first: str, second: str) -> float:
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


LIGHT = _colours(CSS.split("@supports")[0])
_BOTH = re.findall(r"--xt-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS)
DARK = {name: dark for name, _light, dark in _BOTH}


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(scheme: dict[str, str]) -> None:
    """Every colour of text has AA contrast on each back that it stands on."""
    weak = [
        (ink, back)
        for ink in ("ink", "soft", "link", "ok", "warn", "bad")
        for back in ("back", "tint", "warn-back")
        if _contrast(scheme[ink], scheme[back]) < LEAST
    ]

    assert [] == weak


def test_both_schemes_set_the_same_colours() -> None:
    """No colour of one scheme shines through in the other."""
    assert set(LIGHT) == set(DARK)
    assert {name: light for name, light, _dark in _BOTH} == LIGHT


def test_the_host_alone_says_whether_it_is_dark() -> None:
    """A dark browser does not count: the host around a part may be light all the same."""
    assert "prefers-color-scheme" not in CSS


def test_every_rule_is_below_our_own_classes() -> None:
    """A host's page is never restyled."""
    rules = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    selectors = [
        selector.strip()
        for group in re.findall(r"([^{}]+)\{", rules)
        if not group.strip().startswith("@")
        for selector in group.split(",")
    ]

    assert [] == [selector for selector in selectors if ".xt-" not in selector]


def test_nothing_is_loaded_from_elsewhere() -> None:
    """No font, no image, no import."""
    assert not re.search(r"url\(|@import", CSS)
