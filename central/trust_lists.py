"""The trust list: whose receipts are believed, whole and in parts, signed once a version."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from central.database import TRUST_COUNTER, TRUST_TIME
from central.keys import ServingKeys
from central.schema import counters, devices, epochs, former_keys
from kiosk.wire.cose import ContentType, sign, signature_of
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey
from kiosk.wire.trust import DeviceKey, TrustList
from kiosk.wire.trust_parts import PART_ENTRIES, ListPart, list_payload, pack_part

MAX_AT_ENROLMENT = 32 * 1024
"""Letters of a list that comes whole with an enrolment: 8 s on a line of 32 kbit/s."""
MAX_REVOKED = 256
"""Codes that updates tell to be shut out; older ones are in the list's parts."""
_MAX_KEPT_PARTS = 64
_TRIES = 3
_OF_DEVICE = (devices.c.id, devices.c.trust_version, devices.c.revoked_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """The entries of one device, and the version in which they last changed."""

    device_id: int
    version: int
    entries: tuple[DeviceKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The trust list of one version.

    Attributes:
        signed: base64url of its COSE_Sign1.
    """

    version: int
    signed: str
    _head: TrustList
    _trust: PrivateKey = field(repr=False)
    _signature: str
    _devices: Sequence[_Told]
    _parts: dict[int, bytes] = field(default_factory=dict)

    def part(self, after: int) -> bytes:
        """Return what changed after that version, packed, or the first part of it; 0: all."""
        found = self._parts.get(after)
        if found is None:
            found = pack_part(self._part(after))
            if len(self._parts) >= _MAX_KEPT_PARTS:
                self._parts.clear()
            self._parts[after] = found
        return found

    def revoked_since(self, version: int) -> tuple[str, ...]:
        """Return the codes of devices shut out after that version, the newest first."""
        shut_out = [
            entry.device
            for one in reversed(self._devices)
            if one.version > version
            for entry in one.entries
            if entry.revoked
        ]
        return tuple(dict.fromkeys(shut_out))[:MAX_REVOKED]

    def beginning(self, device_id: int) -> str:
        """Return a signed list to begin with: this one, or of that device alone where it is long.

        The shorter one has version 1, so that whatever follows is newer.
        """
        if len(self.signed) <= MAX_AT_ENROLMENT:
            return self.signed
        own = [one for one in self._devices if one.device_id == device_id]
        return _signed(self._head.model_copy(update={"version": 1}), own, self._trust)

    def _part(self, after: int) -> ListPart:
        told: list[_Told] = []
        entries: list[DeviceKey] = []
        for one in self._devices:
            if after and one.version <= after:
                continue
            if len(entries) >= PART_ENTRIES and one.version != told[-1].version:
                return self._of(after, max(told[-1].version, 1), entries)
            told.append(one)
            entries += one.entries
        last = self._of(after, self.version, entries)
        head = self._head.model_dump(mode="json", exclude={"devices"})
        return last.model_copy(update={"head": head, "signature": self._signature})

    @staticmethod
    def _of(after: int, upto: int, entries: list[DeviceKey]) -> ListPart:
        devices_ = tuple(entry.model_dump(mode="json") for entry in entries)
        return ListPart(after=after, upto=upto, devices=devices_)


class TrustLists:
    """Keeps the newest list of a node, so that it is made once a version. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[ServingKeys, Listed] | None = None

    def newer(self, connection: Connection, keys: ServingKeys, version: int) -> Listed | None:
        """Return the list where it is newer than that version."""
        if trust_version(connection) <= version:
            return None
        return self.current(connection, keys)

    def current(self, connection: Connection, keys: ServingKeys) -> Listed:
        """Return the list as it is now; the transaction must not have changed a device itself."""
        with self._lock:
            kept = self._kept
            if kept and kept[0] is keys and kept[1].version == trust_version(connection):
                return kept[1]
            made = read(connection, keys)
            self._kept = keys, made
            return made


def trust_version(connection: Connection) -> int:
    """Return the version of the trust list as it would be made now."""
    return _counter(connection, TRUST_COUNTER) or 1


def read(connection: Connection, keys: ServingKeys) -> Listed:
    """Return the list as it stands in the database, signed."""
    for _ in range(_TRIES):
        version = trust_version(connection)
        told = _told(connection)
        issued_ms = _counter(connection, TRUST_TIME)
        if trust_version(connection) == version:
            break
        # Somebody enrolled in between. What is too new in a list is told once more as a change.
    head = TrustList(
        version=version,
        issued_at=datetime.fromtimestamp(issued_ms / 1000, UTC),
        acknowledgement_keys=tuple(
            b64(key.raw) for key in (keys.acknowledgement.public, *keys.former)
        ),
        devices=(),
    )
    signed = sign(_payload(head, told), keys.trust, ContentType.TRUST_LIST)
    return Listed(
        version=version,
        signed=b64(signed),
        _head=head,
        _trust=keys.trust,
        _signature=b64(signature_of(signed)),
        _devices=told,
    )


def _told(connection: Connection) -> list[_Told]:
    entries: dict[int, list[DeviceKey]] = {}
    versions: dict[int, int] = {}
    # Receipts that a device signed with a key it had before are as good as ever.
    asked = (
        select(*_OF_DEVICE, epochs.c.code, devices.c.receipt_key.label("key")).join(
            epochs, epochs.c.device_id == devices.c.id
        ),
        select(*_OF_DEVICE, devices.c.code, former_keys.c.key)
        .join(former_keys, former_keys.c.device_id == devices.c.id)
        .where(former_keys.c.kind == "receipt"),
    )
    for question in asked:
        for row in connection.execute(question):
            versions[row.id] = row.trust_version
            entry = DeviceKey(
                device=row.code,
                receipt_key=b64(row.key),
                revoked=row.revoked_at is not None,
            )
            entries.setdefault(row.id, []).append(entry)
    return [
        _Told(device_id=one, version=version, entries=tuple(entries[one]))
        for one, version in sorted(versions.items(), key=lambda item: (item[1], item[0]))
    ]


def _payload(head: TrustList, told: Sequence[_Told]) -> bytes:
    entries = [entry.model_dump(mode="json") for one in told for entry in one.entries]
    return list_payload(head.model_dump(mode="json"), entries)


def _signed(head: TrustList, told: Sequence[_Told], key: PrivateKey) -> str:
    return b64(sign(_payload(head, told), key, ContentType.TRUST_LIST))


def _counter(connection: Connection, name: str) -> int:
    return connection.scalar(select(counters.c.value).where(counters.c.name == name)) or 0
