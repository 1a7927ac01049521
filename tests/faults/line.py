"""Scenes of the line: delivered, refused, called back."""

from datetime import timedelta
from uuid import UUID

from kiosk.domain.vocabulary import HeldReason, Stage
from kiosk.sync.ports import Claimed, Delivered, Hold, Outcome, TryAgain
from kiosk.wire.messages import Acknowledgement, StatusUpdate, Updates
from tests.enrolled import DEVICE
from tests.faults.counter import Counter


def claim(counter: Counter) -> Claimed:
    now = counter.clock.read().utc
    outbox = counter.store.outbox
    claimed = counter.attempt(lambda: outbox.claim(now=now, only_due=False, passed=()))
    assert claimed is not None
    return claimed


def settle(counter: Counter, claimed: Claimed, outcome: Outcome, state: str) -> None:
    counter.attempt(lambda: counter.store.outbox.settle(claimed.item_id, outcome))
    counter.tell({"what": "settled", "item": str(claimed.item_id), "state": state})


def deliver(counter: Counter) -> None:
    counter.cancel(counter.number())
    for _ in range(4):
        acknowledge(counter)


def acknowledge(counter: Counter) -> UUID:
    """Let the central take the next row; return its item."""
    claimed = claim(counter)
    word = Acknowledgement(
        item_id=claimed.item_id,
        receipt_number=claimed.receipt_number,
        manifest_sha256=claimed.manifest_sha256.hex(),
        document_sha256=claimed.document.sha256.hex() if claimed.document else None,
        at=counter.clock.read().utc,
    )
    done = Delivered(acknowledgement=word, signed=b"signed", already_there=False)
    settle(counter, claimed, done, "done")
    return claimed.item_id


def line_fails(counter: Counter) -> None:
    later = counter.clock.read().utc + timedelta(minutes=5)
    claimed = claim(counter)
    settle(counter, claimed, TryAgain(error="timeout", next_attempt_at=later), "queued")
    held = Hold(reason=HeldReason.CONFLICT, error="conflict")
    settle(counter, claim(counter), held, "held")
    counter.take()


def hear_the_central(counter: Counter) -> None:
    item, at = acknowledge(counter), counter.clock.read().utc
    news = Updates(
        device=DEVICE,
        previous=0,
        cursor=1,
        time=at,
        statuses=(StatusUpdate(receipt_number=counter.number(), status=Stage.IN_REVIEW, at=at),),
        recalls=(item,),
    )
    counter.attempt(lambda: counter.store.memory.apply(news, None, "signed"))
    counter.tell({"what": "cursor", "value": "1"})
