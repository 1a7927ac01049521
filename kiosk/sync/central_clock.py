"""The central's signed time, for a machine whose own clock makes good certificates look bad.

The time is asked with the dates of certificates unchecked and their chain checked, over a nonce,
and carried on by the monotonic clock. From then on dates are checked by it.
"""

import secrets
import ssl
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography import x509

from kiosk.sync.identity import Clocks
from kiosk.sync.outcomes import OutcomeClass, exchange_error
from kiosk.sync.transport import Transport
from kiosk.wire.cose import ContentType
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.heartbeats import TimeAnswer, TimeWord
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import TIME
from kiosk.wire.trust import only, open_statement

LONGEST_ASKING_S = 60.0
"""A time that was on its way for longer says too little."""
_NOT_YET_VALID, _EXPIRED = 9, 10  # X509_V_ERR_CERT_*, openssl/x509_vfy.h


class CentralClock:
    """What time it is by the central. Any thread may ask.

    Args:
        connect: Opens a line on which the dates of certificates are not checked.
        keep_time: Told each signed time.
        on_stranger: Called when the time is signed by another key.
    """

    def __init__(
        self,
        *,
        connect: Callable[[], Transport],
        trust_key: PublicKey,
        clocks: Clocks,
        keep_time: Callable[[datetime], None],
        on_stranger: Callable[[], object] = lambda: None,
    ) -> None:
        self._connect = connect
        self._trust_key = trust_key
        self._on_stranger = on_stranger
        self._clocks = clocks
        self._keep_time = keep_time
        self._lock = threading.Lock()
        self._told: tuple[datetime, float] | None = None

    def ask(self) -> None:
        """Ask the central what time it is.

        Raises:
            ExchangeError: No answer, or not the central's word on this question.
            WaslError: The store could not keep it.
        """
        nonce, asked_at = secrets.token_urlsafe(16), self._clocks.monotonic()
        transport = self._connect()
        try:
            answer = transport.signed("GET", f"{TIME}?nonce={nonce}").read(TimeAnswer)
        finally:
            transport.close()
        now = self._clocks.monotonic()
        if now - asked_at > LONGEST_ASKING_S:
            raise exchange_error(OutcomeClass.TIMEOUT, "the time was too long on its way")
        central = self._verified(answer.time, nonce)
        with self._lock:
            self._told = central, now
        self._keep_time(central)

    def check_dates(self, certificate: bytes) -> None:
        """Refuse a certificate (DER) that is not valid by the central's time.

        Raises:
            ssl.SSLCertVerificationError: As OpenSSL does by the machine's clock.
        """
        with self._lock:
            told = self._told
        if told is None:
            raise _refused(_NOT_YET_VALID, "the central's time is not known")
        now = told[0] + timedelta(seconds=self._clocks.monotonic() - told[1])
        try:
            parsed = x509.load_der_x509_certificate(certificate)
        except ValueError as error:
            raise ssl.SSLCertVerificationError(1, "not a certificate") from error
        if now < parsed.not_valid_before_utc:
            raise _refused(_NOT_YET_VALID, "certificate is not yet valid")
        if now > parsed.not_valid_after_utc:
            raise _refused(_EXPIRED, "certificate has expired")

    def _verified(self, signed: str, nonce: str) -> datetime:
        try:
            word = open_statement(TimeWord, signed, only(self._trust_key), ContentType.TIME)
            if word.nonce != nonce:
                raise BadSignatureError("the time for another question")
        except (BadSignatureError, UnknownKeyError, MalformedMessageError) as error:
            if isinstance(error, UnknownKeyError):
                self._on_stranger()
            raise exchange_error(OutcomeClass.SERVER_ERROR, str(error)) from error
        return word.time


def any_dates(_certificate: bytes) -> None:
    """Take a certificate whatever its dates: for asking the time, and for nothing else."""


def _refused(code: int, words: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, words)
    error.verify_code = code
    error.verify_message = words
    return error
