"""Tells the central how this device is, and takes in what it counts of its numbers."""

import secrets
import threading
from collections.abc import Callable

from kiosk.domain.counting import EpochCount
from kiosk.sync.outcomes import OutcomeClass, exchange_error
from kiosk.sync.ports import Vitals
from kiosk.sync.transport import Transport
from kiosk.wire.cose import ContentType
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.heartbeats import EpochHeld, Heartbeat, HeartbeatAnswer, HeartbeatWord
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import HEARTBEATS
from kiosk.wire.trust import only, open_statement

BEAT_EVERY_S = 300.0


class Heart:
    """Beats once a call. Any thread may call: one beat at a time, so that heads go in order.

    Args:
        monotonic: Seconds that no clock's jump changes; tells when a beat is due again.
        on_stranger: Called when the word is by another key.
    """

    def __init__(
        self,
        *,
        vitals: Vitals,
        device: str,
        trust_key: PublicKey,
        program_version: str,
        monotonic: Callable[[], float],
        on_stranger: Callable[[], object] = lambda: None,
    ) -> None:
        self._vitals = vitals
        self._device = device
        self._trust_key = trust_key
        self._on_stranger = on_stranger
        self._program_version = program_version
        self._monotonic = monotonic
        self._tried_at: float | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def is_due(self) -> bool:
        """Return whether the last try, whatever became of it, is :data:`BEAT_EVERY_S` ago."""
        return self._tried_at is None or self._monotonic() - self._tried_at >= BEAT_EVERY_S

    def beat(self, transport: Transport) -> HeartbeatWord:
        """Tell, take in, and return the central's word.

        Raises:
            ExchangeError: The line failed, or the answer is not the central's word on this beat.
            WaslError: The store could not be read or written.
        """
        self._tried_at = self._monotonic()
        with self._one_at_a_time:
            told = self._vitals.report(
                nonce=secrets.token_urlsafe(16), version=self._program_version[:40]
            )
            answer = transport.signed(
                "POST",
                HEARTBEATS,
                told.model_dump_json().encode("utf-8"),
                headers={"Content-Type": "application/json"},
            )
            word = self._verified(answer.read(HeartbeatAnswer).heartbeat, told)
            self._vitals.keep(told, word)
            return word

    def _verified(self, signed: str, told: Heartbeat) -> HeartbeatWord:
        try:
            key = only(self._trust_key)
            word = open_statement(HeartbeatWord, signed, key, ContentType.HEARTBEAT)
            if word.device != self._device or word.nonce != told.nonce:
                raise BadSignatureError("a word on another heartbeat")
        except (BadSignatureError, UnknownKeyError, MalformedMessageError) as error:
            if isinstance(error, UnknownKeyError):
                self._on_stranger()
            raise exchange_error(OutcomeClass.SERVER_ERROR, str(error)) from error
        return word


def counted(held: EpochHeld) -> EpochCount:
    """Return what the central counts of one letter, in the words of the counter."""
    return EpochCount(
        epoch=held.epoch,
        highest=held.highest,
        count=held.count,
        asked_to=held.asked_to,
        missing=tuple((gap.first, gap.last) for gap in held.missing),
        told_from=held.told_from,
    )
