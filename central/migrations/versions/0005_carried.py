"""Bundles that others carried here, until they are opened; keys that devices had before."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_big_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bundles",
        sa.Column("id", sa.Uuid, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("brings_sha256", sa.LargeBinary(32), nullable=False, index=True),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("refusal", sa.String(40)),
    )
    op.create_table(
        "former_keys",
        sa.Column("key_id", sa.LargeBinary(8), primary_key=True),
        sa.Column("device_id", _big_id, sa.ForeignKey("devices.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
    )
