"""At which version of the trust list each device's entries last changed.

Which it was nobody wrote down. Each change of a device raised the version by one at least, so that
counting down from the present one, in the order of the last changes, gives none a lower number than
its own: a device that asks what changed since a version is told all of it, or a little more.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_devices = sa.table(
    "devices",
    sa.column("id", sa.BigInteger),
    sa.column("enrolled_at", _MOMENT),
    sa.column("revoked_at", _MOMENT),
    sa.column("trust_version", sa.BigInteger),
)
_former = sa.table(
    "former_keys", sa.column("device_id", sa.BigInteger), sa.column("replaced_at", _MOMENT)
)
_counters = sa.table("counters", sa.column("name", sa.String), sa.column("value", sa.BigInteger))


def upgrade() -> None:
    """Add the column and number the devices that are there."""
    op.add_column(
        "devices",
        sa.Column("trust_version", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    )
    connection = op.get_bind()
    present = connection.scalar(
        sa.select(_counters.c.value).where(_counters.c.name == "trust_list")
    )
    changed: dict[int, Any] = {}
    for row in connection.execute(sa.select(_devices)):
        changed[row.id] = max(row.enrolled_at, row.revoked_at or row.enrolled_at)
    for row in connection.execute(sa.select(_former)):
        changed[row.device_id] = max(changed[row.device_id], row.replaced_at)
    newest_first = sorted(changed, key=lambda one: (changed[one], one), reverse=True)
    for behind, device_id in enumerate(newest_first):
        connection.execute(
            sa.update(_devices)
            .where(_devices.c.id == device_id)
            .values(trust_version=max((present or 1) - behind, 1))
        )
