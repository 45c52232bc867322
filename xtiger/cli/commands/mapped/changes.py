"""How two configurations differ, printed: what is now, and what then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from xtiger.cli.app import App
from xtiger.mapping.editing.change_words import change_words

if TYPE_CHECKING:
    from xtiger.mapping.configuration import Change


def show_changes(app: App, changes: Sequence[Change], *, applied: bool = False) -> None:
    """Print what differs, and whether it is saved now."""
    if app.as_json:
        app.emit({"changes": [asdict(one) for one in changes], "applied": applied})
        return
    _ = app.words.translate
    if not changes:
        app.say(_("Nothing differs."))
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    table = columns(_("Where"), _("What"), _("Now"), _("Then"))
    for one in changes:
        table.add_row(*change_words(one, _), one.before or "·", one.after or "·")
    app.console.print(table)
    if applied:
        app.say(app.words.sentence("Saved; changes: {count}", count=len(changes)))
