"""Heads of journals that devices have still to tell whether they passed through."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: nothing is asked yet."""
    op.add_column("heartbeats", sa.Column("asked_entries", sa.BigInteger))
    op.add_column("heartbeats", sa.Column("asked_hash", sa.LargeBinary(32)))
