"""What devices report of themselves, and which numbers are held without a gap."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_big_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "heartbeats",
        sa.Column("device_id", _big_id, sa.ForeignKey("devices.id"), primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("received_at", _moment, nullable=False),
        sa.Column("journal_entries", sa.BigInteger, nullable=False),
        sa.Column("journal_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("report_json", sa.Text, nullable=False),
    )
    op.create_table(
        "journal_heads",
        sa.Column("device_id", _big_id, sa.ForeignKey("devices.id"), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("received_at", _moment, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "journal_faults",
        sa.Column("id", _big_id, primary_key=True),
        sa.Column("device_id", _big_id, sa.ForeignKey("devices.id"), nullable=False, index=True),
        sa.Column("found_at", _moment, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("held_entries", sa.BigInteger, nullable=False),
        sa.Column("held_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("told_entries", sa.BigInteger, nullable=False),
        sa.Column("told_hash", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "whole_epochs",
        sa.Column("epoch", sa.String(6), sa.ForeignKey("epochs.code"), primary_key=True),
        sa.Column("whole_to", sa.Integer, nullable=False),
    )
