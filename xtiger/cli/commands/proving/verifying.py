"""`xtiger verify`: whether a signed proof or export is what was signed, and by whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App
from xtiger.cli.failure import RECORDS, Ended
from xtiger.console import json_option

if TYPE_CHECKING:
    from xtiger.model.proving.signed import Verified


@click.command()
@click.argument("file", required=False)
@click.option(
    "--fingerprint",
    "wanted",
    default="",
    help="The key that must have signed it, as its owner gave it.",
)
@json_option
@click.pass_obj
def verify(app: App, file: str | None, wanted: str) -> None:
    """Say whether FILE is what was signed, and by whom; without one, this installation's key."""
    if file is None:
        _show_key(app)
        return
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{file} cannot be read.") from error
    found = app.xt.proof.verify(text)
    expected = "".join(wanted.split()).lower()
    is_right = found.verdict != "changed" and (
        found.fingerprint.replace(" ", "") == expected if expected else found.verdict == "own"
    )
    if app.as_json:
        app.emit(
            {
                "verdict": found.verdict,
                "fingerprint": found.fingerprint,
                "verified": is_right,
                "proof": found.proof,
            }
        )
    else:
        _show(app, found, is_right=is_right, expected=bool(expected))
    if not is_right:
        raise Ended(RECORDS)


def _show_key(app: App) -> None:
    mark, public = app.xt.proof.fingerprint(), app.xt.proof.public_key()
    if app.as_json:
        app.emit({"fingerprint": mark, "public_key": public})
        return
    app.say(app.words.sentence("Public key: {key}", key=public))
    app.say(app.words.sentence("Fingerprint: {fingerprint}", fingerprint=mark))


def _show(app: App, found: Verified, *, is_right: bool, expected: bool) -> None:
    _ = app.words.translate
    if found.verdict == "changed":
        app.say(f"≠ {_('This file is not what was signed: it was changed, or is forged.')}")
        return
    mark = app.words.sentence("Fingerprint: {fingerprint}", fingerprint=found.fingerprint)
    if not is_right:
        said = (
            _("It is unchanged, and another key signed it than the one that you named.")
            if expected
            else _("It is unchanged, and another installation signed it: compare the fingerprint.")
        )
        app.say(f"≠ {said}")
        app.say(mark)
        return
    said = ""
    if found.part == "proof":
        agrees = bool(found.proof.get("agrees"))
        said = _("Both sides agreed.") if agrees else _("Both sides differed.")
    app.say(f"✓ {_('This is what was signed.')} {said}".rstrip())
    app.say(mark)
