"""Frozen manifests: signed once, read back whole, refused without repeating what is in them."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.vocabulary import PieceKind
from kiosk.wire.cose import ContentType, sign
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.manifests import (
    MAX_MANIFEST_BYTES,
    PieceEntry,
    check_signature,
    freeze,
    page_count,
    read_deposit,
    read_event,
)
from tests.wire.samples import OTHERS, OURS, PERSONAL, deposit_manifest, event_manifest, knows

TRUSTED = knows(OURS.public)
FROZEN = freeze(deposit_manifest(), OURS)
FIELDS = json.loads(FROZEN.content)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value: object, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return every place in a manifest's JSON."""
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [above] * bool(above) + [
        deep for key, one in inner for deep in places(one, (*above, key))
    ]


def with_value(place: tuple[str | int, ...], value: object) -> bytes:
    """Return the manifest's JSON with another value in one place."""
    fields = json.loads(FROZEN.content)
    parent = fields
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    return json.dumps(fields).encode("utf-8")


def test_manifest_frozen_is_the_manifest_read() -> None:
    assert read_deposit(FROZEN.content) == deposit_manifest()
    event = freeze(event_manifest(), OURS)
    assert read_event(event.content) == event_manifest()
    assert FROZEN.sha256 == hashlib.sha256(FROZEN.content).digest()


def test_signature_is_the_author_s_over_the_hash() -> None:
    assert check_signature(FROZEN.content, FROZEN.signature, TRUSTED) == FROZEN.sha256
    with pytest.raises(UnknownKeyError):
        check_signature(FROZEN.content, FROZEN.signature, knows(OTHERS.public))


@given(st.integers(0, len(FROZEN.content) - 1), st.integers(1, 255))
def test_signature_holds_for_no_other_byte(at: int, flips: int) -> None:
    spoiled = bytearray(FROZEN.content)
    spoiled[at] ^= flips
    with pytest.raises(BadSignatureError, match="another manifest"):
        check_signature(bytes(spoiled), FROZEN.signature, TRUSTED)


def test_signature_for_another_purpose_is_refused() -> None:
    stolen = sign(FROZEN.sha256, OURS, ContentType.ACKNOWLEDGEMENT)
    with pytest.raises(BadSignatureError):
        check_signature(FROZEN.content, stolen, TRUSTED)


@pytest.mark.parametrize("place", [(), ("insured",), ("document",), ("clock",), ("pieces", 0)])
def test_unknown_field_is_passed_over_but_another_version_is_not(
    place: tuple[str | int, ...],
) -> None:
    newer = with_value((*place, "surprise"), {"of": "a newer kiosk"})
    assert read_deposit(newer) == deposit_manifest()
    with pytest.raises(MalformedMessageError, match="version"):
        read_deposit(with_value(("version",), 2))


def test_manifest_frozen_before_there_were_page_hashes_is_read() -> None:
    older = {name: value for name, value in FIELDS.items() if name != "page_hashes"}
    assert read_deposit(json.dumps(older).encode()).page_hashes == ()


@pytest.mark.parametrize("value", ["", "A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "="])
def test_page_hash_has_one_length_and_one_spelling(value: str) -> None:
    assert read_deposit(with_value(("page_hashes",), ["A" * 43])).page_hashes == ("A" * 43,)
    with pytest.raises(MalformedMessageError, match="page_hashes"):
        read_deposit(with_value(("page_hashes",), [value]))


@given(st.sampled_from(places(FIELDS)), ANY_JSON)
def test_any_value_in_any_place_is_read_or_refused_by_name(
    place: tuple[str | int, ...], value: object
) -> None:
    try:
        read = read_deposit(with_value(place, value))
    except MalformedMessageError:
        return
    assert read.insured.immatriculation.isdecimal()


@given(st.sampled_from(places(FIELDS)), st.sampled_from(PERSONAL))
def test_personal_values_never_stand_in_an_error(place: tuple[str | int, ...], value: str) -> None:
    try:
        read_deposit(with_value(place, [value, {value: value}]))
    except MalformedMessageError as refused:
        said = f"{refused} {refused.__cause__}"
    else:
        said = ""
    assert not [one for one in PERSONAL if one in said]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("insured", "immatriculation"), "10145526"),
        (("insured", "immatriculation"), "101455262\n"),
        (("insured", "immatriculation"), "١٠١٤٥٥٢٦٢"),
        (("receipt_number",), "C0417O-000131-39"),
        (("receipt_number",), "../../../etc"),
        (("device",), "C0417"),
        (("sequence",), 0),
        (("sequence",), True),
        (("sequence",), "1"),
        (("amount_centimes",), 0),
        (("amount_centimes",), 10_000_000_001),
        (("pieces",), []),
        (("pieces",), [{"kind": "facture", "pages": [201]}]),
        (("document", "sha256"), "AB" * 32),
        (("document", "size_bytes"), 64 * 1024 * 1024 + 1),
        (("clock", "utc"), "2026-11-23T09:30:05"),
        (("salt",), "short"),
        (("version",), 2),
        (("type",), "event"),
        (("kind",), "papyrus"),
    ],
)
def test_value_past_a_bound_is_refused(place: tuple[str | int, ...], value: object) -> None:
    with pytest.raises(MalformedMessageError):
        read_deposit(with_value(place, value))


@given(st.binary(max_size=100))
def test_any_bytes_are_no_manifest(content: bytes) -> None:
    for read in (read_deposit, read_event):
        with pytest.raises(MalformedMessageError):
            read(content)


@pytest.mark.parametrize(
    "content", [b"[" * 60_000, b'{"a":' * 12_000, b" " * (MAX_MANIFEST_BYTES + 1)]
)
def test_manifest_made_to_harm_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        read_deposit(content)


def test_event_is_no_deposit_and_a_deposit_no_event() -> None:
    with pytest.raises(MalformedMessageError):
        read_event(FROZEN.content)
    with pytest.raises(MalformedMessageError):
        read_deposit(freeze(event_manifest(), OURS).content)


def test_manifest_the_central_would_not_take_is_never_signed() -> None:
    notes = tuple(
        deposit_manifest().page_notes[0].model_copy(update={"codes": (("QRCode", "x" * 4_000),)})
        for _ in range(20)
    )
    with pytest.raises(MalformedMessageError, match="larger"):
        freeze(deposit_manifest().model_copy(update={"page_notes": notes}), OURS)


def test_pages_are_counted_by_the_highest_number() -> None:
    assert page_count(deposit_manifest().pieces) == 2
    assert page_count([PieceEntry(kind=PieceKind.FACTURE)]) == 0
    assert page_count([]) == 0
