"""A trust list made of parts is the one that was signed, to the byte, or it is none."""

import json
import zlib
from collections.abc import Callable, Sequence

import pytest

from kiosk.wire.cose import ContentType, attach, sign, signature_of
from kiosk.wire.encoding import b64
from kiosk.wire.errors import BadSignatureError, MalformedMessageError
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.trust import TrustList
from kiosk.wire.trust_parts import (
    MAX_PACKED_PART_BYTES,
    MAX_PART_BYTES,
    MAX_PART_ENTRIES,
    Entry,
    ListPart,
    list_payload,
    pack_part,
    put_in,
    read_entries,
    signed_list,
    unpack_part,
)
from tests.lists import SmallLists

Whole = Callable[[Sequence[Entry], ListPart, PublicKey], str]


@pytest.fixture
def lists() -> SmallLists:
    """Return the list of a central with five devices."""
    made = SmallLists(trust_key=PrivateKey.generate())
    for number in range(5):
        made.put(f"C{number:04d}A")
    return made


def held(lists: SmallLists) -> tuple[Entry, ...]:
    """Return the entries of the list as it is now."""
    return read_entries(b64(lists.signed()), lists.trust_key.public)


def whole(entries: Sequence[Entry], last: ListPart, key: PublicKey) -> str:
    """Return the list that came of it, as the program makes it."""
    return signed_list(entries, last, key)[0]


def applied(lists: SmallLists, base: Sequence[Entry], parts: list[ListPart], make: Whole) -> str:
    """Return what comes of *parts* put into *base*, one after the other."""
    entries = tuple(base)
    for part in parts:
        entries = put_in(entries, unpack_part(pack_part(part)).devices)
    return make(entries, parts[-1], lists.trust_key.public)


def test_signature_put_back_gives_the_very_message(lists: SmallLists) -> None:
    payload, key = b'{"a": 1}', lists.trust_key
    signed = sign(payload, key, ContentType.TRUST_LIST)
    kind = ContentType.TRUST_LIST
    assert attach(payload, signature_of(signed), key.public.key_id, kind) == signed


def test_parts_from_nothing_give_the_whole_list(lists: SmallLists) -> None:
    parts = lists.parts(0)
    assert len(parts) == 3
    assert applied(lists, (), parts, whole) == b64(lists.signed())


def test_changes_over_many_versions_are_one_difference(lists: SmallLists) -> None:
    base, version = held(lists), lists.version
    lists.put("C0009A")
    lists.revoke("C0002A")
    lists.put("C0003A")
    lists.revoke("C0009A")
    parts = lists.parts(version)
    assert sum(len(part.devices) for part in parts) == 6
    assert applied(lists, base, parts, whole) == b64(lists.signed())


def test_what_a_newer_central_says_besides_is_kept(lists: SmallLists) -> None:
    base, version = held(lists), lists.version
    lists.put("C0009A", model="fi-7160 « été »")
    signed = applied(lists, base, lists.parts(version), whole)
    assert signed == b64(lists.signed())
    assert "model" in read_entries(signed, lists.trust_key.public)[-1]


def test_list_of_the_model_has_the_same_spelling(lists: SmallLists) -> None:
    # Kiosks of before read the list by its model, and made none of parts.
    payload = list_payload(lists.head(), held(lists))
    assert TrustList.model_validate_json(payload).model_dump_json().encode() == payload


def test_doubled_and_reordered_parts_do_no_harm(lists: SmallLists) -> None:
    parts = lists.parts(0)
    again = [parts[1], parts[0], parts[1], parts[-1]]
    assert applied(lists, (), again, whole) == b64(lists.signed())


def _forged(part: ListPart, **changes: object) -> ListPart:
    entry = {**part.devices[-1], **changes}
    return part.model_copy(update={"devices": (*part.devices[:-1], entry)})


