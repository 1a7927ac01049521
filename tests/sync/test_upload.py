"""One item, all its bytes, and the central's word for exactly them."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from kiosk.domain.vocabulary import EventKind, HeldReason
from kiosk.sync.outcomes import OutcomeClass
from kiosk.sync.ports import Delivered, Hold, ManifestThere, SealedDocument
from kiosk.wire.cose import ContentType
from kiosk.wire.errors import DamagedBundleError
from kiosk.wire.keys import PrivateKey
from kiosk.wire.messages import Acknowledgement, ProblemType
from kiosk.wire.packing import pack
from kiosk.wire.trust import only, open_statement, sign_statement
from tests.sync.conftest import Rig
from tests.sync.items import SCAN, sealed
from tests.sync.small_central import (
    Call,
    SmallCentral,
    answering,
    cut_after,
    passing,
    refusing,
)


def test_small_dossier_costs_two_requests_on_one_connection(rig: Rig) -> None:
    item = rig.put()
    report = rig.link.sync_once()
    assert (report.sent, report.waiting, report.line_failed) == (1, 0, False)
    assert [call.split()[0] for call in rig.central.calls] == ["PUT", "PATCH", "GET"]
    assert rig.central.connections == 1
    assert bytes(rig.central.documents[str(item.item_id)]) == SCAN
    assert rig.delivered()[item.item_id].acknowledgement.manifest_sha256 == (
        item.manifest_sha256.hex()
    )


def test_bytes_beside_the_payload_stay_under_three_kilobytes(rig: Rig) -> None:
    item = rig.put()
    report = rig.link.sync_once()
    beside = report.bytes_sent - len(SCAN)
    print(f"beside the payload: {beside} bytes, manifest of {len(item.manifest)} among them")
    assert beside < 3000


@pytest.mark.parametrize("said", ["malformed", "another type"])
def test_central_from_before_manifests_were_packed_gets_them_as_they_are(
    rig: Rig, said: str
) -> None:
    first, second = rig.put(), rig.put()
    rig.central.unpacks = False
    if said == "another type":
        rig.central.faults += [refusing(415, "about:blank")]
    report = rig.link.sync_once()
    assert (report.sent, report.held, report.waiting) == (2, 0, 0)
    assert rig.central.manifests == {str(item.item_id): item.manifest for item in (first, second)}
    # Asked once alone; the second dossier costs two calls again.
    assert [call.split()[0] for call in rig.central.calls] == [
        *("PUT", "PUT", "PATCH", "PUT", "PATCH", "GET")
    ]


def test_manifest_refused_packed_and_as_it_is_is_held(rig: Rig) -> None:
    first, second = rig.put(), rig.put()
    rig.central.faults += [refusing(400, ProblemType.MALFORMED)] * 2
    report = rig.link.sync_once()
    assert (report.sent, report.held) == (1, 1)
    assert rig.outbox.state_of(first.item_id) == "held"
    # That one was at fault, and not the central: the next goes packed.
    assert rig.delivered().keys() == {second.item_id}
    assert [call.split()[0] for call in rig.central.calls] == ["PUT", "PUT", "PUT", "PATCH", "GET"]


def test_deposit_without_scan_costs_one_request(rig: Rig) -> None:
    item = rig.put(None)
    assert rig.link.sync_once().sent == 1
    assert [call.split()[0] for call in rig.central.calls] == ["PUT", "GET"]
    assert rig.delivered()[item.item_id].acknowledgement.document_sha256 is None


def test_event_with_pages_goes_under_its_deposit(rig: Rig) -> None:
    deposit = rig.put(None)
    event = rig.author.event(deposit, EventKind.COMPLETION, SCAN)
    rig.outbox.add(event, deposit_id=deposit.item_id)
    assert rig.link.sync_once().sent == 2
    assert rig.central.calls[1] == f"PUT /v1/deposits/{deposit.item_id}/events/{event.item_id}"
    assert bytes(rig.central.documents[str(event.item_id)]) == SCAN


def test_same_deposit_ten_times_is_there_once(rig: Rig) -> None:
    # Stands for answers lost after the central committed.
    item = rig.author.deposit()
    for _ in range(10):
        rig.outbox.add(item)
        rig.link.sync_once()
    assert len(rig.central.manifests) == 1
    assert rig.central.body_bytes == len(SCAN) + 10 * len(pack(item.manifest))
    outcomes = [one for _, one in rig.outbox.settled if isinstance(one, Delivered)]
    assert [one.already_there for one in outcomes] == [False] + [True] * 9


@pytest.mark.parametrize("cut", [0, 1, 40_000, len(SCAN) - 1])
def test_upload_goes_on_at_the_byte_after_a_cut(rig: Rig, cut: int) -> None:
    item = rig.put()
    rig.central.faults += [passing, cut_after(cut)]
    first = rig.link.sync_once()
    second = rig.link.sync_once()
    assert first.sent + second.sent == 1
    assert bytes(rig.central.documents[str(item.item_id)]) == SCAN
    # Every byte of the scan was read once by the central, whatever number of manifests came.
    manifests = sum(call.startswith("PUT") for call in rig.central.calls)
    assert rig.central.body_bytes == len(SCAN) + manifests * len(pack(item.manifest))


def test_cut_in_the_middle_is_healed_within_the_run(rig: Rig) -> None:
    item = rig.put()
    rig.central.faults += [passing, cut_after(60_000), passing, cut_after(50_000)]
    assert rig.link.sync_once().sent == 1
    assert [call.split()[0] for call in rig.central.calls] == [
        *("PUT", "PATCH", "HEAD", "PATCH", "HEAD", "PATCH", "GET")
    ]
    assert bytes(rig.central.documents[str(item.item_id)]) == SCAN


def test_acknowledgement_lost_with_the_line_is_asked_for_again(rig: Rig) -> None:
    rig.put()
    rig.central.faults += [passing, cut_after(len(SCAN))]
    assert rig.link.sync_once().sent == 1


def test_expired_upload_begins_anew(rig: Rig) -> None:
    rig.put()
    rig.central.faults += [passing, refusing(404, ProblemType.UNKNOWN)]
    assert rig.link.sync_once().sent == 1


def test_upload_somebody_is_still_busy_with_is_waited_for(rig: Rig) -> None:
    # The central has not noticed yet that the line before was cut.
    rig.put()
    rig.central.faults += [passing, refusing(423, "about:blank")]
    assert rig.link.sync_once().sent == 1


def test_cancelled_deposit_leaves_its_manifest_and_keeps_its_scan(rig: Rig) -> None:
    item = rig.author.deposit()
    rig.outbox.add(replace(item, document=None))
    cancellation = rig.author.event(item, EventKind.CANCELLATION)
    rig.outbox.add(cancellation, deposit_id=item.item_id)
    report = rig.link.sync_once()
    assert (report.sent, report.waiting, report.line_failed) == (1, 0, False)
    assert (item.item_id, ManifestThere()) in rig.outbox.settled
    assert rig.central.documents[str(item.item_id)] == b""


def test_bundle_changed_on_the_disk_is_held_and_never_completed(rig: Rig) -> None:
    item = rig.author.deposit()
    document = sealed(SCAN[:-1] + b"\x01")
    assert item.document is not None
    rig.outbox.add(replace(item, document=replace(document, sha256=item.document.sha256)))
    other = rig.put()
    report = rig.link.sync_once()
    assert (report.sent, report.held, report.waiting) == (1, 1, 0)
    hold = Hold(reason=HeldReason.BUNDLE_DAMAGED, error="bundle_damaged")
    assert (item.item_id, hold) in rig.outbox.settled
    assert len(rig.central.documents[str(item.item_id)]) < len(SCAN)
    assert other.item_id in rig.delivered()


def test_bundle_cut_short_is_held(rig: Rig) -> None:
    def read(_offset: int) -> Iterator[bytes]:
        yield SCAN[:1000]
        raise DamagedBundleError("the bundle ends early")

    item = rig.author.deposit()
    assert item.document is not None
    rig.outbox.add(replace(item, document=replace(item.document, read=read)))
    assert rig.link.sync_once().held == 1


def test_manifest_changed_in_the_store_is_held_before_it_is_sent(rig: Rig) -> None:
    item = rig.author.deposit()
    rig.outbox.add(replace(item, manifest=item.manifest + b" "))
    assert rig.link.sync_once().held == 1
    assert not rig.central.manifests


def test_disk_that_cannot_be_read_is_tried_again(rig: Rig) -> None:
    def read(_offset: int) -> Iterator[bytes]:
        raise OSError(5, "Input/output error")

    item = rig.author.deposit()
    assert item.document is not None
    broken = SealedDocument(
        sha256=item.document.sha256, size_bytes=item.document.size_bytes, read=read
    )
    rig.outbox.add(replace(item, document=broken))
    report = rig.link.sync_once()
    assert (report.waiting, report.held, report.failure) == (1, 0, OutcomeClass.LOCAL_IO)
    assert rig.outbox.error_of(item.item_id) == "local_io"


def test_bytes_damaged_on_the_way_are_sent_again(rig: Rig) -> None:
    item = rig.put()

    def damaged(call: Call) -> bool:
        call.read_body()
        call.problem(422, ProblemType.DAMAGED_UPLOAD)
        return True

    rig.central.faults += [passing, damaged]
    report = rig.link.sync_once()
    assert (report.held, report.waiting) == (0, 1)
    assert rig.link.sync_once().sent == 1
    assert bytes(rig.central.documents[str(item.item_id)]) == SCAN


def test_answer_without_sense_is_no_delivery(rig: Rig) -> None:
    rig.put()
    rig.central.faults += [answering(200, "application/json", b"{}")]
    assert rig.link.sync_once().waiting == 1
    rig.central.faults += [answering(200, "application/json", b"[" * 100_000)]
    assert rig.link.sync_once().waiting == 1


def _lying(rig: Rig, **changes: object) -> None:
    """Let the central sign words that are about something else."""
    honest = rig.central.acknowledge

    def acknowledge(item: str) -> str:
        word = _opened(rig, honest(item)).model_copy(update=changes)
        return sign_statement(word, rig.central.acknowledgement_key, ContentType.ACKNOWLEDGEMENT)

    rig.central.acknowledge = acknowledge  # type: ignore[method-assign]


def _opened(rig: Rig, signed: str) -> Acknowledgement:
    key = rig.central.acknowledgement_key.public
    return open_statement(Acknowledgement, signed, only(key), ContentType.ACKNOWLEDGEMENT)


WRONG_WORDS: dict[str, dict[str, object]] = {
    "another manifest": {"manifest_sha256": "ab" * 32},
    "another scan": {"document_sha256": "ab" * 32},
    "no scan": {"document_sha256": None},
    "another number": {"receipt_number": "C0417A-000999-61"},
    "another item": {"item_id": UUID(int=7)},
}


def wrong_words_that_pass(rig: Rig) -> list[str]:
    """Return which lies of the central end a row as delivered: none should."""
    passed = []
    honest = rig.central.acknowledge
    for name, changes in WRONG_WORDS.items():
        rig.central.acknowledge = honest  # type: ignore[method-assign]
        _lying(rig, **changes)
        item = rig.put()
        rig.link.sync_once()
        if rig.outbox.state_of(item.item_id) == "done":
            passed.append(name)
        assert rig.outbox.state_of(item.item_id) != "held"
    return passed


def test_only_a_word_for_exactly_what_was_sent_ends_a_row(rig: Rig) -> None:
    assert wrong_words_that_pass(rig) == []


def test_these_tests_would_catch_a_client_that_believes_any_word(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The mistake on purpose: everything the central signs counts as delivered.
    monkeypatch.setattr("kiosk.sync.upload._is_word_for", lambda _word, _item: True)
    assert wrong_words_that_pass(rig) == list(WRONG_WORDS)


def test_word_signed_by_somebody_else_is_not_believed(rig: Rig) -> None:
    item = rig.put()
    rig.central.acknowledgement_key = PrivateKey.generate()
    rig.central.updates = lambda cursor: SmallCentral.nothing_new(rig.central, cursor).model_copy(
        update={"trust_list": None}
    )
    report = rig.link.sync_once()
    assert (report.waiting, report.held) == (1, 0)
    assert rig.outbox.error_of(item.item_id) == "server_error"


def test_new_acknowledgement_key_is_learnt_from_the_trust_list(rig: Rig) -> None:
    rig.put()
    rig.central.acknowledgement_key = PrivateKey.generate()
    rig.central.trust_version = 2
    report = rig.link.sync_once()
    assert (report.sent, report.held, report.waiting) == (1, 0, 0)
    assert rig.memory.trust_list().version == 2


def test_word_with_a_changed_signature_is_not_believed(rig: Rig) -> None:
    honest = rig.central.acknowledge
    rig.central.acknowledge = lambda item: honest(item)[:-8] + "AAAAAAAA"  # type: ignore[method-assign]
    item = rig.put()
    assert rig.link.sync_once().waiting == 1
    assert rig.outbox.error_of(item.item_id) == "server_error"
