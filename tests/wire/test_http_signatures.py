"""Signed requests: whatever a signature covers cannot be changed, and no clock is asked."""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms
from hypothesis import given
from hypothesis import strategies as st

from kiosk.wire import plain_signatures
from kiosk.wire.errors import BadSignatureError, UnknownKeyError
from kiosk.wire.http_signatures import (
    COVERED,
    HttpRequest,
    VerifiedRequest,
    content_digest,
    sign_request,
    verified_by_library,
    verify_request,
)
from kiosk.wire.keys import PrivateKey
from tests.wire.samples import MORNING, OTHERS, OURS, knows

URL = "https://central.example:8443/v1/updates?cursor=3&more=a%20b"
BODY = b'{"cursor": 3}'
TRUSTED = knows(OURS.public)
NAMED = (BadSignatureError, UnknownKeyError)


def signed(
    *,
    url: str = URL,
    body: bytes = BODY,
    key: PrivateKey = OURS,
    sequence: int = 7,
    created: datetime = MORNING,
) -> HttpRequest:
    request = HttpRequest(method="PUT", url=url, headers={"Host": "central.example"})
    digest = hashlib.sha256(body).digest()
    sign_request(request, key=key, sequence=sequence, body_sha256=digest, created=created)
    return request


def verified(request: HttpRequest, body: bytes = BODY) -> VerifiedRequest:
    return verify_request(request, body, TRUSTED)


SIGNED = signed()


