"""Bundles as a kiosk makes them, for a stick or a carrier, and how each can be spoiled."""

import hashlib
import os
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pyrage

from central import keys
from central.identities import Identities, read_identities
from kiosk.wire.bundles import BundleHeader, pack_header, write_bundle
from kiosk.wire.manifests import DepositManifest, EventManifest, FrozenManifest, freeze
from tests.central.client import Client
from tests.central.running import Central


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One bundle and what is in it."""

    item_id: UUID
    header: BundleHeader
    document: bytes
    frozen: FrozenManifest

    @property
    def packed(self) -> bytes:
        return pack_header(self.header)

    @property
    def path(self) -> str:
        return f"/v1/bundles/{hashlib.sha256(self.packed).hexdigest()}"

    def content(self) -> bytes:
        out = BytesIO()
        write_bundle(out, self.header, self.document)
        return out.getvalue()

    def claiming(self, **changes: object) -> "Parcel":
        """Return the same with another header, whole by its hashes."""
        return replace(self, header=replace(self.header, **changes))  # type: ignore[arg-type]

    def put(self, stick: Path, name: str | None = None) -> Path:
        folder = stick / "wasl-courier"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / (name or f"{self.item_id}.wasl")
        file.write_bytes(self.content())
        return file


def intake_of(central: Central) -> Identities:
    return read_identities(keys.demo_folder(central.data) / "intake.age")


def parcel(
    central: Central,
    author: Client,
    manifest: DepositManifest | EventManifest,
    document: bytes = b"",
) -> Parcel:
    """Return a bundle of *manifest*, signed by *author* and sealed to the central's intake."""
    frozen = freeze(manifest, author.request_key)
    item_id = manifest.deposit_id if manifest.type == "deposit" else manifest.event_id
    recipients = [one.to_public() for one in intake_of(central)]
    header = BundleHeader(
        item_id=item_id,
        receipt_number=manifest.receipt_number,
        sealed_manifest=pyrage.encrypt(frozen.content, recipients),
        manifest_sha256=frozen.sha256,
        signature=frozen.signature,
        document_sha256=hashlib.sha256(document).digest() if document else b"",
        document_bytes=len(document),
    )
    return Parcel(item_id=item_id, header=header, document=document, frozen=frozen)


def deposit_parcel(central: Central, author: Client, size: int = 5_000) -> Parcel:
    """Return a bundle of a new deposit with a document of random bytes."""
    document = os.urandom(size)
    return parcel(central, author, author.manifest(document), document)
