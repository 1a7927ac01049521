"""A central's trust list in a few lines: devices that change, told whole and in parts."""

from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from kiosk.wire.cose import ContentType, sign, signature_of
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey
from kiosk.wire.trust_parts import Entry, ListPart, list_payload, pack_part
from tests.enrolled import NOW


def entries_of(code: str, key: PrivateKey, **more: JsonValue) -> list[Entry]:
    """Return a device's entries: its own code's and its reserve's."""
    text = b64(key.public.raw)
    reserve = code[:-1] + chr(ord(code[-1]) + 1)
    return [
        {"device": one, "receipt_key": text, "revoked": False, **more} for one in (code, reserve)
    ]


@dataclass(slots=True, kw_only=True)
class SmallLists:
    """The list of one central. ``at_once``: devices a part tells before it ends."""

    trust_key: PrivateKey
    acknowledgement_key: PrivateKey = field(default_factory=PrivateKey.generate)
    version: int = 1
    at_once: int = 2
    devices: dict[str, tuple[int, list[Entry]]] = field(default_factory=dict)

    def put(self, code: str, **more: JsonValue) -> None:
        """Enrol a device, or give it a new key."""
        self.version += 1
        self.devices[code] = self.version, entries_of(code, PrivateKey.generate(), **more)

    def revoke(self, code: str) -> None:
        """Shut a device out."""
        self.version += 1
        told: list[Entry] = [{**entry, "revoked": True} for entry in self.devices[code][1]]
        self.devices[code] = self.version, told

    def forget(self, code: str) -> None:
        """Know nothing of a device, as a central that was restored from a backup."""
        self.version += 1_000_000
        del self.devices[code]

    def head(self) -> Entry:
        """Return the list without its devices."""
        keys: list[JsonValue] = [b64(self.acknowledgement_key.public.raw)]
        issued_at = NOW.isoformat().replace("+00:00", "Z")
        return {"version": self.version, "issued_at": issued_at, "acknowledgement_keys": keys}

    def signed(self, content_type: ContentType = ContentType.TRUST_LIST) -> bytes:
        """Return the list as COSE_Sign1."""
        entries = [entry for _, told in self.devices.values() for entry in told]
        return sign(list_payload(self.head(), entries), self.trust_key, content_type)

    def part(self, after: int) -> ListPart:
        """Return what changed after that version, or the beginning of it."""
        changed = [one for one in sorted(self.devices.values(), key=_version) if one[0] > after]
        told = changed[: self.at_once]
        part = ListPart(
            after=after,
            upto=told[-1][0] if len(told) < len(changed) else self.version,
            devices=tuple(dict(entry) for _, entries in told for entry in entries),
        )
        if len(told) < len(changed):
            return part
        signature = b64(signature_of(self.signed()))
        return part.model_copy(update={"head": dict(self.head()), "signature": signature})

    def parts(self, after: int) -> list[ListPart]:
        """Return all parts after that version."""
        found = [self.part(after)]
        while found[-1].signature is None:
            found.append(self.part(found[-1].upto))
        return found

    def packed(self, after: int) -> bytes:
        """Return :meth:`part` as it goes over the line."""
        return pack_part(self.part(after))

    def as_it_is(self) -> "SmallLists":
        """Return a copy that stays as this one is now: what was said once."""
        return replace(self, devices=dict(self.devices))


def _version(one: tuple[int, list[Entry]]) -> int:
    return one[0]
