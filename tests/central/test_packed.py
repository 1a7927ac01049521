"""Manifests that come packed: the same as those that come as they are, or refused by name."""

import os
import zlib

import pytest
import requests

from central import items
from kiosk.domain.vocabulary import EventKind
from kiosk.wire.encoding import b64
from kiosk.wire.manifests import DepositManifest, FrozenManifest, freeze
from kiosk.wire.messages import (
    DEPOSITS,
    MANIFEST_SIGNATURE_HEADER,
    PACKED_MANIFEST_TYPE,
    ProblemType,
)
from kiosk.wire.packing import pack
from tests.central.client import Client
from tests.central.running import Central

DOCUMENT = os.urandom(5_000)


def put_packed(
    client: Client, path: str, frozen: FrozenManifest, body: bytes = b""
) -> requests.Response:
    """Hand in a manifest as the packed one it is, or as *body*."""
    headers = {
        "Content-Type": PACKED_MANIFEST_TYPE,
        MANIFEST_SIGNATURE_HEADER: b64(frozen.signature),
    }
    return client.call("PUT", path, body or pack(frozen.content), headers)


def place_of(manifest: DepositManifest) -> str:
    """Return where a deposit's manifest goes."""
    return f"{DEPOSITS}/{manifest.deposit_id}"


def test_manifest_packed_is_the_same_deposit_as_it_is(central: Central, client: Client) -> None:
    manifest = client.manifest(DOCUMENT)
    frozen = freeze(manifest, client.request_key)
    packed = put_packed(client, place_of(manifest), frozen)
    assert packed.status_code == 200
    assert client.put(manifest, frozen).json() == packed.json()
    with central.services.database.reading() as connection:
        assert items.manifest_of(connection, manifest.deposit_id) == frozen.content


def test_other_bytes_packed_under_one_id_are_a_conflict(client: Client) -> None:
    manifest = client.manifest(DOCUMENT)
    client.put(manifest)
    other = freeze(manifest.model_copy(update={"agent": "Nadia"}), client.request_key)
    refused = put_packed(client, place_of(manifest), other)
    assert (refused.status_code, refused.json()["type"]) == (409, ProblemType.CONFLICT)


@pytest.mark.parametrize("spoiled", ["plain", "cut", "bomb"])
def test_what_does_not_unpack_is_malformed(client: Client, spoiled: str) -> None:
    manifest = client.manifest(DOCUMENT)
    frozen = freeze(manifest, client.request_key)
    bodies = {
        "plain": frozen.content,
        "cut": pack(frozen.content)[:-1],
        "bomb": zlib.compress(b" " * 10_000_000),
    }
    refused = put_packed(client, place_of(manifest), frozen, bodies[spoiled])
    assert (refused.status_code, refused.json()["type"]) == (400, ProblemType.MALFORMED)


def test_packed_manifest_named_as_a_plain_one_is_malformed(client: Client) -> None:
    manifest = client.manifest(DOCUMENT)
    frozen = freeze(manifest, client.request_key)
    refused = client.put(manifest, frozen.model_copy(update={"content": pack(frozen.content)}))
    assert (refused.status_code, refused.json()["type"]) == (400, ProblemType.MALFORMED)


def test_event_comes_packed_too(client: Client) -> None:
    deposit = client.manifest(None)
    client.put(deposit)
    event = client.event(EventKind.AMENDMENT, deposit, immatriculation="987654321")
    path = f"{place_of(deposit)}/events/{event.event_id}"
    taken = put_packed(client, path, freeze(event, client.request_key))
    assert taken.status_code == 200
    assert client.put_event(event).json() == taken.json()
