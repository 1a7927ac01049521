"""Bytes of unfinished uploads as rows, so that any node goes on with what another began.

``upload_bytes`` counts what is there; only who finds it unchanged may add to it. The identity ties
a database to the keys it was begun with: a node with other keys is refused.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "upload_bytes",
        sa.Column("item_id", sa.Uuid, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "upload_chunks",
        sa.Column("item_id", sa.Uuid, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("trust_key_id", sa.LargeBinary(8), nullable=False),
    )
