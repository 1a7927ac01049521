"""What each device has handed in on the last day it did."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; nothing has been counted yet."""
    for name in ("used_day", "used_items", "used_bytes"):
        op.add_column(
            "devices", sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0"))
        )
