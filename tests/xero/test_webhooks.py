"""Signatures and bodies of Xero's webhooks: what is Xero's, and what it says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.model.secret import Secret
from xtiger.xero.webhooks import Envelope, fingerprint, next_sequence, parse, signing_key

KEY = "YmFzZTY0LWxpa2Uga2V5"
BODY = b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "S0m3"}'
TENANT, RECORD = "c2cc9b6e-9458-4c7d-93cc-f02b81b0594f", "717f2bfc-c6d4-41fd-b238-3f2f0c0cf777"


def right(body: bytes = BODY, key: str = KEY) -> str:
    """The signature as Xero's documentation describes it."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def told(**changed: Any) -> dict[str, Any]:
    """The event of Xero's own example."""
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{RECORD}",
        "resourceId": RECORD,
        "eventDateUtc": "2024-06-21T01:15:39.902",
        "eventType": "UPDATE",
        "eventCategory": "CONTACT",
        "tenantId": TENANT,
        "tenantType": "ORGANISATION",
        **changed,
    }


def parsed(*events: Any, **more: Any) -> Envelope:
    """What a body with these events says."""
    found = parse(json.dumps({"events": list(events), **more}).encode())
    assert found is not None
    return found


class TestSignature:
    def test_the_key_is_taken_as_text(self) -> None:
        """It looks like base64 and is not decoded."""
        decoded = hmac.new(base64.b64decode(KEY), BODY, hashlib.sha256).digest()

        assert Secret(KEY) == signing_key([Secret(KEY)], BODY, right())
        assert None is signing_key([Secret(KEY)], BODY, base64.b64encode(decoded).decode())

    def test_the_bytes_count_as_they_came(self) -> None:
        """JSON that was read and written again has lost Xero's spaces."""
        again = json.dumps(json.loads(BODY), separators=(",", ":")).encode()

        assert None is signing_key([Secret(KEY)], again, right())

    @pytest.mark.parametrize("place", range(44))
    def test_one_character_off_is_wrong(self, place: int) -> None:
        """Xero tries just that before it sends anything."""
        mark = right()
        wrong = mark[:place] + ("A" if mark[place] != "A" else "B") + mark[place + 1 :]

        assert None is signing_key([Secret(KEY)], BODY, wrong)

    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            " ",
            ",",
            "Ümläut",
            "\udcff",
            "\x00",
            f"{right()},{right()}",
            right()[:-1],
            right() + "=",
            right().lower(),
            "sha256=" + right(),
        ],
    )
    def test_odd_headers_are_wrong(self, header: str | None) -> None:
        """And never raise; several signatures in one header are none of Xero's."""
        assert None is signing_key([Secret(KEY)], BODY, header)

    def test_a_changed_key_and_the_old_one_are_both_taken(self) -> None:
        """While both are set."""
        keys = [Secret("new"), Secret("old")]

        assert [keys[1], keys[0], None] == [
            signing_key(keys, BODY, right(key=key)) for key in ("old", "new", "third")
        ]

    @pytest.mark.parametrize("keys", [[], [""]])
    def test_without_a_key_nothing_is_taken(self, keys: list[str]) -> None:
        """Not even what the empty key signed."""
        assert None is signing_key([Secret(key) for key in keys], BODY, right(key=""))

    def test_a_fingerprint_gives_nothing_of_the_key(self) -> None:
        """Twelve signs, others for another key."""
        own, other = fingerprint(Secret(KEY)), fingerprint(Secret(KEY + "x"))

        assert (12, False) == (len(own), own == other)

    @given(body=st.binary(), header=st.text())
    def test_what_nobody_signed_is_nobodys(self, body: bytes, header: str) -> None:
        """Whatever it is."""
        assert None is signing_key([Secret(KEY)], body, header)


