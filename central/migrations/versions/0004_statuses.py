"""What the back office says, what points are told besides, restorations, and what has to leave."""

import hashlib
import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_AT_ONCE = 1000
_big_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; say of what is held already when it was deposited, and let it leave.

    Fingerprints are made anew, without the kind of dossier: another agent may choose another one.
    """
    op.add_column("deposits", sa.Column("stage", sa.String(20)))
    op.add_column("deposits", sa.Column("deposited_at", _moment))
    op.create_index("ix_deposits_deposited_at", "deposits", ["deposited_at"])
    _office()
    _feed()
    op.create_table(
        "outgoing", sa.Column("item_id", sa.Uuid, sa.ForeignKey("items.id"), primary_key=True)
    )
    connection = op.get_bind()
    connection.execute(
        sa.text(
            "INSERT INTO outgoing (item_id) SELECT id FROM items WHERE acknowledgement IS NOT NULL"
        )
    )
    _tell_when_deposited(connection)


def _office() -> None:
    op.create_table(
        "office_words",
        sa.Column("id", _big_id, primary_key=True),
        sa.Column("receipt_number", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("said_at", _moment, nullable=False),
        sa.Column("detail_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("said_by", sa.String(40), nullable=False),
        sa.Column("taken_at", _moment, nullable=False),
        sa.UniqueConstraint(
            "receipt_number", "stage", "said_at", "detail_sha256", name="office_words_once"
        ),
    )
    op.create_table(
        "office_tokens",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("token_sha256", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("network", sa.String(1)),
        sa.Column("made_at", _moment, nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
        sa.Column("revoked_at", _moment),
    )


def _feed() -> None:
    op.create_table(
        "tidings",
        sa.Column("point", sa.String(5), sa.ForeignKey("points.code"), primary_key=True),
        sa.Column("cursor", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("body_json", sa.Text, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", _big_id, primary_key=True),
        sa.Column("began_at", _moment, nullable=False),
        sa.Column("known_to", _moment, nullable=False),
    )
    op.create_table(
        "restorations",
        sa.Column("id", _big_id, primary_key=True),
        sa.Column("noted_at", _moment, nullable=False),
        sa.Column("recalled_from", _moment, nullable=False),
        sa.Column("cause", sa.String(20), nullable=False),
    )


def _tell_when_deposited(connection: sa.Connection) -> None:
    items = sa.table(
        "items",
        sa.column("id", sa.Uuid),
        sa.column("manifest", sa.LargeBinary),
        sa.column("received_at", _moment),
    )
    deposits = sa.table(
        "deposits",
        sa.column("id", sa.Uuid),
        sa.column("deposited_at", _moment),
        sa.column("fingerprint", sa.LargeBinary),
    )
    asked = (
        sa.select(items)
        .join(deposits, deposits.c.id == items.c.id)
        .where(deposits.c.deposited_at.is_(None))
        .limit(_AT_ONCE)
    )
    put = (
        sa.update(deposits)
        .where(deposits.c.id == sa.bindparam("row_id"))
        .values(deposited_at=sa.bindparam("moment"), fingerprint=sa.bindparam("facts"))
    )
    while rows := connection.execute(asked).all():
        connection.execute(put, [_told(row) for row in rows])


def _told(row: Any) -> dict[str, Any]:
    manifest = json.loads(row.manifest)
    person = manifest["insured"]["immatriculation"]
    parts = (person, manifest["care_date"], str(manifest["amount_centimes"]))
    return {
        "row_id": row.id,
        "moment": _deposited_at(row.received_at, manifest["clock"]),
        "facts": hashlib.sha256("|".join(parts).encode("ascii")).digest(),
    }


def _deposited_at(received: datetime, clock: dict[str, Any]) -> datetime:
    if clock["trust"] != "verified":
        return received
    told = datetime.fromisoformat(clock["utc"])
    if received.tzinfo is None:
        # SQLite keeps UTC without saying so.
        offset = told.utcoffset()
        told = told.replace(tzinfo=None) - offset if offset is not None else told
    return min(told, received)
