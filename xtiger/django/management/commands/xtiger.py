"""`manage.py xtiger …`: the command line of the library on this CRM."""

from __future__ import annotations

import sys
from argparse import REMAINDER, ArgumentParser
from collections.abc import Sequence

from django.core.management.base import BaseCommand, CommandError

#: What manage.py takes itself, wherever it stands.
_OF_DJANGO = ("--settings", "--pythonpath")


class Command(BaseCommand):
    """Passes everything on, so that each option is as `xtiger --help` says."""

    help = "The command line of XTiger on this CRM: manage.py xtiger --help"
    requires_system_checks: Sequence[str] = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Carry out a command of the terminal; its exit code is that of the library."""
        sys.exit(_run(without_django(argv[2:])))

    def add_arguments(self, parser: ArgumentParser) -> None:
        """For call_command: any words."""
        parser.add_argument("words", nargs=REMAINDER)

    def handle(self, *, words: Sequence[str] = (), **_: object) -> None:
        """Carry out a command of other code; raises CommandError with its exit code."""
        code = _run(words)
        if code:
            raise CommandError(f"xtiger ended with {code}", returncode=code)


def without_django(arguments: Sequence[str]) -> list[str]:
    """The words that are not manage.py's own."""
    kept: list[str] = []
    skip = False
    for word in arguments:
        if skip:
            skip = False
        elif word in _OF_DJANGO:
            skip = True
        elif word.partition("=")[0] not in _OF_DJANGO:
            kept.append(word)
    return kept


def _run(words: Sequence[str]) -> int:
    from xtiger.cli.root import run
    from xtiger.django.project import environment

    return run(list(words), environment())
