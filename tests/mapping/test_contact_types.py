"""The CRM's own words for what Xero uses a contact as."""

from __future__ import annotations

from xtiger.mapping.contact_types import use_word, use_words
from xtiger.model.records import Choice, Field


class TestUses:
    """What the CRM calls a customer, a vendor, and one that is both."""

    LISTED = Field("type", "choice", choices=(Choice("supplier", "S"), Choice("Client", "C")))

    def test_a_pick_list_gives_its_own_word(self) -> None:
        """In its own letters; without one there is none."""
        found = [use_word(use, self.LISTED, {}) for use in ("customer", "vendor", "both")]

        assert ["Client", "supplier", None] == found

    def test_free_text_gets_the_usual_word(self) -> None:
        """And nothing for a use that nobody knows."""
        assert ["Customer & Vendor", None] == [
            use_word(use, Field("type"), {}) for use in ("both", "friend")
        ]

    def test_a_chosen_word_goes_before(self) -> None:
        """Where the pick list has it."""
        chosen = {"both": "Client", "vendor": "Nobody"}

        assert ["Client", None] == [
            use_word(use, self.LISTED, chosen) for use in ("both", "vendor")
        ]
        assert {"Client"} == use_words(self.LISTED, chosen)
