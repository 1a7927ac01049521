"""Bundles that other kiosks carried here, and that wait for the intake key."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "bundles",
        sa.Column("id", sa.Uuid, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("brings_sha256", sa.LargeBinary(32), nullable=False, index=True),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("refusal", sa.String(40)),
    )
