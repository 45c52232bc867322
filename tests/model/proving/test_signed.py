"""The file of a signed proof: read as it was written, whatever its layout, or refused."""

from __future__ import annotations

import json

import pytest

from xtiger.model.proving.signed import SignedProof, read_signed

PROOF = {"agrees": True, "organisation": "Kererū Café", "records": 2, "sums": [{"total": "1.00"}]}


def test_a_file_is_read_as_it_was_written() -> None:
    """And once more after a program laid it out in its own way."""
    signed = SignedProof(PROOF, "key", "signature")
    again = json.dumps(json.loads(signed.text()), sort_keys=False)

    assert [signed, signed] == [read_signed(signed.text()), read_signed(again)]
    assert read_signed(again).message == signed.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting value"),
        ("[]", "no signed proof"),
        ('{"format": 2}', "no signed proof"),
        ('{"format": 1, "proof": [], "public_key": "", "signature": ""}', "parts are missing"),
        ('{"format": 1, "proof": {}, "public_key": 1, "signature": ""}', "parts are missing"),
        ('{"format": 1, "proof": {}, "public_key": ""}', "parts are missing"),
    ],
)
def test_what_is_no_signed_proof_is_refused(text: str, said: str) -> None:
    """With the reason."""
    with pytest.raises(ValueError, match=said):
        read_signed(text)
