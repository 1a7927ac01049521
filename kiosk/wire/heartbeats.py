"""What a device tells of itself every few minutes, and what the central answers.

The answer is what gaps and tampering are found by: the numbers the central counts, letter by
letter, and the head of the journal it held before.
"""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from kiosk.domain.moments import ClockTrust
from kiosk.domain.receipt_number import MAX_SEQUENCE
from kiosk.wire.manifests import DeviceCode, Sha256Hex
from kiosk.wire.messages import Message
from kiosk.wire.numbers import WHOLE
from kiosk.wire.trust import Signed

MAX_HEARTBEAT_BYTES = 8 * 1024
MAX_RANGES = 200
"""Ranges of missing numbers named in one answer, of one letter."""
_MAX_COUNT = 2**53

Nonce = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22,64}$")]
Count = Annotated[int, WHOLE, Field(ge=0, le=_MAX_COUNT)]
Sequence = Annotated[int, WHOLE, Field(ge=0, le=MAX_SEQUENCE)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class JournalHead(Message):
    """Where a journal ends: how many entries, and the hash of the last (zeros for none)."""

    entries: Count
    hash: Sha256Hex


class DiskReport(Message):
    """How the data folder's disk is; ``days_left`` is None when it does not fill."""

    free_bytes: Count
    days_left: Count | None = None
    takes_dossiers: bool
    is_writable: bool


class ClockReport(Message):
    """The device's clocks; ``drift_ppm`` is positive when its wall clock is fast."""

    utc: AwareDatetime
    monotonic_ms: Count
    trust: ClockTrust
    drift_ppm: Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)] | None = None


class Issued(Message):
    """The highest number given out under one letter; 0 for none."""

    epoch: DeviceCode
    highest: Sequence


class Heartbeat(Message):
    """The state of a device: counts and codes, nothing of anybody.

    Attributes:
        nonce: Comes back in the answer, so that an old answer is told.
        counts: Deposits not purged, by state.
        oldest_s: Age of the oldest deposit still to send, s; None when there is none.
        held: Deposits that wait for a person.
        faults: What is not in order, as codes.
        journal_passed: What the journal has at the lengths that the central named last; None from
            a device of before, that tells no such thing.
        issued: One entry a letter that the device has numbered under.
    """

    nonce: Nonce
    version: Annotated[str, StringConstraints(max_length=40)]
    counts: Annotated[dict[Word, Count], Field(max_length=16)]
    oldest_s: Count | None = None
    held: Count
    disk: DiskReport | None = None
    faults: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    journal: JournalHead
    journal_passed: Annotated[tuple[JournalHead, ...], Field(max_length=4)] | None = None
    clock: ClockReport
    issued: Annotated[tuple[Issued, ...], Field(max_length=24)] = ()


class Missing(Signed):
    """Numbers that the central does not hold, both ends included."""

    first: Sequence
    last: Sequence


class EpochHeld(Signed):
    """What the central holds of one letter.

    Attributes:
        highest: Highest number held; 0 for none.
        count: How many are held.
        asked_to: Up to which number gaps were looked for: the highest issued or held.
        missing: Gaps from ``told_from`` to ``asked_to``, newest first, at most 200.
        told_from: Below it gaps were not told any more: there were too many. Else 1.
    """

    epoch: DeviceCode
    highest: Sequence
    count: Count
    asked_to: Sequence
    missing: Annotated[tuple[Missing, ...], Field(max_length=MAX_RANGES)] = ()
    told_from: Annotated[int, Field(ge=1, le=MAX_SEQUENCE)] = 1


class HeartbeatWord(Signed):
    """The central's signed word on a heartbeat.

    Attributes:
        journal: The head it holds now, which is the one the heartbeat told unless that one came
            late.
        journal_before: The head it held before, or an earlier one that was not told to have been
            passed; None for the first.
    """

    device: DeviceCode
    nonce: Nonce
    time: AwareDatetime
    epochs: Annotated[tuple[EpochHeld, ...], Field(max_length=24)]
    journal: JournalHead
    journal_before: JournalHead | None = None


class HeartbeatAnswer(Message):
    """``heartbeat`` is a base64url COSE_Sign1 over :class:`HeartbeatWord`."""

    heartbeat: str


class TimeWord(Signed):
    """The central's time, for whoever asked with that nonce just now."""

    nonce: Nonce
    time: AwareDatetime


class TimeAnswer(Message):
    """``time`` is a base64url COSE_Sign1 over :class:`TimeWord`."""

    time: str