def copy(**headers: str) -> HttpRequest:
    """Return the signed request with other headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest(method="PUT", url=URL, headers={**SIGNED.headers, **named})


@given(st.binary(max_size=100), st.integers(1, 2**53 - 1))
def test_signed_request_verifies_and_tells_who_and_when(body: bytes, sequence: int) -> None:
    request = signed(body=body, sequence=sequence)
    told = verified(request, body)
    assert (told.key_id, told.sequence) == (OURS.public.key_id, sequence)
    assert len(told.nonce) == 22


def test_signature_is_the_one_of_rfc_9421() -> None:
    # Section 2.5: the signature base, put together here by hand.
    said = SIGNED.headers["Signature-Input"].removeprefix("wasl=")
    digest = base64.b64encode(hashlib.sha256(BODY).digest()).decode("ascii")
    base = "\n".join(
        [
            '"@method": PUT',
            '"@path": /v1/updates',
            '"@query": ?cursor=3&more=a%20b',
            f'"content-digest": sha-256=:{digest}:',
            '"wasl-sequence": 7',
            f'"@signature-params": {said}',
        ]
    )
    assert all(f";{name}=" in said for name in ("keyid", "created", "nonce", "tag"))
    match = re.fullmatch(r"wasl=:(.+):", SIGNED.headers["Signature"])
    assert match
    public = Ed25519PublicKey.from_public_bytes(OURS.public.raw)
    public.verify(base64.b64decode(match[1]), base.encode("ascii"))


def test_nonce_differs_each_time() -> None:
    assert len({verified(signed()).nonce for _ in range(20)}) == 20


CHANGES: dict[str, Callable[[HttpRequest], None]] = {
    "method": lambda request: setattr(request, "method", "POST"),
    "path": lambda request: setattr(request, "url", URL.replace("updates", "deposits")),
    "query": lambda request: setattr(request, "url", URL.replace("cursor=3", "cursor=4")),
    "no query": lambda request: setattr(request, "url", URL.partition("?")[0]),
    "sequence": lambda request: request.headers.update({"Wasl-Sequence": "8"}),
    "digest": lambda request: request.headers.update(
        {"Content-Digest": content_digest(hashlib.sha256(b"x").digest())}
    ),
    "no signature": lambda request: request.headers.__delitem__("Signature"),
    "no input": lambda request: request.headers.__delitem__("Signature-Input"),
    "no sequence": lambda request: request.headers.__delitem__("Wasl-Sequence"),
    "no digest": lambda request: request.headers.__delitem__("Content-Digest"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_request_is_refused(change: str) -> None:
    request = copy()
    assert verified(request)
    CHANGES[change](request)
    with pytest.raises(BadSignatureError):
        verified(request)


@given(st.binary(max_size=50))
def test_other_body_is_refused(body: bytes) -> None:
    if body != BODY:
        with pytest.raises(BadSignatureError, match="body"):
            verified(copy(), body)


@pytest.mark.parametrize("host", ["https://central.example/", "http://127.0.0.1:5000/"])
def test_proxy_in_front_changes_nothing(host: str) -> None:
    # Neither scheme nor authority is covered: a proxy may end TLS and rename the host.
    request = copy()
    request.url = host + URL.split("/", 3)[3]
    assert verified(request).sequence == 7


def with_parameter(name: str, value: str) -> HttpRequest:
    said = SIGNED.headers["Signature-Input"]
    changed = re.sub(rf";{name}=(\"[^\"]*\"|\d+)", value and f";{name}={value}", said)
    assert changed != said
    return copy(Signature_Input=changed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nonce", '"AAAAAAAAAAAAAAAAAAAAAA"'),
        ("nonce", ""),
        ("created", "1800000000"),
        ("created", ""),
        ("created", "999999999999999"),
        ("tag", '"other"'),
        ("tag", ""),
        ("keyid", ""),
        ("keyid", '"not hex"'),
        ("alg", '"hmac-sha256"'),
    ],
)
def test_changed_parameter_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadSignatureError):
        verified(with_parameter(name, value))


def test_key_id_of_nobody_is_unknown_and_of_another_does_not_hold() -> None:
    unknown = with_parameter("keyid", f'"{OTHERS.public.key_id.hex()}"')
    with pytest.raises(UnknownKeyError) as refused:
        verified(unknown)
    assert refused.value.key_id == OTHERS.public.key_id
    with pytest.raises(BadSignatureError):
        verify_request(unknown, BODY, knows(OURS.public, OTHERS.public))


def test_signature_that_covers_less_is_refused() -> None:
    said = SIGNED.headers["Signature-Input"]
    for component in ("@method", "@path", "@query", "content-digest", "wasl-sequence"):
        with pytest.raises(BadSignatureError):
            verified(copy(Signature_Input=re.sub(rf' ?"{component}"', "", said)))


def signed_otherwise(
    *,
    covered: Sequence[str] = COVERED,
    nonce: str | None = "n",
    tag: str | None = "wasl-1",
) -> HttpRequest:
    """Return a request truly signed by our key, but not in the way the protocol asks."""
    request = HttpRequest(method="PUT", url=URL, headers={"Wasl-Sequence": "7"})
    request.headers["Content-Digest"] = content_digest(hashlib.sha256(BODY).digest())
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_OurKey()).sign(
        request,
        key_id=OURS.public.key_id.hex(),
        created=MORNING,
        nonce=nonce,
        label="wasl",
        tag=tag,
        covered_component_ids=covered,
        use_existing_digest=True,
    )
    return request


class _OurKey(HTTPSignatureKeyResolver):
    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(OURS.seed)

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        return self.resolve_private_key(key_id).public_key()


def test_our_own_key_signing_less_is_refused() -> None:
    assert verified(signed_otherwise()).nonce == "n"
    for left_out in COVERED:
        less = [one for one in COVERED if one != left_out]
        with pytest.raises(BadSignatureError):
            verified(signed_otherwise(covered=less))
    for otherwise in ({"nonce": None}, {"nonce": ""}, {"tag": None}, {"tag": "wasl-2"}):
        with pytest.raises(BadSignatureError):
            verified(signed_otherwise(**otherwise))


@pytest.mark.parametrize("year", [1970, 1999, 2020, 2038, 2099, 2106, 3000])
def test_clock_of_any_year_passes(year: int) -> None:
    assert verified(signed(created=datetime(year, 2, 1, tzinfo=UTC))).sequence == 7


@pytest.mark.parametrize("sequence", [0, -1, 2**53])
def test_sequence_out_of_range_is_refused_though_signed(sequence: int) -> None:
    with pytest.raises(BadSignatureError):
        verified(signed(sequence=sequence))


HEADERS = st.sampled_from(["Signature", "Signature-Input", "Content-Digest", "Wasl-Sequence"])


@given(HEADERS, st.text(st.characters(codec="utf-8")))
def test_any_text_in_a_header_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(NAMED):
        verified(copy(**{name.replace("-", "_"): text + "?"}))


@given(st.integers(6, len(SIGNED.headers["Signature"]) - 5), st.sampled_from("ABab01+/"))
def test_changed_letter_of_the_signature_is_refused(at: int, letter: str) -> None:
    text = SIGNED.headers["Signature"]
    if text[at] != letter:
        with pytest.raises(BadSignatureError):
            verified(copy(Signature=text[:at] + letter + text[at + 1 :]))


@given(st.integers(0, len(SIGNED.headers["Signature-Input"]) - 1), st.sampled_from('aZ09";=()-:'))
def test_changed_letter_of_what_is_covered_is_refused(at: int, letter: str) -> None:
    text = SIGNED.headers["Signature-Input"]
    if text[at] != letter:
        with pytest.raises(NAMED):
            verified(copy(Signature_Input=text[:at] + letter + text[at + 1 :]))


def judged(
    judge: Callable[[HttpRequest], VerifiedRequest], request: HttpRequest
) -> VerifiedRequest | type[Exception]:
    try:
        return judge(request)
    except NAMED as error:
        return type(error)


def by_library(request: HttpRequest) -> VerifiedRequest:
    return verified_by_library(request, TRUSTED)


PIECES = st.sampled_from(
    [
        *("", " ", ", ", ";", '"', ":", "=", "\t", "?", "/", "#", "%20", "%", "é", "\n", "\r\n "),
        *("A", "a", "0", "-1", ";expires=1", ';x="y"', ";sf", '"@method"', "wasl=:AAAA:", "other="),
        *(", wasl=()", ";created=0", ";created=10000000000", ';tag="wasl-1"', ';keyid="00"'),
        "sha-256=:AA==:",
    ]
)
PLACES = st.sampled_from(
    ["method", "url", "Signature", "Signature-Input", "Content-Digest", "Wasl-Sequence", "twice"]
)


def spliced(text: str, at: float, cut: int, piece: str) -> str:
    start = int(at * len(text))
    return text[:start] + piece + text[start + cut :]


@given(
    st.lists(st.tuples(PLACES, st.floats(0, 1), st.integers(0, 3), PIECES), max_size=3),
    st.sampled_from(["https://c.example/v1/updates", URL.replace("%20", "b"), URL, "http://c/"]),
    st.sampled_from(["PUT", "GET", "put", "M-SEARCH"]),
    st.sampled_from([1, 7, 10**15, 2**53 - 1]),
)
def test_plain_reading_and_the_library_judge_every_request_alike(
    changes: list[tuple[str, float, int, str]], url: str, method: str, sequence: int
) -> None:
    request = HttpRequest(method=method if method.isupper() else "PUT", url=url, headers={})
    digest = hashlib.sha256(BODY).digest()
    sign_request(request, key=OURS, sequence=sequence, body_sha256=digest, created=MORNING)
    request.method = method
    for place, at, cut, piece in changes:
        if place in ("method", "url"):
            setattr(request, place, spliced(getattr(request, place), at, cut, piece))
        elif place == "twice":
            request.headers["wasl-sequence"] = piece
        else:
            request.headers[place] = spliced(request.headers[place], at, cut, piece)
    plain = plain_signatures.read(request)
    if plain is None:
        return
    holds = OURS.public.verifies(plain.signature, plain.base)
    expected = judged(by_library, request)
    if plain.key_id != OURS.public.key_id:
        assert expected is UnknownKeyError
    elif holds:
        assert expected == VerifiedRequest(
            key_id=plain.key_id, nonce=plain.nonce, sequence=plain.sequence
        )
    else:
        assert expected is BadSignatureError


@pytest.mark.parametrize("otherwise", [{"nonce": "n" * 65}, {"nonce": "n n"}, {"tag": "wasl-2"}])
def test_other_spellings_are_left_to_the_library(otherwise: dict[str, str]) -> None:
    assert plain_signatures.read(signed_otherwise(**otherwise)) is None


CREATED = st.datetimes(datetime(1971, 1, 1), datetime(3999, 1, 1), timezones=st.just(UTC))


@given(st.binary(max_size=50), st.integers(1, 2**49), CREATED)
def test_what_devices_sign_holds_for_the_library(
    body: bytes, sequence: int, created: datetime
) -> None:
    url = URL.replace("%20", "_")
    request = signed(url=url, body=body, sequence=sequence, created=created)
    assert verified_by_library(request, TRUSTED).sequence == sequence
    assert (plain_signatures.read(request) is not None) == (created.timestamp() < 10**10)


def test_plain_reading_that_forgets_a_component_is_caught() -> None:
    # A reader that takes the sequence from elsewhere would hold where the library refuses.
    request = signed(url=URL.replace("%20", "_"))
    careless = plain_signatures.read(request)
    request.headers["Wasl-Sequence"] = "8"
    careful = plain_signatures.read(request)
    assert careless is not None
    assert careful is not None
    assert OURS.public.verifies(careless.signature, careless.base)
    assert judged(by_library, request) is BadSignatureError
    assert not OURS.public.verifies(careful.signature, careful.base)
