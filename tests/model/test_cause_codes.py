"""The codes of causes: names that a log, a page and a database keep as they are."""

from __future__ import annotations

import re
from typing import get_args

from xtiger.model.cause_codes import CauseCode

#: What the columns of the store have room for.
LONGEST = 40


def test_a_code_is_a_plain_word() -> None:
    """Small letters with lines between them, none twice, none too long to be kept."""
    codes = get_args(CauseCode)

    assert [] == [one for one in codes if not re.fullmatch(r"[a-z]+(_[a-z]+)*", one)]
    assert (len(codes), True) == (len(set(codes)), max(map(len, codes)) <= LONGEST)
