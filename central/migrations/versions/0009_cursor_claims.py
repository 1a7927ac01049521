"""What devices said, without a proof, that they were told: for an operator to see."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_big_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "cursor_claims",
        sa.Column("device_id", _big_id, sa.ForeignKey("devices.id"), primary_key=True),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.BigInteger, nullable=False),
    )
