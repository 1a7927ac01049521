"""Numbered steps of the central's schema, run by Alembic on SQLite and on PostgreSQL alike."""
