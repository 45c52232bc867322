"""The store in one SQL database: SQLite in a file by default, PostgreSQL by its address."""
