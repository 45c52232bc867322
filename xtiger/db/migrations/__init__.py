"""The steps that bring the store's tables from one release to the next (Alembic)."""
