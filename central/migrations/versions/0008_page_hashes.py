"""Perceptual hashes of a deposit's pages, and whose it is, to find the same pages again.

Deposits from before carry no hashes: there is nothing to fill in.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and the index by person."""
    op.add_column("deposits", sa.Column("person", sa.LargeBinary(16)))
    op.add_column("deposits", sa.Column("page_hashes", sa.LargeBinary))
    op.create_index("ix_deposits_person", "deposits", ["person"])
