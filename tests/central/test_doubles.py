"""A carried bundle's document goes from under the bundle once what it brought holds it alone."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from central import carried
from central.blobs import Blobs
from central.carried import State
from central.intake_round import clear_doubles, take_in_whole
from central.services import Services
from kiosk.domain.vocabulary import EventKind
from tests.central.client import Client
from tests.central.parcels import Parcel, deposit_parcel, intake_of
from tests.central.running import Central
from tests.central.test_bundles import hand_over, put

MakeClient = Callable[[str | None], Client]


@pytest.fixture
def carried_here(central: Central, enrolled: MakeClient) -> Parcel:
    """Return a bundle that waits sealed, its document with it."""
    take_in_whole(central.services, intake_of(central))  # what other tests left
    clear_doubles(central.services)
    one = deposit_parcel(central, enrolled(None))
    hand_over(enrolled(None), one)
    return one


def names(central: Central, one: Parcel) -> tuple[bool, bool]:
    """Tell whether the document lies under the bundle, and under what it brought."""
    digest = hashlib.sha256(one.document).hexdigest()
    places = {file.parent.name for file in central.blobs() if file.name == digest}
    return str(carried.id_of(one.packed)) in places, str(one.item_id) in places


def read(central: Central, one: Parcel) -> bytes:
    digest = hashlib.sha256(one.document).digest()
    return b"".join(central.services.blobs.read(one.item_id, digest))


def test_opened_document_lies_once(central: Central, carried_here: Parcel) -> None:
    assert names(central, carried_here) == (True, False)
    assert take_in_whole(central.services, intake_of(central)).opened == 1
    assert names(central, carried_here) == (False, True)
    assert read(central, carried_here) == carried_here.document
    with central.services.database.reading() as connection:
        doubled = {bundle_id for bundle_id, _ in carried.doubled(connection)}
    assert carried.id_of(carried_here.packed) not in doubled


@dataclass(frozen=True, slots=True)
class _Dying:
    """Real blobs of a process that dies, or loses its store, when it removes one."""

    blobs: Blobs
    has_removed: bool

    def put(self, item_id: UUID, sha256: bytes, blocks: Iterator[bytes]) -> None:
        self.blobs.put(item_id, sha256, blocks)

    def read(self, item_id: UUID, sha256: bytes) -> Iterator[bytes]:
        return self.blobs.read(item_id, sha256)

    def remove(self, item_id: UUID, sha256: bytes) -> None:
        if self.has_removed:
            self.blobs.remove(item_id, sha256)
        raise OSError("the object store failed")


@pytest.mark.parametrize("has_removed", [False, True], ids=["before", "after"])
def test_what_a_death_leaves_is_found_by_a_later_round(
    central: Central, carried_here: Parcel, has_removed: bool
) -> None:
    services = central.services
    dying: Services = replace(services, blobs=_Dying(services.blobs, has_removed))
    with pytest.raises(OSError, match="object store"):
        take_in_whole(dying, intake_of(central))
    assert names(central, carried_here) == (not has_removed, True)
    assert clear_doubles(services) == 1
    assert names(central, carried_here) == (False, True)
    assert clear_doubles(services) == 0
    assert read(central, carried_here) == carried_here.document


def test_only_copy_is_never_removed(
    central: Central, enrolled: MakeClient, carried_here: Parcel
) -> None:
    # The author's cancellation came first: nobody took the scan out of its bundle.
    author = enrolled(None)
    one = deposit_parcel(central, author)
    hand_over(enrolled(None), one)
    author.put_frozen(f"/v1/deposits/{one.item_id}", one.frozen)
    deposit = author.manifest(None).model_copy(
        update={"deposit_id": one.item_id, "receipt_number": one.header.receipt_number}
    )
    assert author.put_event(author.event(EventKind.CANCELLATION, deposit)).ok
    assert take_in_whole(central.services, intake_of(central)).opened == 2
    assert names(central, one) == (True, False)
    assert names(central, carried_here) == (False, True)


def test_damaged_copy_keeps_the_other_one(central: Central, carried_here: Parcel) -> None:
    services = central.services
    dying = replace(services, blobs=_Dying(services.blobs, False))
    with pytest.raises(OSError, match="object store"):
        take_in_whole(dying, intake_of(central))
    digest = hashlib.sha256(carried_here.document).hexdigest()
    place = central.data / "blobs" / "deposit" / str(carried_here.item_id) / digest
    place.write_bytes(b"rotten")
    assert clear_doubles(services) == 0
    assert names(central, carried_here) == (True, True)
    place.write_bytes(carried_here.document)
    assert clear_doubles(services) == 1


def test_database_from_before_the_removal_opens_the_bundle_again(
    central: Central, enrolled: MakeClient, carried_here: Parcel
) -> None:
    services, bundle_id = central.services, carried.id_of(carried_here.packed)
    take_in_whole(services, intake_of(central))
    with services.database.writing() as connection:  # the backup's state
        carried.mark(connection, bundle_id, State.WHOLE)
    assert take_in_whole(services, intake_of(central)).opened == 1
    assert read(central, carried_here) == carried_here.document
    assert put(enrolled(None), carried_here).json()["state"] == "held"
