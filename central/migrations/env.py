"""Runs the steps on the connection that :mod:`central.migrating` hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # SQLite alters a table by copying it.
    render_as_batch=True,
)
context.run_migrations()
