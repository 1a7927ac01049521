"""Which closed uploads have surely left nothing: the others are found by an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the index: what was closed before is looked at once too."""
    op.add_column("uploads", sa.Column("cleared_at", sa.DateTime(timezone=True)))
    is_to_clear = sa.text("closed_at IS NOT NULL AND cleared_at IS NULL")
    op.create_index(
        "uploads_to_clear",
        "uploads",
        ["closed_at"],
        sqlite_where=is_to_clear,
        postgresql_where=is_to_clear,
    )
