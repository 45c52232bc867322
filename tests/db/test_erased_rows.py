"""How a note of the chain names the rows that were erased."""

from __future__ import annotations

from xtiger.db.parts.audit.erased_rows import blank, erased_ids, is_blank, read_ids, written_ids


def test_ids_are_written_as_stretches_and_read_again() -> None:
    """In order and each once; what is no number names none."""
    assert "3-5,9-9" == written_ids([9, 4, 3, 5, 4])
    assert {3, 4, 5, 9} == read_ids("3-5,9-9")
    assert set() == read_ids("") == read_ids("x,1-,-")
    assert {1, 2, 7} == erased_ids(["1-2", "7-7"])


def test_an_erased_row_says_its_ids_alone() -> None:
    """A word that is added to it is seen."""
    row = {"crm_id": "7", "xero_id": None, **blank({"crm_id": "7", "xero_id": None})}

    assert is_blank(row)
    assert ("", "7") == (row["name"], row["sought"])
    assert not is_blank({**row, "name": "Ann"})
