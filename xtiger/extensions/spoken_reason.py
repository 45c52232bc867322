"""Why an extension does not run, in the language of the person who reads it."""

from __future__ import annotations

from xtiger import __version__
from xtiger.extensions.state import ExtensionState
from xtiger.i18n.failures import without_commands
from xtiger.i18n.kept_text import respoken
from xtiger.i18n.language import Language
from xtiger.model.plans import Face


def spoken_reason(state: ExtensionState, words: Language, face: Face = "command") -> str:
    """The reason of a state for the module manager; "" when there is none."""
    if not state.needs_release:
        said = respoken(state.reason, words)
        return said if face == "command" else without_commands(said, words)
    return words.sentence(
        "It is made for XTiger {needed}, and this is {present}. Install its version for {present}.",
        needed=state.needs_release,
        present=__version__,
    )


def spoken_notice(state: ExtensionState, words: Language) -> str:
    """What the overview says about an extension that is switched on and does not run."""
    if state.needs_release:
        return words.sentence(
            "The extension {name} does not run: it is made for XTiger {needed}, and this is "
            "{present}. Ask your administrator to install its version for {present}.",
            name=state.label,
            needed=state.needs_release,
            present=__version__,
        )
    return words.sentence(
        "The extension {name} does not run. Ask your administrator to look at the list of "
        "extensions, which says why.",
        name=state.label,
    )
