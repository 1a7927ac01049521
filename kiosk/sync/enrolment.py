"""A one-time code against a device code, and everything that is believed from then on."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from kiosk.domain.enrolment_text import EnrolmentText
from kiosk.domain.errors import InvalidInputError
from kiosk.sync.authority import fetch_authority
from kiosk.sync.connection import Timeouts
from kiosk.sync.identity import Clocks, Identity
from kiosk.sync.line import Line
from kiosk.sync.outcomes import OutcomeClass, exchange_error
from kiosk.sync.pinned import Pinned, parse_pinned, read_pinned
from kiosk.sync.transport import Transport, check_origin
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.messages import ENROLMENTS, EnrolmentAnswer, EnrolmentRequest
from kiosk.wire.succession import read_root
from kiosk.wire.trust import Configuration, RootStatement, TrustList, only, open_statement

MAX_ENROLMENT_BYTES = 16 * 1024 * 1024
"""A central of before sends the whole country's trust list along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What a device keeps from its enrolment, verified.

    Attributes:
        url: The central's origin, ``https://host:port``.
        root_statement, trust_list, configuration: As signed, base64url of COSE_Sign1; beside each
            its parsed form.
        trust_key: The key the root statement names.
        central_time: The central's clock when it answered.
    """

    device: str
    reserve_letter: str
    point: str
    url: str
    ca_pem: str
    root_key: PublicKey
    trust_key: PublicKey
    root_statement: str
    root: RootStatement
    trust_list: str
    trust: TrustList
    configuration: str
    settings: Configuration
    central_time: datetime

    def identity(self, request_key: PrivateKey) -> Identity:
        """Return who this device is from now on, for the line."""
        return Identity(
            url=self.url,
            ca_pem=self.ca_pem,
            device=self.device,
            request_key=request_key,
            root_key=self.root_key,
            trust_key=self.trust_key,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to enrol, and what is pinned."""

    url: str
    pinned: Pinned


def check_place(url: str, ca_file: Path | None) -> Place:
    """Return where to enrol, once it makes sense; nothing is sent and no key is made yet.

    Raises:
        InvalidInputError: The address or the file is not usable.
    """
    return Place(url=check_origin(url), pinned=read_pinned(ca_file))


def place_of_text(text: EnrolmentText, timeouts: Timeouts | None = None) -> Place:
    """Return where an enrolment's QR leads, once what it pins was fetched and has its hash.

    Raises:
        InvalidInputError: The address is not usable, or what is pinned is no ``ca.pem``.
        ExchangeError: No answer, or another file than the one that is pinned.
    """
    url = check_origin(text.origin)
    return Place(url=url, pinned=parse_pinned(fetch_authority(url, text.fingerprint, timeouts)))


def check_code(code: str) -> str:
    """Return a typed code without the spaces around it.

    Raises:
        InvalidInputError: It cannot be one.
    """
    code = code.strip()
    if not (8 <= len(code) <= 64 and code.isascii() and code.isprintable()):
        raise InvalidInputError("code", "an enrolment code has 8 to 64 letters and digits")
    return code


def enrol(
    *,
    code: str,
    place: Place,
    request_key: PrivateKey,
    receipt_key: PublicKey,
    program_version: str,
    takes_parts: bool = False,
    clocks: Clocks | None = None,
    line: Line | None = None,
    timeouts: Timeouts | None = None,
) -> Enrolled:
    """Trade *code* for a device code. The same keys may repeat the same code.

    With *takes_parts* the trust list may be a beginning, of which the rest comes with updates.

    Raises:
        InvalidInputError: The code cannot be one.
        ExchangeError: No answer, or a refusal.
        BadSignatureError, UnknownKeyError, MalformedMessageError: The central is not the one whose
            root is pinned.
    """
    request = _request(code, request_key, receipt_key, program_version)
    request = request.model_copy(update={"parts": takes_parts})
    clocks = clocks or Clocks()
    transport = Transport(
        url=place.url,
        ca_pem=place.pinned.ca_pem,
        key=request_key,
        # The device has no memory yet; the central counts a device's calls from its first.
        next_sequence=lambda at_least: at_least,
        clocks=clocks,
        note=(line or Line(clocks.now)).note,
        timeouts=timeouts,
    )
    try:
        answer = transport.signed(
            "POST",
            ENROLMENTS,
            request.model_dump_json().encode("utf-8"),
            headers={"Content-Type": "application/json"},
            limit=MAX_ENROLMENT_BYTES,
        )
    finally:
        transport.close()
    return _verified(answer.read(EnrolmentAnswer), place)


def _request(
    code: str, request_key: PrivateKey, receipt_key: PublicKey, program_version: str
) -> EnrolmentRequest:
    try:
        return EnrolmentRequest(
            code=check_code(code),
            request_key=b64(request_key.public.raw),
            receipt_key=b64(receipt_key.raw),
            program_version=program_version[:40],
        )
    except ValidationError as error:
        raise InvalidInputError("code", "is not an enrolment code") from error


def _verified(answer: EnrolmentAnswer, place: Place) -> Enrolled:
    root_key = place.pinned.root_key
    root = read_root(answer.root_statement, root_key)
    trust_key = root.trust_key
    trust = open_statement(TrustList, answer.trust_list, only(trust_key), ContentType.TRUST_LIST)
    settings = open_statement(
        Configuration, answer.configuration, only(trust_key), ContentType.CONFIGURATION
    )
    if settings.point != answer.device[:-1] or answer.reserve_letter == answer.device[-1]:
        raise exchange_error(
            OutcomeClass.SERVER_ERROR, "the answer contradicts its own configuration"
        )
    return Enrolled(
        device=answer.device,
        reserve_letter=answer.reserve_letter,
        point=settings.point,
        url=place.url,
        ca_pem=root.ca_pem or place.pinned.ca_pem,
        root_key=root_key,
        trust_key=trust_key,
        root_statement=answer.root_statement,
        root=root.statement,
        trust_list=answer.trust_list,
        trust=trust,
        configuration=answer.configuration,
        settings=settings,
        central_time=answer.time,
    )
