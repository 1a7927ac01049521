"""Unsent items onto a courier's stick: room first, each read back, a signed list at the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from kiosk.domain.courier import CourierProgress, Exported, OnProgress
from kiosk.domain.errors import StickFullError
from kiosk.sync.identity import Identity
from kiosk.sync.ports import ItemKind, Parcel, Parcels
from kiosk.wire import courier, stick
from kiosk.wire.bundles import (
    BundleHeader,
    bundle_bytes,
    bundle_parts,
    check_open,
    pack_header,
    read_open,
)
from kiosk.wire.courier import Carried, CourierList, ListedBundle
from kiosk.wire.errors import DamagedBundleError

_SLACK_BYTES = 64 * 1024
"""Room a file may take beside its bytes: clusters of a large FAT, and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """One bundle as it is to lie on the stick."""

    parcel: Parcel
    header: BundleHeader
    size_bytes: int
    is_there: bool


class _SourceFaultError(Exception):
    """Reading the kiosk's own disk failed: nothing to do with the stick."""

    def __init__(self, fault: OSError) -> None:
        super().__init__(str(fault))
        self.fault = fault


def export(
    place: Path,
    parcels: Parcels,
    identity: Identity,
    now: datetime,
    on_progress: OnProgress,
    most: int = courier.MAX_BUNDLES,
) -> Exported:
    """Put everything unsent on the stick at *place*; what lies there whole already stays.

    Beyond *most* items the rest waits here, told in the answer, until words for these are back: the
    oldest go first, so another stick before that would bring the same ones.

    Raises:
        StickFullError: Nothing was written: the room was looked at first.
        StickError: The medium failed on the way; files under their own names are whole.
        OSError: The kiosk's own disk cannot be read.
    """
    outgoing = list(parcels.outgoing())
    folder = stick.make_folder(place)
    removed = _remove_delivered(folder, parcels)
    loads, damaged = _loads(folder, outgoing, most)
    _check_room(folder, loads)
    listed = []
    total = sum(load.size_bytes for load in loads)
    done_bytes = 0
    for count, load in enumerate(loads, start=1):
        listed.append(_put(folder, load))
        done_bytes += load.size_bytes
        on_progress(
            CourierProgress(done=count, total=len(loads), done_bytes=done_bytes, total_bytes=total)
        )
    _write_list(folder, listed, identity, now)
    parcels.note_export(len(loads))
    kinds = [load.parcel.kind for load in loads]
    return Exported(
        deposits=kinds.count(ItemKind.DEPOSIT),
        events=kinds.count(ItemKind.EVENT),
        adopted=kinds.count(None),
        written=sum(not load.is_there for load in loads),
        removed=removed,
        damaged=tuple(damaged),
        left_here=len(outgoing) - len(loads) - len(damaged),
        size_bytes=total,
        free_bytes=stick.free_bytes(folder),
        folder=str(folder),
    )


def _remove_delivered(folder: Path, parcels: Parcels) -> int:
    removed = 0
    for item_id in stick.look(folder).bundles:
        parcel = parcels.find(item_id)
        if parcel is not None and parcel.is_delivered:
            with stick.stick_faults():
                (folder / courier.bundle_name(item_id)).unlink()
                (folder / courier.acknowledgement_name(item_id)).unlink(missing_ok=True)
            removed += 1
    return removed


def _loads(folder: Path, outgoing: Sequence[Parcel], most: int) -> tuple[list[_Load], list[str]]:
    loads: list[_Load] = []
    damaged = []
    for parcel in outgoing:
        if len(loads) == most:
            break
        try:
            with parcel.bundle.open("rb") as source:
                header = check_open(source)
            if (header.item_id, header.manifest_sha256) != (parcel.item_id, parcel.manifest_sha256):
                raise DamagedBundleError("another item's bundle lies in the place of this one")
        except (DamagedBundleError, FileNotFoundError):
            damaged.append(parcel.receipt_number)
            continue
        if not parcel.wants_document:
            header = header.alone()
        loads.append(
            _Load(
                parcel=parcel,
                header=header,
                size_bytes=bundle_bytes(header),
                is_there=_lies_whole(folder, header),
            )
        )
    return loads, damaged


def _lies_whole(folder: Path, header: BundleHeader) -> bool:
    try:
        with stick.open_bundle(folder, header.item_id) as there:
            return pack_header(check_open(there)) == pack_header(header)
    except (OSError, DamagedBundleError):
        return False


def _check_room(folder: Path, loads: Sequence[_Load]) -> None:
    needed = sum(load.size_bytes + _SLACK_BYTES for load in loads if not load.is_there)
    free = stick.free_bytes(folder)
    if needed + _SLACK_BYTES > free:
        raise StickFullError(
            f"{needed} bytes are needed and {free} are free", needed_bytes=needed, free_bytes=free
        )


def _put(folder: Path, load: _Load) -> ListedBundle:
    target = folder / courier.bundle_name(load.header.item_id)
    if load.is_there:
        with stick.stick_faults():
            sha256 = stick.hash_of(target)
    else:
        try:
            with load.parcel.bundle.open("rb") as source:
                sha256 = stick.write_verified(target, _parts(load.header, source))
        except _SourceFaultError as error:
            raise error.fault from error
    return ListedBundle(
        item_id=load.header.item_id,
        kind=Carried(load.parcel.kind) if load.parcel.kind else Carried.UNKNOWN,
        size_bytes=load.size_bytes,
        sha256=sha256,
    )


def _parts(header: BundleHeader, source: BinaryIO) -> Iterator[bytes]:
    yield from bundle_parts(header, _document(source) if header.has_document else ())


def _document(source: BinaryIO) -> Iterator[bytes]:
    try:
        yield from read_open(source)
    except OSError as error:
        raise _SourceFaultError(error) from error


def _write_list(
    folder: Path, listed: Sequence[ListedBundle], identity: Identity, now: datetime
) -> None:
    statement = CourierList(device=identity.device, written_at=now, bundles=tuple(listed))
    text = courier.sign_list(statement, identity.request_key)
    stick.write_verified(folder / courier.list_name(identity.device), (text.encode("ascii"),))
