"""What every command works with: the settings, the library, the language and the terminal."""

from __future__ import annotations

import getpass
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from xtiger.console import print_json
from xtiger.errors import BrokenHost, NeedsPerson, SettingInvalid, XTigerError, foreign_reason
from xtiger.i18n.harmless import HarmlessStream, harmless
from xtiger.i18n.language import Language, language
from xtiger.ports.interrupts import FOREIGN, by_signal
from xtiger.settings import Settings, load_settings

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    from xtiger.app import XTiger
    from xtiger.ports import Context, Host

#: Makes the library from a host and settings; tests give another.
MakeLibrary = Callable[["Host", Settings], "XTiger"]

#: Columns of a table that goes into a file or a pipe.
_PIPE_COLUMNS = 160


def _library(host: Host, settings: Settings) -> XTiger:
    # It brings SQLAlchemy and requests, which `xtiger --help` has no use for.
    from xtiger.app import XTiger

    return XTiger(host, settings=settings)


class App:
    """The `obj` of every command; settings and library are made when first asked for."""

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        make_library: MakeLibrary | None = None,
    ) -> None:
        """`environment` in place of the process's own; `make_library` in place of XTiger."""
        self._environment = environment
        self._make_library = make_library or _library
        self._home: Path | None = None
        self._host = ""
        self._connection: str | None = None
        self._tenant: str | None = None
        #: Whether a mistake shows its trace.
        self.debug = False
        #: Whether this command was asked for --json: one object on standard output, nothing else.
        self.as_json = False
        self._opened: XTiger | None = None

    def choose(
        self,
        *,
        home: Path | None,
        host: str,
        connection: str | None,
        debug: bool,
        tenant: str | None = None,
    ) -> None:
        """Take the global options."""
        self._home, self._host, self._connection = home, host, connection
        self._tenant = tenant
        if home is not None and self._environment is None:
            # The CRM's factory reads the same setting when it is called.
            os.environ["XTIGER_HOME"] = str(home)
        self.debug = debug

    @cached_property
    def settings(self) -> Settings:
        """The settings with the global options applied; raises SettingInvalid."""
        found = load_settings(self._environment, self._home)
        return replace(found, host=self._host) if self._host else found

    @property
    def words(self) -> Language:
        """The language of the sentences."""
        return language(self.settings.locale)

    @property
    def xt(self) -> XTiger:
        """The library on the configured host, opened once; of the tenant of --tenant."""
        if self._opened is None:
            host = load_host(self.settings.host)
            self._opened = self._make_library(host, self.settings)
        if self._tenant is None:
            return self._opened
        if self._tenant not in self._opened.host.tenants():
            raise NeedsPerson(
                f"The CRM has no tenant {self._tenant!r}. Use the id by which the CRM knows it: "
                "--tenant"
            )
        return self._opened.for_tenant(self._tenant)

    def of_tenant(self, tenant: str | None) -> XTiger:
        """The library of the tenant that a command names; without one that of --tenant."""
        if tenant is None:
            return self.xt
        self._tenant = tenant
        return self.xt

    def connection_id(self) -> str | None:
        """The id of the connection named by --connection, None when none was named."""
        return self.xt.connections.get(self._connection).id if self._connection else None

    def organisation(self) -> str:
        """The name of the connection that --connection named; "" when none was named."""
        return self.xt.connections.get(self._connection).name if self._connection else ""

    def context(self) -> Context:
        """What the commands of extensions work with."""
        self.connection_id()  # an unknown one is reported before anything is read
        return self.xt.context().asked_by(user())

    @cached_property
    def console(self) -> Console:
        """Standard output, with colours and width of the terminal."""
        return _console(stderr=False)

    @cached_property
    def errors(self) -> Console:
        """Standard error: warnings and progress."""
        return _console(stderr=True)

    def say(self, text: str = "") -> None:
        """One line for people; nothing with --json."""
        if not self.as_json:
            self.console.print(text, markup=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """One line on standard error."""
        self.errors.print(f"▲ {text}", markup=False, soft_wrap=True, style="yellow")

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before something is ended or taken away, unless --yes was given; No aborts.

        A program that reads JSON cannot be asked: without --yes it is refused.
        """
        if yes:
            return
        if self.as_json:
            raise click.UsageError(
                self.words.translate(
                    "This asks first, and with --json nobody is asked. Nothing was done. "
                    "Add --yes to do it."
                )
            )
        click.confirm(question, abort=True)

    def emit(self, data: Mapping[str, Any]) -> None:
        """The one JSON object of a command; Decimals and times become text."""
        print_json(data)

    def close(self) -> None:
        """Give the database back."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None


@contextmanager
def harmless_streams() -> Iterator[None]:
    """While it lasts no text steers the terminal: not a record's, an error's or an extension's."""
    out, errors = sys.stdout, sys.stderr
    # They stand in for the real ones for everybody who writes, click and tracebacks, too.
    sys.stdout, sys.stderr = HarmlessStream(out), HarmlessStream(errors)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, errors


def behind(stream: TextIO) -> TextIO:
    """The terminal behind a stream, for colours of our own."""
    return stream.behind if isinstance(stream, HarmlessStream) else stream


def _console(*, stderr: bool) -> Console:
    # rich takes 50 ms to load; --help and --json do without.
    from rich.console import Console

    class Harmless(Console):
        """A console whose colours are its own, and whose texts steer nothing.

        A closed pipe is the command's matter: rich would exit with 1, a bug.
        """

        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterator[Segment]:
            for segment in super().render(renderable, options):
                yield segment if segment.control else segment._replace(text=harmless(segment.text))

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    file = behind(sys.stderr if stderr else sys.stdout)
    console = Harmless(file=file, stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = _PIPE_COLUMNS
    return console


def user() -> str:
    """Who gives this command, for what is kept of it."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"  # a container without a name for its user


def load_host(spec: str) -> Host:
    """The Host of "package.module:factory"; a ready host object is taken as it is.

    Raises SettingInvalid when there is no such thing, BrokenHost when the factory fails.
    """
    fix = "Give the function that returns your Host, such as mycrm.xero:make_host."
    if not spec:
        raise SettingInvalid("XTIGER_HOST", "is not set", fix)
    module_name, _, name = spec.partition(":")
    if not module_name or not name:
        raise SettingInvalid("XTIGER_HOST", f"is {spec!r}, not package.module:factory", fix)
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)  # the CRM usually lies in the folder where the command is typed
    try:
        module = importlib.import_module(module_name)
    except XTigerError as error:
        _name_line(error)
        raise
    # The CRM's own code may raise anything while it is imported.
    except FOREIGN as error:
        if by_signal(error):
            raise
        reason = f"names {module_name}, which cannot be imported ({type(error).__name__}: {error})"
        fix = "Check the name and the folder."
        raise SettingInvalid("XTIGER_HOST", reason, fix, _line_of(error)) from error
    if not hasattr(module, name):
        raise SettingInvalid("XTIGER_HOST", f"names {name}, which {module_name} has not", fix)
    return _made(spec, getattr(module, name))


def _made(spec: str, factory: Any) -> Host:
    try:
        made = factory if hasattr(factory, "caps") and not isinstance(factory, type) else factory()
        # No part of the interface: a CRM whose app is made by a function of its own has it.
        getattr(made, "ready", tuple)()
    except XTigerError as error:
        _name_line(error)
        raise
    # See above.
    except FOREIGN as error:
        if by_signal(error):
            raise
        line = _line_of(error)
        reason = f"{foreign_reason(error)} ({line})" if line else foreign_reason(error)
        raise BrokenHost(spec, "the factory", reason) from error
    if not hasattr(made, "caps"):
        raise BrokenHost(spec, "the factory", f"it returned a {type(made).__name__}, not a Host")
    host: Host = made
    return host


def _name_line(error: XTigerError) -> None:
    """Put the line of the CRM's own code that is the cause to an error about its settings."""
    if isinstance(error, SettingInvalid) and not error.place:
        error.place = _line_of(error)


def _line_of(error: BaseException) -> str:
    """The last line of the CRM's own code on the way to an error: mycrm/xero.py:14; else ""."""
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        own = file.is_relative_to(Path.cwd()) and "site-packages" not in file.parts
        if own and not file.is_relative_to(Path(__file__).parents[1]):
            found = f"{file.relative_to(Path.cwd())}:{line}"
    return found
