"""Updates are the central's word for this device at this cursor, or they change nothing."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from kiosk.domain.errors import ErrorCode
from kiosk.domain.vocabulary import Stage
from kiosk.sync.outcomes import ExchangeError, OutcomeClass
from kiosk.sync.ports import Told
from kiosk.wire.cose import ContentType
from kiosk.wire.keys import PrivateKey
from kiosk.wire.messages import ProblemType, StatusUpdate, Updates
from kiosk.wire.trust import Configuration, sign_statement
from tests.sync.conftest import Rig
from tests.sync.items import NOW
from tests.sync.small_central import SmallCentral, refusing


def news(rig: Rig, upto: int, step: int = 1) -> Callable[[int], Updates]:
    """Return updates that lead from any cursor to *upto* in steps."""
    status = StatusUpdate(receipt_number="C0417A-000131-39", status=Stage.IN_REVIEW, at=NOW)

    def updates(cursor: int) -> Updates:
        ahead = min(cursor + step, upto)
        return Updates(
            device=rig.central.device,
            previous=cursor,
            cursor=ahead,
            time=NOW,
            statuses=(status,) if ahead > cursor else (),
            recalls=(uuid4(),),
            more=ahead < upto,
        )

    return updates


def test_updates_are_followed_to_their_end(rig: Rig) -> None:
    rig.central.updates = news(rig, 5)
    rig.link.fetch_updates()
    assert rig.memory.told().cursor == 5
    assert [one.previous for one in rig.memory.applied] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "change",
    [
        {"device": "C0417B"},
        {"previous": 3},
        {"cursor": 0},
        {"more": True, "cursor": 4},
    ],
    ids=["another device", "another cursor", "gone back", "leading nowhere"],
)
def test_updates_that_do_not_fit_the_question_change_nothing(
    rig: Rig, change: dict[str, object]
) -> None:
    rig.central.updates = news(rig, 4, step=4)
    rig.link.fetch_updates()
    rig.central.updates = lambda cursor: news(rig, 9, step=9)(cursor).model_copy(update=change)
    with pytest.raises(ExchangeError):
        rig.link.fetch_updates()
    assert rig.memory.told().cursor == 4


def test_replayed_answer_is_told_by_its_cursor(rig: Rig) -> None:
    first = news(rig, 2, step=2)(0)
    rig.central.updates = lambda _cursor: first
    rig.link.fetch_updates()
    with pytest.raises(ExchangeError):
        rig.link.fetch_updates()
    assert rig.memory.told().cursor == 2
    assert len(rig.memory.applied) == 1


def test_updates_signed_by_somebody_else_change_nothing(rig: Rig) -> None:
    rig.central.updates = news(rig, 2)
    rig.central.trust_key = PrivateKey.generate()
    with pytest.raises(ExchangeError) as caught:
        rig.link.fetch_updates()
    assert caught.value.outcome is OutcomeClass.SERVER_ERROR
    assert rig.memory.told().cursor == 0


def test_older_trust_list_brings_no_withdrawn_key_back(rig: Rig) -> None:
    old = rig.central.trust_list()
    rig.central.trust_version = 2
    rig.central.acknowledgement_key = PrivateKey.generate()
    rig.link.fetch_updates()
    newest = rig.memory.trust_list()
    signed = sign_statement(old, rig.central.trust_key, ContentType.TRUST_LIST)
    rig.central.updates = lambda cursor: SmallCentral.nothing_new(rig.central, cursor).model_copy(
        update={"trust_list": signed, "cursor": cursor + 1}
    )
    rig.link.fetch_updates()
    assert rig.memory.trust_list() == newest
    assert rig.memory.told().cursor == 1


@pytest.mark.parametrize("part", ["trust_list", "configuration"])
def test_statement_inside_updates_needs_its_own_signature(rig: Rig, part: str) -> None:
    settings = Configuration(version=2, point="C0417", point_name="Azrou Centre")
    forged = sign_statement(
        settings if part == "configuration" else rig.central.trust_list(),
        PrivateKey.generate(),
        ContentType.CONFIGURATION if part == "configuration" else ContentType.TRUST_LIST,
    )
    rig.central.updates = lambda cursor: news(rig, 1)(cursor).model_copy(update={part: forged})
    with pytest.raises(ExchangeError):
        rig.link.fetch_updates()
    assert rig.memory.told().cursor == 0


def test_versions_the_device_has_are_named(rig: Rig) -> None:
    settings = Configuration(version=3, point="C0417", point_name="Azrou Centre")
    signed = sign_statement(settings, rig.central.trust_key, ContentType.CONFIGURATION)
    rig.central.updates = lambda cursor: news(rig, 1)(cursor).model_copy(
        update={"configuration": signed}
    )
    rig.link.fetch_updates()
    rig.link.fetch_updates()
    assert rig.central.calls == [
        "GET /v1/updates?cursor=0&trust=1&config=0",
        "GET /v1/updates?cursor=1&trust=1&config=3",
    ]


def test_sequence_behind_the_centrals_is_put_right_in_one_repeat(rig: Rig) -> None:
    # The kiosk was restored from an older backup.
    rig.central.highest_sequence = 5000
    item = rig.put(None)
    assert rig.link.sync_once().sent == 1
    assert rig.outbox.state_of(item.item_id) == "done"
    assert [call.split()[0] for call in rig.central.calls] == ["PUT", "PUT", "GET"]
    assert rig.memory.next_sequence() > 5001


def test_sequence_refused_twice_is_not_asked_for_ever(rig: Rig) -> None:
    rig.central.faults += [refusing(409, ProblemType.STALE_SEQUENCE, sequence=9)] * 2
    with pytest.raises(ExchangeError) as caught:
        rig.link.fetch_updates()
    assert caught.value.code is ErrorCode.REFUSED
    assert len(rig.central.calls) == 2


def test_revoked_device_is_told_so_and_its_rows_wait_for_a_person(rig: Rig) -> None:
    item = rig.put()
    rig.central.faults += [refusing(403, ProblemType.REVOKED)] * 2
    report = rig.link.sync_once()
    assert (report.held, report.waiting, report.failure) == (1, 0, OutcomeClass.REVOKED)
    assert rig.outbox.error_of(item.item_id) == "revoked"
    rig.central.faults += [refusing(403, ProblemType.REVOKED)]
    with pytest.raises(ExchangeError) as caught:
        rig.link.fetch_updates()
    assert caught.value.code is ErrorCode.REVOKED


def test_broken_updates_do_not_undo_what_was_sent(rig: Rig) -> None:
    rig.put()
    rig.central.updates = lambda cursor: replace_device(news(rig, 1)(cursor))
    report = rig.link.sync_once()
    assert (report.sent, report.line_failed) == (1, False)
    assert report.failure is OutcomeClass.SERVER_ERROR


def replace_device(updates: Updates) -> Updates:
    """Return updates meant for another device."""
    return updates.model_copy(update={"device": "C0417B"})


def test_proof_goes_back_with_the_cursor_it_came_with(rig: Rig) -> None:
    rig.central.updates = lambda cursor: news(rig, 2)(cursor).model_copy(
        update={"cursor_proof": f"proof-{min(cursor + 1, 2)}"}
    )
    rig.link.fetch_updates()
    assert rig.memory.told() == Told(cursor=2, proof="proof-2")
    rig.central.faults += [refusing(409, ProblemType.UNPROVEN_CURSOR)]
    with pytest.raises(ExchangeError, match="knows less than it has told this device") as failed:
        rig.link.fetch_updates()
    # It is asked again, and nothing is held or forgotten for it.
    assert failed.value.outcome is OutcomeClass.SERVER_ERROR
    assert rig.memory.told() == Told(cursor=2, proof="proof-2")
    asked = [one for one in rig.central.calls if one.startswith("GET /v1/updates")]
    assert [one.partition("&proof=")[2] for one in asked] == ["", "proof-1", "proof-2"]
