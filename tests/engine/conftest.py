"""The worlds of the stories, for what tests one file of the engine."""

from tests.stories.sync.conftest import billed, books, loose, world

__all__ = ["billed", "books", "loose", "world"]
