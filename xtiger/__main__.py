"""`python -m xtiger` is the same as `xtiger`."""

from __future__ import annotations

from xtiger.cli import main

if __name__ == "__main__":
    main()