class TestBodies:
    def test_an_event_says_which_record(self) -> None:
        """Its time has no zone and is UTC."""
        (event,) = parsed(told(), firstEventSequence=1, lastEventSequence=1).events

        assert (TENANT, "CONTACT", "Contact", RECORD, "UPDATE") == (
            event.organisation_id,
            event.category,
            event.kind,
            event.xero_id,
            event.event_type,
        )
        assert datetime(2024, 6, 21, 1, 15, 39, 902_000, UTC) == event.happened_at

    def test_an_intent_to_receive_has_number_nought(self) -> None:
        """Xero's own schema starts at 1 and is not asked."""
        assert Envelope((), 0, 0, 0) == parse(BODY)

    @pytest.mark.parametrize("category", ["SUBSCRIPTION", "tomorrow"])
    def test_other_categories_are_kept_and_read_nothing(self, category: str) -> None:
        """This release may be older than what Xero sends."""
        (event,) = parsed(told(eventCategory=category, eventType="ARCHIVE", data={"a": 1})).events

        assert (category.upper(), "", "ARCHIVE") == (event.category, event.kind, event.event_type)

    @pytest.mark.parametrize(
        "changed",
        [
            {"resourceId": None},
            {"resourceId": ""},
            {"resourceId": "../x"},
            {"tenantId": 7},
            {"tenantId": "\ud800"},
            {"eventCategory": "A B"},
            {"eventCategory": ["CONTACT"]},
        ],
    )
    def test_an_event_that_names_no_record_is_counted(self, changed: dict[str, Any]) -> None:
        """The others of its body are taken."""
        found = parsed(told(**changed), told(), "text", None)

        assert (1, 3) == (len(found.events), found.unreadable)

    @pytest.mark.parametrize("said", [None, "", "yesterday", 7, "9999-99-99T00:00:00", ["x"]])
    def test_an_unreadable_time_is_no_error(self, said: Any) -> None:
        """The record is known, and the key still tells two events apart."""
        found = parsed(told(eventDateUtc=said), told(eventDateUtc="another"))

        assert [None, None] == [one.happened_at for one in found.events]
        assert 2 == len({one.key for one in found.events})

    def test_repeats_have_one_key(self) -> None:
        """However the ids and the time are spelled; another type, time or record has another."""
        same = [
            told(),
            told(resourceId=RECORD.upper()),
            told(tenantId=TENANT.upper()),
            told(eventDateUtc="2024-06-21T01:15:39.9020000"),
            told(eventDateUtc="2024-06-21T01:15:39.902Z"),
        ]
        others = [
            told(eventType="CREATE"),
            told(eventDateUtc="2024-06-21T01:15:39.903"),
            told(eventCategory="INVOICE"),
            told(resourceId=TENANT),
            told(tenantId=RECORD),
        ]

        assert 1 == len({one.key for one in parsed(*same).events})
        assert 6 == len({one.key for one in parsed(told(), *others).events})

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\xff\xfe",
            b"[]",
            b"7",
            b"null",
            b'"x"',
            b'{"events": 7}',
            b'{"events": {}}',
            b"[" * 100_000,
            b"{" * 5,
            b'{"a": ' + b"9" * 10_000 + b"}",
        ],
    )
    def test_what_is_not_xeros_json_says_nothing(self, body: bytes) -> None:
        """And raises nothing."""
        assert parse(body) is None

    @pytest.mark.parametrize("number", [-1, "7", 1.5, True, None, 10**30])
    def test_an_odd_number_counts_as_none(self, number: Any) -> None:
        """The events are taken all the same."""
        found = parsed(told(), firstEventSequence=number, lastEventSequence=number)

        assert (0, 0, 1) == (found.first_sequence, found.last_sequence, len(found.events))

    @given(
        body=st.binary()
        | st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(["events", "tenantId", "resourceId", "eventDateUtc"]), inner
                )
            ),
        ).map(lambda value: json.dumps(value).encode())
    )
    def test_any_body_is_read_or_refused(self, body: bytes) -> None:
        """Nothing is raised."""
        found = parse(body)

        assert found is None or found.unreadable >= 0


@pytest.mark.parametrize(
    ("known", "first", "last", "expected"),
    [
        (0, 5, 7, (7, False)),
        (7, 8, 8, (8, False)),
        (7, 9, 12, (12, True)),
        (7, 3, 7, (7, False)),
        (7, 6, 9, (9, False)),
        (7, 0, 0, (7, False)),
        (0, 0, 0, (0, False)),
    ],
)
def test_missing_numbers_show(
    known: int, first: int, last: int, expected: tuple[int, bool]
) -> None:
    """The first numbers ever seen, repeats and late ones are no gap."""
    assert expected == next_sequence(known, Envelope((), first, last))
