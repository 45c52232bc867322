"""What every part of the store has: the open database, the cipher and its transactions."""

from __future__ import annotations

from contextlib import AbstractContextManager

from xtiger.db.cipher import Cipher
from xtiger.db.database import Database


class Part:
    """One subject of the store; `SqlStore` is made of all of them."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside commits together or not at all; nested blocks join.

        A nested block that fails undoes only itself where the outer block catches its error.
        """
        return self._database.transaction()
