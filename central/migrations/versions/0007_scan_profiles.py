"""Ways of scanning that the central sets, for all points, a network or one point."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; none is set yet."""
    op.create_table(
        "scan_profiles",
        sa.Column("scope", sa.String(5), primary_key=True),
        sa.Column("is_locked", sa.Boolean, nullable=False),
        sa.Column("profiles_json", sa.Text, nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
    )
