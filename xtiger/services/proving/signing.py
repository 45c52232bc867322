"""Signs proofs with the key of this installation, and says whether a file is what was signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xtiger import __version__
from xtiger.db.signer import (
    fingerprint,
    is_signed,
    new_signing_key,
    public_key,
    signature,
)
from xtiger.errors import NeedsPerson
from xtiger.model import setting_keys
from xtiger.model.proving.signed import Part, SignedProof, Verified, message_of, read_signed
from xtiger.model.secret import Secret

if TYPE_CHECKING:
    from xtiger.model.values import Plain
    from xtiger.rules.reconciliation import Disagreement, Reconciliation
    from xtiger.services.parts import Parts


class Signing:
    """The key is made at the first use and kept encrypted in the store."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def public_key(self) -> str:
        """The public half of this installation's key."""
        return public_key(self._key())

    def fingerprint(self) -> str:
        """What people compare of it, in groups of four letters."""
        return fingerprint(self.public_key())

    def sign(self, found: Reconciliation) -> SignedProof:
        """The proof with the signature of this installation."""
        return self.signed(self._described(found), "proof")

    def signed(self, content: Mapping[str, Any], part: Part) -> SignedProof:
        """Texts, whole numbers, lists and objects with the signature of this installation."""
        key = self._key()
        return SignedProof(content, public_key(key), signature(key, message_of(content)), part)

    def verify(self, text: str) -> Verified:
        """Whether a file is what was signed, and by whom; raises NeedsPerson for no such file."""
        try:
            signed = read_signed(text)
        except (ValueError, RecursionError) as error:
            raise NeedsPerson(
                f"This is no signed proof: {error}. Take the file that was written by: "
                "xtiger reconcile --sign FILE"
            ) from error
        mark = fingerprint(signed.public_key)
        if not is_signed(signed.public_key, signed.message, signed.signature):
            return Verified("changed", mark, signed.proof, signed.part)
        own = signed.public_key == self.public_key()
        return Verified("own" if own else "other", mark, signed.proof, signed.part)

    def _key(self) -> Secret:
        """The private key, made once however many processes ask for it first."""
        cipher = self._parts.cipher

        def kept_or_new(kept: Plain) -> tuple[Plain, str]:
            text = str(kept) if kept else cipher.encrypt(new_signing_key())
            return text, text

        kept = self._parts.store.update_state(setting_keys.SIGNING_KEY, kept_or_new)
        return cipher.decrypt(kept)

    def _described(self, found: Reconciliation) -> Mapping[str, Any]:
        """What is signed: texts, whole numbers, lists and objects, the same in every language."""
        return {
            "agrees": found.agrees,
            "connection": {"id": found.connection_id, "name": found.organisation},
            "crm": self._parts.host.name,
            "base_currency": found.base_currency,
            "made_at": found.made_at.isoformat(),
            "since": found.since.isoformat() if found.since else None,
            "records": found.records,
            "modules": {
                one.module: {"crm": one.crm.plain(), "xero": one.xero.plain()}
                for one in found.modules
            },
            "not_compared": list(found.not_compared),
            "sums": [row.plain() for row in found.sums],
            "differences": [_difference(one) for one in found.differences],
            "standing": [
                {"module": one.module, "name": one.name, "code": one.cause.code}
                for one in found.standing
            ],
            "version": __version__,
        }


def _difference(one: Disagreement) -> dict[str, object]:
    return {
        "module": one.module,
        "name": one.name,
        "crm_id": one.crm_id,
        "xero_id": one.xero_id,
        "field": one.field,
        "crm": None if one.crm is None else str(one.crm),
        "xero": None if one.xero is None else str(one.xero),
        "code": one.cure.code,
    }
