"""What an administrator lets be taken back or taken out: in the background, as a sync of a page."""

from __future__ import annotations

from datetime import timedelta

from xtiger.model.asked_sync import AskedFor, AskedSync
from xtiger.model.connections import Connection
from xtiger.web.site import Site

#: Where nobody works in the background, a request does for so long.
REQUEST_WORKS = timedelta(seconds=20)
#: The page looks again after so many seconds while something runs.
LOOK_AGAIN_SECONDS = 2


def last(site: Site, connection_id: str, what: AskedFor) -> AskedSync | None:
    """The last request of a connection, where it is of this kind; a connection at rest has none."""
    known = (one for one in site.connections() if one.id == connection_id)
    if not any(one.state == "active" for one in known):
        return None
    asked = site.xt.sync.asked(connection_id)
    return asked if asked is not None and asked.what == what else None


def carried(site: Site, connection_id: str, made: AskedSync, what: AskedFor) -> AskedSync | None:
    """The request as far as it came; done here where nobody works in the background.

    None, and said, where another one is under way.
    """
    if made.what != what:
        said = "Something else is under way. Wait for its end, or cancel it."
        site.say(site.words.translate(said))
        return None
    if not site.xt.sync.ticks():
        site.xt.sync.carry_out_asked(site.xt.clock.now() + REQUEST_WORKS, connection_id)
    return last(site, connection_id, what)


def words_of(site: Site, asked: AskedSync, one: Connection) -> str:
    """What was asked for, in words."""
    words = site.words
    if asked.what == "wipe":
        return words.sentence("Take what came from {name} out of the CRM", name=one.name)
    run = site.xt.undo.named(asked.takes_back[0]) if asked.takes_back else None
    moment = words.moment(run.started_at) if run is not None else ""
    return words.sentence("Take back the sync of {moment}", moment=moment)