def _spoiled(lists: SmallLists) -> dict[str, tuple[tuple[Entry, ...], list[ListPart]]]:
    """Return what must not become a list: by what is wrong with it, a base and the parts."""
    base, version, old = held(lists), lists.version, lists.as_it_is()
    lists.put("C0007A")
    lists.revoke("C0002A")
    parts = lists.parts(version)
    last = parts[-1]
    stranger = SmallLists(trust_key=PrivateKey.generate(), devices=lists.devices)
    stranger.version = lists.version
    head = {**(last.head or {}), "version": 99}
    other_purpose = b64(signature_of(lists.signed(ContentType.CONFIGURATION)))
    elsewhere = SmallLists(trust_key=lists.trust_key)
    elsewhere.put("C0001A")
    return {
        "a key of its own": (base, [_forged(last, receipt_key="A" * 43)]),
        "revoked no more": (base, [_forged(last, revoked=False)]),
        "one device left out": (base, [last.model_copy(update={"devices": last.devices[2:]})]),
        "one device too many": (base, [_forged(last, device="C0009C")]),
        "another base": (held(elsewhere), parts),
        "no base": ((), parts),
        "another version in the head": (base, [last.model_copy(update={"head": head})]),
        "signed by somebody else": (base, [*parts[:-1], stranger.parts(version)[-1]]),
        "signed for another purpose": (
            base,
            [last.model_copy(update={"signature": other_purpose})],
        ),
        "the last part of before": (base, [parts[0], old.parts(version)[-1]]),
    }


def refusals(lists: SmallLists, make: Whole) -> dict[str, bool]:
    """Return which of the spoiled lists are refused."""
    found = {}
    for what, (base, parts) in _spoiled(lists).items():
        try:
            applied(lists, base, parts, make)
        except BadSignatureError:
            found[what] = True
        else:
            found[what] = False
    return found


def test_nothing_but_the_list_that_was_signed_comes_of_parts(lists: SmallLists) -> None:
    found = refusals(lists, whole)
    assert len(found) == 10
    assert all(found.values()), found


def test_list_made_without_looking_at_the_signature_is_caught(lists: SmallLists) -> None:
    def credulous(entries: Sequence[Entry], last: ListPart, key: PublicKey) -> str:
        return b64(sign(list_payload(last.head or {}, entries), lists.trust_key, _KIND))

    assert not any(refusals(lists, credulous).values())


_KIND = ContentType.TRUST_LIST
_ENTRY: Entry = {"device": "C0001A", "receipt_key": "A" * 43, "revoked": False}


def _bytes(**fields: object) -> bytes:
    return json.dumps({"after": 1, "upto": 2, "devices": [], **fields}).encode()


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"{}",
        zlib.compress(_bytes())[:-1],
        zlib.compress(_bytes()) + b"x",
        zlib.compress(b" " * (MAX_PART_BYTES + 1)),
        zlib.compress(b"[]"),
        zlib.compress(_bytes(after=-1)),
        zlib.compress(_bytes(devices=[_ENTRY] * (MAX_PART_ENTRIES + 1))),
        zlib.compress(_bytes(devices=["C0001A"])),
        zlib.compress(_bytes(signature="short")),
        zlib.compress(_bytes(head={"a": 1})[:-1] + b"[" * 5000),
        b"x" * (MAX_PACKED_PART_BYTES + 1),
    ],
    ids=range(12),
)
def test_bytes_that_are_no_part_are_refused(packed: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        unpack_part(packed)


@pytest.mark.parametrize(
    "entry",
    [{}, {"device": "C0001A"}, {"device": {"a": []}, "receipt_key": 7}, {**_ENTRY, "x": "\ud800"}],
    ids=["nothing", "no key", "no texts", "half a character"],
)
def test_entries_that_are_none_make_no_list(lists: SmallLists, entry: Entry) -> None:
    with pytest.raises((MalformedMessageError, BadSignatureError)):
        signed_list([entry], lists.parts(0)[-1], lists.trust_key.public)


def test_list_past_what_may_be_signed_is_refused(lists: SmallLists) -> None:
    with pytest.raises(MalformedMessageError):
        signed_list([_ENTRY] * 60_000, lists.parts(0)[-1], lists.trust_key.public)
