"""Signatures of what this installation says: Ed25519 (RFC 8032)."""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from xtiger.model.secret import Secret

#: Letters of a fingerprint that stand together.
_TOGETHER = 4


def new_signing_key() -> Secret:
    """A fresh random key, as text."""
    return Secret(_text(Ed25519PrivateKey.generate().private_bytes_raw()))


def public_key(key: Secret) -> str:
    """The public half of a key, as text: it verifies, and signs nothing."""
    return _text(_private(key).public_key().public_bytes_raw())


def signature(key: Secret, message: bytes) -> str:
    """The signature of a message, as text."""
    return _text(_private(key).sign(message))


def is_signed(public: str, message: bytes, signed: str) -> bool:
    """Whether the private half of this key signed this message; False for what is no key, too."""
    try:
        known = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        known.verify(base64.b64decode(signed, validate=True), message)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def fingerprint(public: str) -> str:
    """What people compare of a public key: the SHA-256 of it, in groups of four."""
    digest = hashlib.sha256(public.encode()).hexdigest()
    return " ".join(digest[at : at + _TOGETHER] for at in range(0, len(digest), _TOGETHER))


def _private(key: Secret) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(key.reveal()))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
