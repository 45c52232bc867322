"""A proof or an export of a person with its signature: the text of a file, and how it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

#: The form of the file; a later release reads this one, too.
FORMAT: Final = 1
#: own: signed with this installation's key; other: with another one, whose fingerprint must be
#: compared; changed: the file is not what was signed.
Verdict = Literal["own", "other", "changed"]
#: What a file holds: the proof of a comparison, or all that is kept of a person.
Part = Literal["proof", "export"]
_PARTS: Final[tuple[Part, ...]] = ("proof", "export")


@dataclass(frozen=True, slots=True)
class SignedProof:
    """A proof as it is kept in a file."""

    #: Counts, sums, differences, and what they are of: texts, numbers, lists and objects.
    proof: Mapping[str, Any]
    public_key: str
    signature: str
    part: Part = "proof"

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        return message_of(self.proof)

    def text(self) -> str:
        """The file."""
        whole = {
            "format": FORMAT,
            self.part: self.proof,
            "public_key": self.public_key,
            "signature": self.signature,
        }
        return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a file of a proof came to."""

    verdict: Verdict
    #: Of the key that stands in the file.
    fingerprint: str
    #: What was signed; not to be trusted where it was changed.
    proof: Mapping[str, Any]
    part: Part = "proof"


def message_of(proof: Mapping[str, Any]) -> bytes:
    """The bytes of a proof, the same however its file is laid out."""
    return json.dumps(
        proof, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode("utf-8", "surrogatepass")


def read_signed(text: str) -> SignedProof:
    """The proof or export of a file; raises ValueError for what is no such file."""
    found = json.loads(text)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError("it is no signed proof of this or an earlier release")
    part: Part = next((one for one in _PARTS if one in found), "proof")
    proof, public, signed = (found.get(name) for name in (part, "public_key", "signature"))
    if not (isinstance(proof, dict) and isinstance(public, str) and isinstance(signed, str)):
        raise ValueError("its parts are missing")
    return SignedProof(proof, public, signed, part)
