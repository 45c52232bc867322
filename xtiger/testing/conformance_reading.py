"""The part of the conformance kit about describing, reading, paging and money."""

# ruff: noqa: SIM300  the expected value stands first, as in all tests

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from xtiger.errors import XTigerError
from xtiger.model.records import Ref
from xtiger.model.values import require_plain
from xtiger.ports.host import API, Host
from xtiger.testing.check import check_host
from xtiger.testing.conformance_kit import Kit


class ReadingContract(Kit):
    """Describing, reading, paging, money."""

    def test_the_interface_is_known(self, host: Host) -> None:
        """The adapter speaks this release's major number of the interface."""
        assert API[0] == host.api[0]

    def test_the_description_is_sound(self, host: Host) -> None:
        """Roles are known, fit their types and stand once; records are as described."""
        for module in self.able(host):
            self.make(host, module.name)

        assert [] == check_host(host)

    def test_values_are_plain(self, host: Host) -> None:
        """Records hold text, numbers, days and moments only: no object of a framework."""
        for module in self.able(host):
            record = self.read(host, self.make(host, module.name))

            require_plain([record.values, *record.lines], module.name)

    @pytest.mark.parametrize(
        "record_id", ["", "0", "-1", "x", "99999999999999999999999", "1' OR '1'='1", "ä", "1.0"]
    )
    def test_an_unknown_id_is_absent(self, host: Host, record_id: str) -> None:
        """An id that no record has is simply not among the answers, whatever it looks like."""
        for module in host.modules():
            assert {} == dict(host.get(module.name, [record_id])), module.name

    def test_an_unknown_module_says_so(self, host: Host) -> None:
        """Asking for a module that is not there raises an error of the library."""
        with pytest.raises(XTigerError):
            host.get("No such module", ["1"])

    def test_nothing_in_nothing_out(self, host: Host) -> None:
        """Empty lists of ids and writes are answered with nothing."""
        name = host.modules()[0].name
        answers = (dict(host.get(name, [])), list(host.save(name, [])), list(host.delete(name, [])))

        assert ({}, [], []) == answers

    def test_find_is_exact(self, host: Host) -> None:
        """find() answers the records whose value is the same, upper and lower case apart."""
        module = self.first(host)
        name = self.text(module)
        wanted = self.make(host, module.name, **{name: "Straße 'A'"})
        for other in ("STRASSE 'A'", "straße 'a'", "Straße"):
            self.make(host, module.name, **{name: other})
        found = host.find(module.name, name, "Straße 'A'")

        assert [wanted] == [record.ref for record in found]

    def test_find_obeys_its_limit(self, host: Host) -> None:
        """find() returns at most as many records as asked for, always the same ones first."""
        module = self.first(host)
        name = self.text(module)
        for _ in range(3):
            self.make(host, module.name, **{name: "same"})
        two = [record.ref for record in host.find(module.name, name, "same", limit=2)]
        three = [record.ref for record in host.find(module.name, name, "same")]

        assert (three[:2], 3) == (two, len(three))

    # --- paging ---

    @pytest.mark.parametrize("limit", [1, 2, 3, 50])
    def test_paging_loses_and_repeats_nothing(self, host: Host, limit: int) -> None:
        """Pages of any size give each record exactly once."""
        module = self.first(host)
        made = [self.make(host, module.name) for _ in range(6)]
        read = [record.ref for record in self.walk(host, module.name, limit)]

        assert Counter(made) == Counter(read)

    def test_paging_survives_edits(self, host: Host) -> None:
        """Records changed while the pages are read are not lost, nor are their neighbours."""
        module = self.first(host, "update")
        name = self.text(module)
        made = [self.make(host, module.name) for _ in range(6)]

        def disturb(count: int) -> None:
            if count <= len(made):
                self.edit(host, module.name, made[count - 1].id, {name: f"edited {count}"})

        read = {record.ref for record in self.walk(host, module.name, 1, disturb)}

        assert set(made) == read

    def test_the_last_cursor_leads_to_what_is_new(self, host: Host) -> None:
        """Going on from the cursor of the last page finds what was changed since."""
        module = self.first(host, "update")
        name = self.text(module)
        made = [self.make(host, module.name) for _ in range(3)]
        cursor = host.changed_since(module.name, None, 50).cursor
        self.edit(host, module.name, made[1].id, {name: "edited later"})
        new = self.make(host, module.name)
        page = host.changed_since(module.name, cursor, 50)

        assert {made[1], new} <= {record.ref for record in page.records}

    def test_an_empty_module_has_one_empty_page(self, host: Host) -> None:
        """Reading a module without records comes to an end at once."""
        page = host.changed_since(host.modules()[0].name, None)

        assert ((), False) == (page.records, page.more)

    # --- money and addresses ---

    def test_the_own_currency_needs_no_rate(self, host: Host) -> None:
        """One unit of the CRM's own currency is one unit; an unknown rate is None."""
        day = date(2026, 1, 1)

        assert (Decimal(1), None) == (host.rate(host.base_currency(), day), host.rate("XXX", day))

    def test_addresses_are_text(self, host: Host) -> None:
        """url() answers the address of a page, or None."""
        for module in host.modules():
            address = host.url(Ref(module.name, "1"))

            assert address is None or address.startswith(("http://", "https://", "/"))
