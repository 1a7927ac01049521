"""The tables of the first central.

A database that was made before steps were numbered has these tables already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_big_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _registry()
    _dossiers()


def _registry() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "points",
        sa.Column("code", sa.String(5), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("configuration_version", sa.Integer, nullable=False),
        sa.Column("cursor", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "devices",
        sa.Column("id", _big_id, primary_key=True),
        sa.Column("code", sa.String(6), nullable=False, unique=True),
        sa.Column("point", sa.String(5), sa.ForeignKey("points.code"), nullable=False),
        sa.Column("request_key", sa.LargeBinary, nullable=False),
        sa.Column("request_key_id", sa.LargeBinary(8), nullable=False, unique=True),
        sa.Column("receipt_key", sa.LargeBinary, nullable=False),
        sa.Column("receipt_key_id", sa.LargeBinary(8), nullable=False, unique=True),
        sa.Column("program_version", sa.String(40), nullable=False),
        sa.Column("enrolled_at", _moment, nullable=False),
        sa.Column("revoked_at", _moment),
        sa.Column("highest_sequence", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "epochs",
        sa.Column("code", sa.String(6), primary_key=True),
        sa.Column("point", sa.String(5), sa.ForeignKey("points.code"), nullable=False),
        sa.Column("device_id", _big_id, sa.ForeignKey("devices.id"), nullable=False, index=True),
        sa.Column("is_reserve", sa.Integer, nullable=False),
    )
    op.create_table(
        "enrolment_codes",
        sa.Column("code_sha256", sa.LargeBinary(32), primary_key=True),
        sa.Column("point", sa.String(5), sa.ForeignKey("points.code"), nullable=False),
        sa.Column("made_at", _moment, nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
        sa.Column("device_id", _big_id, sa.ForeignKey("devices.id")),
    )
    op.create_table(
        "nonces",
        sa.Column("device_id", _big_id, sa.ForeignKey("devices.id"), primary_key=True),
        sa.Column("nonce", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    op.create_index("nonces_by_sequence", "nonces", ["device_id", "sequence"])


def _dossiers() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("receipt_number", sa.String(16), nullable=False),
        sa.Column("author_id", _big_id, sa.ForeignKey("devices.id"), nullable=False),
        sa.Column("carrier_id", _big_id, sa.ForeignKey("devices.id")),
        sa.Column("manifest", sa.LargeBinary, nullable=False),
        sa.Column("manifest_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("document_sha256", sa.LargeBinary(32), index=True),
        sa.Column("document_bytes", sa.BigInteger),
        sa.Column("received_at", _moment, nullable=False),
        sa.Column("acknowledged_at", _moment),
        sa.Column("acknowledgement", sa.LargeBinary),
    )
    op.create_table(
        "deposits",
        sa.Column("id", sa.Uuid, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("receipt_number", sa.String(16), nullable=False, unique=True),
        sa.Column("point", sa.String(5), sa.ForeignKey("points.code"), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(32), nullable=False, index=True),
        sa.Column("cancelled_at", _moment),
        sa.Column("completed_by", sa.Uuid, sa.ForeignKey("items.id")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("deposit_id", sa.Uuid, sa.ForeignKey("deposits.id"), nullable=False, index=True),
        sa.Column("event", sa.String(20), nullable=False),
    )
    op.create_table(
        "uploads",
        sa.Column("secret", sa.String(64), primary_key=True),
        sa.Column("item_id", sa.Uuid, sa.ForeignKey("items.id"), nullable=False, unique=True),
        sa.Column("finished_at", _moment),
        sa.Column("closed_at", _moment),
    )
    op.create_table(
        "statuses",
        sa.Column("point", sa.String(5), sa.ForeignKey("points.code"), primary_key=True),
        sa.Column("cursor", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("receipt_number", sa.String(16), nullable=False, index=True),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("update_json", sa.Text, nullable=False),
    )
    op.create_table(
        "duplicates",
        sa.Column("deposit_id", sa.Uuid, sa.ForeignKey("deposits.id"), primary_key=True),
        sa.Column("earlier_id", sa.Uuid, sa.ForeignKey("deposits.id"), primary_key=True),
        sa.Column("reason", sa.String(20), nullable=False),
    )
