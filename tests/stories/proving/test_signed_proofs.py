"""Signed proofs: anyone can check one, and a changed or forged one is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.sync.people import organisation
from tests.world import World, connected_world, make_world
from xtiger.cli.root import run
from xtiger.db.signer import new_signing_key, public_key, signature
from xtiger.errors import NeedsPerson
from xtiger.model.proving.signed import SignedProof, message_of, read_signed


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world with one customer on both sides."""
    with connected_world(tmp_path) as made:
        organisation(made, "Aroha Ltd")
        made.sync()
        yield made


@pytest.mark.feature("O4")
def test_a_signed_proof_is_known_again(world: World, tmp_path: Path) -> None:
    """Here it is this installation's own, elsewhere another's with the fingerprint to compare."""
    text = world.xt.proof.sign(world.xt.proof.reconcile()).text()
    here = world.xt.proof.verify(text)
    again = world.xt.proof.sign(world.xt.proof.reconcile())
    (tmp_path / "other").mkdir()
    with make_world(tmp_path / "other") as other:
        there = other.xt.proof.verify(text)

    assert ("own", "other") == (here.verdict, there.verdict)
    assert {world.xt.proof.fingerprint()} == {here.fingerprint, there.fingerprint}
    assert again.public_key == world.xt.proof.public_key()
    assert (True, 1, "Empty Trading Ltd") == (
        here.proof["agrees"],
        here.proof["records"],
        here.proof["connection"]["name"],
    )
    assert {"made_at", "version", "sums", "modules", "differences"} <= set(here.proof)


def test_a_changed_and_a_forged_proof_are_found(world: World) -> None:
    """One letter of it, its signature, or all of it with a key of the forger's."""
    signed = world.xt.proof.sign(world.xt.proof.reconcile())
    better = {**signed.proof, "records": 9}
    forger = new_signing_key()
    forged = SignedProof(better, public_key(forger), signature(forger, message_of(better)))
    disguised = SignedProof(better, signed.public_key, forged.signature)
    broken = SignedProof(signed.proof, signed.public_key, "AAAA")
    keyless = SignedProof(signed.proof, "no key", signed.signature)
    found = [
        world.xt.proof.verify(one.text()).verdict
        for one in (
            SignedProof(better, signed.public_key, signed.signature),
            disguised,
            broken,
            keyless,
            forged,
        )
    ]

    assert ["changed"] * 4 + ["other"] == found
    with pytest.raises(NeedsPerson, match="no signed proof"):
        world.xt.proof.verify("{}")


def test_the_private_key_leaves_the_store_encrypted_only(world: World) -> None:
    """Neither the database nor the file holds it, and it stays the same after a restart."""
    text = world.xt.proof.sign(world.xt.proof.reconcile()).text()
    kept = (world.xt.settings.home / "xtiger.db").read_bytes()

    assert read_signed(text).public_key.encode() not in kept
    assert world.xt.proof.verify(text).verdict == "own"


def test_the_commands_sign_and_verify(
    world: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`reconcile --sign` writes the file, `verify` ends with 6 for what is not right."""
    import tests.cli.plugged as plugged
    from tests.stories.tenants.conftest import unclosed

    monkeypatch.setattr(plugged, "host", world.host, raising=False)
    file = tmp_path / "proof.json"

    def xtiger(*words: str) -> tuple[int, str]:
        given = {"XTIGER_HOME": str(tmp_path), "XTIGER_HOST": "tests.cli.plugged:host"}
        code = run(words, given, lambda _host, _settings: unclosed(world.xt))
        return code, capsys.readouterr().out

    written = xtiger("reconcile", "--sign", str(file))
    right, key = xtiger("verify", str(file)), xtiger("verify")
    mark = json.loads(xtiger("verify", "--json")[1])["fingerprint"]
    named = xtiger("verify", str(file), "--fingerprint", mark.upper())
    stranger = xtiger("verify", str(file), "--fingerprint", "ab12")
    file.write_text(file.read_text().replace('"records": 1', '"records": 2'))
    changed, as_json = xtiger("verify", str(file)), xtiger("verify", str(file), "--json")

    assert [0, 0, 0, 0, 6, 6, 6] == [
        one[0] for one in (written, right, key, named, stranger, changed, as_json)
    ]
    assert "This is what was signed. Both sides agreed." in right[1]
    assert mark in key[1]
    assert "changed, or is forged" in changed[1]
    assert ("changed", False) == (
        json.loads(as_json[1])["verdict"],
        json.loads(as_json[1])["verified"],
    )
