"""What every part of the store has: the open database and the cipher."""

from __future__ import annotations

from xtiger.db.cipher import Cipher
from xtiger.db.database import Database


class Part:
    """One subject of the store; `SqlStore` is made of all of them."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher
