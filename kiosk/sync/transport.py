"""Signed calls to the central, and what came of each."""

import hashlib
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel, ValidationError
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError
from urllib3.util import SKIP_HEADER

from kiosk.domain.errors import InvalidInputError
from kiosk.sync.connection import CheckDates, Meter, PinnedAdapter, Timeouts
from kiosk.sync.faults import answer_fault, line_fault
from kiosk.sync.identity import Clocks
from kiosk.sync.outcomes import ExchangeError, OutcomeClass, exchange_error
from kiosk.sync.pace import Pace
from kiosk.wire.http_signatures import HttpRequest, sign_request
from kiosk.wire.keys import PrivateKey
from kiosk.wire.messages import ProblemType

MAX_ANSWER_BYTES = 1024 * 1024
_BLOCK = 16 * 1024
_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A successful answer; header names compare without case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def read(self, model: type[_M]) -> _M:
        """Return the body as *model*.

        Raises:
            ExchangeError: It is something else.
        """
        try:
            return model.model_validate_json(self.body)
        except ValidationError as error:
            raise exchange_error(
                OutcomeClass.SERVER_ERROR,
                f"the answer is no {model.__name__}",
                status=self.status,
            ) from error


class RightTime(Protocol):
    """Knows the time where the machine's clock does not (``sync.central_clock``)."""

    def ask(self) -> None:
        """Find out what time it is.

        Raises:
            ExchangeError: It could not be found out.
        """

    def check_dates(self, certificate: bytes) -> None:
        """Refuse a certificate (DER) that is not valid at that time."""


class Transport:
    """Calls one central as one device. Threads may share it; the sequence keeps calls apart.

    Args:
        url: Origin, ``https://host:port``.
        ca_pem: The only authorities believed.
        next_sequence: Gives a request sequence never used before, not below its argument.
        note: Told the class of every exchange.
        right_time: Asked when a certificate's dates do not hold by the machine's clock; the call
            is then made again, with dates checked by it.
        check_dates: Judges dates instead of the machine's clock, from the first call on.

    Raises:
        InvalidInputError: Not an https origin, or no certificate in *ca_pem*.
    """

    def __init__(
        self,
        *,
        url: str,
        ca_pem: str,
        key: PrivateKey,
        next_sequence: Callable[[int], int],
        clocks: Clocks,
        note: Callable[[OutcomeClass], None],
        timeouts: Timeouts | None = None,
        right_time: RightTime | None = None,
        check_dates: CheckDates | None = None,
    ) -> None:
        self._origin = check_origin(url)
        self._ca_pem = ca_pem
        self._right_time = right_time
        self._key = key
        self._next_sequence = next_sequence
        self._clocks = clocks
        self._note = note
        self._timeouts = timeouts or Timeouts()
        self.meter = Meter()
        self.pace = Pace()
        self._session = requests.Session()
        # Environment variables must replace neither the pin nor the way.
        self._session.trust_env = False
        self._session.headers = CaseInsensitiveDict(
            # Unsaid, no coding is asked for; left to the libraries, each request would say so.
            {"User-Agent": "wasl", "Accept-Encoding": SKIP_HEADER}
        )
        self._session.adapters.clear()
        try:
            self._judge_dates_by(check_dates)
        except (ssl.SSLError, ValueError) as error:
            raise InvalidInputError("ca", "holds no certificate") from error

    def close(self) -> None:
        """Close the connections kept alive; the next call opens new ones."""
        self._session.close()

    def signed(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        limit: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """Make a signed call; a sequence the central finds stale is put right once.

        Raises:
            ExchangeError: It did not succeed; its ``outcome`` says how.
        """
        try:
            return self._signed(method, path, body, headers, self._next_sequence(1), limit)
        except ExchangeError as error:
            seen = error.problem.sequence
            if error.problem.type != ProblemType.STALE_SEQUENCE or seen is None:
                raise
        sequence = self._next_sequence(min(max(seen, 0), 2**53 - 2) + 1)
        return self._signed(method, path, body, headers, sequence, limit)

    def plain(
        self,
        method: str,
        path: str,
        body: Iterable[bytes] | None = None,
        *,
        headers: Mapping[str, str],
    ) -> Answer:
        """Make a call that its unguessable path authorises (uploads).

        Raises:
            ExchangeError: It did not succeed; its ``outcome`` says how.
        """
        request = requests.Request(method, self._origin + path, headers=dict(headers), data=body)
        return self._send(self._session.prepare_request(request), MAX_ANSWER_BYTES)

    def _signed(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str] | None,
        sequence: int,
        limit: int,
    ) -> Answer:
        request = requests.Request(
            method, self._origin + path, headers=dict(headers or {}), data=body
        )
        prepared = self._session.prepare_request(request)
        sign_request(
            HttpRequest(
                method=method, url=prepared.url or self._origin + path, headers=prepared.headers
            ),
            key=self._key,
            sequence=sequence,
            body_sha256=hashlib.sha256(body).digest(),
            created=self._clocks.now(),
        )
        return self._send(prepared, limit)

    def _send(self, prepared: requests.PreparedRequest, limit: int) -> Answer:
        try:
            answer = self._exchange_in_time(prepared, limit)
        except ExchangeError as error:
            self._note(error.outcome)
            raise
        self._note(OutcomeClass.DELIVERED)
        return answer

    def _exchange_in_time(self, prepared: requests.PreparedRequest, limit: int) -> Answer:
        try:
            return self._exchange(prepared, limit)
        except ExchangeError as error:
            if error.outcome is not OutcomeClass.CLOCK_WRONG or self._right_time is None:
                raise
            self._set_right(self._right_time, error)
        # The handshake failed: nothing of the call was sent, so it may be made again.
        try:
            return self._exchange(prepared, limit)
        except ExchangeError as error:
            if error.outcome is not OutcomeClass.CLOCK_WRONG:
                raise
            # By the central's own time, so the clock is not to blame.
            raise exchange_error(
                OutcomeClass.CERTIFICATE_WRONG, "out of date by the central's own time"
            ) from error

    def _set_right(self, right_time: RightTime, clock_wrong: ExchangeError) -> None:
        try:
            right_time.ask()
        except ExchangeError as error:
            if error.outcome is OutcomeClass.CERTIFICATE_WRONG:
                raise
            raise clock_wrong from error
        self._judge_dates_by(right_time.check_dates)

    def _judge_dates_by(self, check_dates: CheckDates | None) -> None:
        adapter = PinnedAdapter(
            ca_pem=self._ca_pem,
            timeouts=self._timeouts,
            meter=self.meter,
            pace=self.pace,
            check_dates=check_dates,
        )
        self._session.close()
        self._session.mount("https://", adapter)

    def _exchange(self, prepared: requests.PreparedRequest, limit: int) -> Answer:
        times = self._timeouts
        try:
            response = self._session.send(
                prepared,
                stream=True,
                allow_redirects=False,
                timeout=(times.connect_s, times.read_s),
            )
            try:
                body = self._read(response, limit)
            finally:
                response.close()
        except (requests.RequestException, HTTPError, OSError) as error:
            raise line_fault(error) from error
        fault = answer_fault(response.status_code, response.headers, body)
        if fault is not None:
            raise fault
        return Answer(status=response.status_code, headers=response.headers, body=body)

    def _read(self, response: requests.Response, limit: int) -> bytes:
        body = bytearray()
        deadline = self._clocks.monotonic() + self._timeouts.answer_s
        while block := response.raw.read1(_BLOCK, decode_content=False):
            body += block
            if len(body) > limit:
                raise exchange_error(
                    OutcomeClass.SERVER_ERROR, "the answer is larger than the protocol allows"
                )
            if self._clocks.monotonic() > deadline:
                raise exchange_error(OutcomeClass.TIMEOUT, "the answer trickles")
        return bytes(body)


def check_origin(url: str) -> str:
    """Return *url* as an origin without a trailing slash.

    Raises:
        InvalidInputError: Not ``https://host[:port]``.
    """
    try:
        parts = urlsplit(url.strip()) if len(url) <= 300 else urlsplit("")
        port = parts.port
    except ValueError as error:
        raise InvalidInputError("central", "is not an https address") from error
    if parts.scheme != "https" or not parts.hostname or port == 0:
        raise InvalidInputError("central", "is not an https address")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise InvalidInputError("central", "has more than a host and a port")
    return f"https://{parts.netloc}"
