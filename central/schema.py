"""Tables of the central. Every promise of "once" is a unique constraint here.

A deposit and an event are both an *item*: frozen bytes under an id, perhaps a document, and in the
end one acknowledgement. So is a *bundle* that was carried here sealed, until it is opened. A
deposit's ``stage`` is the back office's last word, None before the
first. ``scan_profiles`` holds what is set for all points (scope ""), a network ("C") or one point.
Statuses and tidings of a point share its cursor. ``outgoing`` holds what has still to leave
for the insurer's own system. A heartbeat's ``asked_…`` is a head held before that the device has
not told to have passed. ``journal_heads`` keeps the last head of each day and device, and
``whole_epochs`` up to which number a letter has no gap, so that counting begins there. A
deposit whose pages carry hashes names its ``person`` by half a SHA-256, so that those of one person
are found. ``cursor_claims`` keeps how much a device last said it was told, and could not prove. A
device's ``trust_version`` is the trust list's in which its entries last changed. How
a database comes to these tables stands in ``migrations/``.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    text,
)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_BigId = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

identity = Table(
    "identity",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("trust_key_id", LargeBinary(8), nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

points = Table(
    "points",
    metadata,
    Column("code", String(5), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("configuration_version", Integer, nullable=False),
    Column("cursor", BigInteger, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("id", _BigId, primary_key=True),
    Column("code", String(6), nullable=False, unique=True),
    Column("point", ForeignKey("points.code"), nullable=False),
    Column("request_key", LargeBinary, nullable=False),
    Column("request_key_id", LargeBinary(8), nullable=False, unique=True),
    Column("receipt_key", LargeBinary, nullable=False),
    Column("receipt_key_id", LargeBinary(8), nullable=False, unique=True),
    Column("program_version", String(40), nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("highest_sequence", BigInteger, nullable=False),
    Column("used_day", BigInteger, nullable=False, server_default=text("0")),
    Column("used_items", BigInteger, nullable=False, server_default=text("0")),
    Column("used_bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("trust_version", BigInteger, nullable=False, server_default=text("0")),
)

former_keys = Table(
    "former_keys",
    metadata,
    Column("key_id", LargeBinary(8), primary_key=True),
    Column("device_id", ForeignKey("devices.id"), nullable=False, index=True),
    Column("kind", String(12), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("replaced_at", Moment, nullable=False),
)

epochs = Table(
    "epochs",
    metadata,
    Column("code", String(6), primary_key=True),
    Column("point", ForeignKey("points.code"), nullable=False),
    Column("device_id", ForeignKey("devices.id"), nullable=False, index=True),
    Column("is_reserve", Integer, nullable=False),
)

enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("code_sha256", LargeBinary(32), primary_key=True),
    Column("point", ForeignKey("points.code"), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("device_id", ForeignKey("devices.id")),
)

nonces = Table(
    "nonces",
    metadata,
    Column("device_id", ForeignKey("devices.id"), primary_key=True),
    Column("nonce", String(64), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Index("nonces_by_sequence", "device_id", "sequence"),
)

items = Table(
    "items",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("receipt_number", String(16), nullable=False),
    Column("author_id", ForeignKey("devices.id"), nullable=False),
    Column("carrier_id", ForeignKey("devices.id")),
    Column("manifest", LargeBinary, nullable=False),
    Column("manifest_sha256", LargeBinary(32), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("document_sha256", LargeBinary(32), index=True),
    Column("document_bytes", BigInteger),
    Column("received_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("acknowledgement", LargeBinary),
)

deposits = Table(
    "deposits",
    metadata,
    Column("id", ForeignKey("items.id"), primary_key=True),
    Column("receipt_number", String(16), nullable=False, unique=True),
    Column("point", ForeignKey("points.code"), nullable=False),
    Column("fingerprint", LargeBinary(32), nullable=False, index=True),
    Column("cancelled_at", Moment),
    Column("completed_by", ForeignKey("items.id")),
    Column("stage", String(20)),
    Column("deposited_at", Moment, index=True),
    Column("person", LargeBinary(16), index=True),
    Column("page_hashes", LargeBinary),
)

events = Table(
    "events",
    metadata,
    Column("id", ForeignKey("items.id"), primary_key=True),
    Column("deposit_id", ForeignKey("deposits.id"), nullable=False, index=True),
    Column("event", String(20), nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("secret", String(64), primary_key=True),
    Column("item_id", ForeignKey("items.id"), nullable=False, unique=True),
    Column("finished_at", Moment),
    Column("closed_at", Moment),
    Column("cleared_at", Moment),
)
_is_to_clear = text("closed_at IS NOT NULL AND cleared_at IS NULL")
# Of columns that no finished upload changes: finishing one costs no more for it.
Index(
    "uploads_to_clear",
    uploads.c.closed_at,
    sqlite_where=_is_to_clear,
    postgresql_where=_is_to_clear,
)

upload_bytes = Table(
    "upload_bytes",
    metadata,
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
)

upload_chunks = Table(
    "upload_chunks",
    metadata,
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)

bundles = Table(
    "bundles",
    metadata,
    Column("id", ForeignKey("items.id"), primary_key=True),
    Column("brings_sha256", LargeBinary(32), nullable=False, index=True),
    Column("state", String(12), nullable=False, index=True),
    Column("refusal", String(40)),
)

statuses = Table(
    "statuses",
    metadata,
    Column("point", ForeignKey("points.code"), primary_key=True),
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    Column("receipt_number", String(16), nullable=False, index=True),
    Column("stage", String(20), nullable=False),
    Column("update_json", Text, nullable=False),
)

duplicates = Table(
    "duplicates",
    metadata,
    Column("deposit_id", ForeignKey("deposits.id"), primary_key=True),
    Column("earlier_id", ForeignKey("deposits.id"), primary_key=True),
    Column("reason", String(20), nullable=False),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("device_id", ForeignKey("devices.id"), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("journal_entries", BigInteger, nullable=False),
    Column("journal_hash", LargeBinary(32), nullable=False),
    Column("report_json", Text, nullable=False),
    Column("asked_entries", BigInteger),
    Column("asked_hash", LargeBinary(32)),
)

journal_heads = Table(
    "journal_heads",
    metadata,
    Column("device_id", ForeignKey("devices.id"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("received_at", Moment, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)

journal_faults = Table(
    "journal_faults",
    metadata,
    Column("id", _BigId, primary_key=True),
    Column("device_id", ForeignKey("devices.id"), nullable=False, index=True),
    Column("found_at", Moment, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("held_entries", BigInteger, nullable=False),
    Column("held_hash", LargeBinary(32), nullable=False),
    Column("told_entries", BigInteger, nullable=False),
    Column("told_hash", LargeBinary(32), nullable=False),
)

whole_epochs = Table(
    "whole_epochs",
    metadata,
    Column("epoch", ForeignKey("epochs.code"), primary_key=True),
    Column("whole_to", Integer, nullable=False),
)

cursor_claims = Table(
    "cursor_claims",
    metadata,
    Column("device_id", ForeignKey("devices.id"), primary_key=True),
    Column("cursor", BigInteger, nullable=False),
    Column("claimed_at", Moment, nullable=False),
    Column("times", BigInteger, nullable=False),
)

office_words = Table(
    "office_words",
    metadata,
    Column("id", _BigId, primary_key=True),
    Column("receipt_number", String(16), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("said_at", Moment, nullable=False),
    Column("detail_sha256", LargeBinary(32), nullable=False),
    Column("said_by", String(40), nullable=False),
    Column("taken_at", Moment, nullable=False),
    UniqueConstraint(
        "receipt_number", "stage", "said_at", "detail_sha256", name="office_words_once"
    ),
)

office_tokens = Table(
    "office_tokens",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("token_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("network", String(1)),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

scan_profiles = Table(
    "scan_profiles",
    metadata,
    Column("scope", String(5), primary_key=True),
    Column("is_locked", Boolean, nullable=False),
    Column("profiles_json", Text, nullable=False),
    Column("set_at", Moment, nullable=False),
)

tidings = Table(
    "tidings",
    metadata,
    Column("point", ForeignKey("points.code"), primary_key=True),
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(12), nullable=False),
    Column("body_json", Text, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _BigId, primary_key=True),
    Column("began_at", Moment, nullable=False),
    Column("known_to", Moment, nullable=False),
)

restorations = Table(
    "restorations",
    metadata,
    Column("id", _BigId, primary_key=True),
    Column("noted_at", Moment, nullable=False),
    Column("recalled_from", Moment, nullable=False),
    Column("cause", String(20), nullable=False),
)

outgoing = Table(
    "outgoing",
    metadata,
    Column("item_id", ForeignKey("items.id"), primary_key=True),
)
