"""From a draft to a receipt: what is kept, what is answered, and what is not left lying about."""

import hashlib
import io
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pikepdf
import pyrage
import pytest

from kiosk.desk.deposits import page_warnings
from kiosk.desk.sealed import page_notes
from kiosk.domain.errors import InvalidInputError, WaslError
from kiosk.domain.moments import ClockTrust
from kiosk.domain.page import Code, Outline, Page, Problem, Spot
from kiosk.domain.vocabulary import (
    AbandonReason,
    DepositState,
    PieceKind,
    ProblemKind,
    Stage,
)
from kiosk.store import high_water
from kiosk.store.errors import StoreError
from kiosk.wire.bundles import check_bundle, read_document
from kiosk.wire.manifests import MAX_MANIFEST_BYTES, read_deposit
from kiosk.wire.receipt_token import read_qr_text
from tests.desk.conftest import MakeKiosk
from tests.desk.counter import FORM, FORM_PAGE, ORDONNANCE, PERSONAL, Counter
from tests.enrolled import EnrolledKiosk, TestClock
from tests.store.faults import numbers_are_gap_free, refused_step, stands_or_falls_whole

# How readable files begin; long enough never to stand in ciphertext by chance.
OPEN = (b"%PDF-1.", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\x89PNG\r\n\x1a\n")
_PAIR = {1: PieceKind.FEUILLE_DE_SOINS, 2: PieceKind.ORDONNANCE}


def files_of(kiosk: EnrolledKiosk) -> list[Path]:
    return [file for file in kiosk.folder.root.rglob("*") if file.is_file()]


def test_answer_says_what_the_sealed_scan_is(counter: Counter) -> None:
    kiosk = counter.kiosk
    draft_id = counter.draft(FORM_PAGE, ORDONNANCE)
    answer = counter.desk.deposits.confirm(draft_id, FORM, _PAIR, uuid4())
    bundle = kiosk.store.spool.path(answer.deposit_id)
    sealed = b"".join(read_document(bundle))
    assert (answer.state, answer.page_count) == (DepositState.QUEUED, 2)
    assert answer.receipt_number.startswith("C0417A-000001-")
    assert answer.size_bytes == len(sealed)
    assert answer.sha256 == hashlib.sha256(sealed).hexdigest()
    assert check_bundle(bundle).document_sha256.hex() == answer.sha256
    assert answer.warnings == ("missing_piece:facture",)


def test_sealed_scan_opens_for_operations_and_recovery_only(counter: Counter) -> None:
    answer, central = counter.deposit(FORM_PAGE, ORDONNANCE), counter.kiosk.central
    sealed = b"".join(read_document(counter.kiosk.store.spool.path(answer.deposit_id)))
    opened = [pyrage.decrypt(sealed, [one]) for one in (central.operations, central.recovery)]
    assert opened[0] == opened[1]
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [central.intake])
    with pikepdf.open(io.BytesIO(opened[0])) as pdf:
        assert len(pdf.pages) == 2
        assert str(pdf.docinfo["/Subject"]) == str(answer.deposit_id)


def test_sealed_manifest_is_the_frozen_one(counter: Counter) -> None:
    answer, store = counter.deposit(), counter.kiosk.store
    header = check_bundle(store.spool.path(answer.deposit_id))
    frozen = store.deposit(answer.receipt_number).manifest
    assert pyrage.decrypt(header.sealed_manifest, [counter.kiosk.central.intake]) == frozen
    manifest = read_deposit(frozen)
    assert manifest.document is not None
    assert (manifest.document.sha256, manifest.insured.immatriculation) == (
        answer.sha256,
        "101455262",
    )
    assert (manifest.amount_centimes, manifest.sequence) == (84_550, 1)


def test_page_kept_as_it_is_says_so_in_the_sealed_manifest(counter: Counter) -> None:
    draft_id = counter.draft(FORM_PAGE, FORM_PAGE)  # the second is told as a duplicate
    counter.desk.drafts.change_page(draft_id, 2, keep=True)
    answer = counter.desk.deposits.confirm(draft_id, FORM, _PAIR, uuid4())
    header = check_bundle(counter.kiosk.store.spool.path(answer.deposit_id))
    opened = pyrage.decrypt(header.sealed_manifest, [counter.kiosk.central.intake])
    manifest = read_deposit(opened)
    (note,) = [n for n in manifest.page_notes if n.page == 2]
    assert "duplicate_page" in note.problems
    assert len(manifest.page_hashes) == 2
    assert len(set(manifest.page_hashes)) == 1
    assert note.original_is_so


def test_receipt_commits_to_the_manifest(counter: Counter) -> None:
    answer, kiosk = counter.deposit(), counter.kiosk
    claims = read_qr_text(answer.receipt_qr, lambda _key_id: kiosk.keys.receipt_key.public)
    stored = kiosk.store.deposit(answer.receipt_number)
    assert claims.manifest_sha256 == hashlib.sha256(stored.manifest).digest()
    assert (str(claims.receipt_number), claims.page_count) == (answer.receipt_number, 1)


def test_nothing_personal_lies_outside_the_database(counter: Counter) -> None:
    kiosk = counter.kiosk
    number = counter.deposit(FORM_PAGE, ORDONNANCE).receipt_number
    counter.desk.drafts.tidy()
    counter.desk.events.amend(number, "123456785", "Karim Alami: erreur de saisie")
    personal = [*PERSONAL, "Karim", "123456785"]
    for file in files_of(kiosk):
        assert not any(text in file.name for text in personal)
        if not file.name.startswith("wasl.db"):
            content = file.read_bytes()
            assert not any(text.encode() in content for text in personal), file.name
            assert not any(mark in content for mark in OPEN)
    journal = kiosk.store.db.conn.execute("SELECT * FROM journal").fetchall()
    assert not any(text in repr(journal) for text in personal)
    assert list(kiosk.folder.drafts.iterdir()) == []


def test_open_draft_shows_nothing_on_disk(counter: Counter) -> None:
    counter.draft(FORM_PAGE)
    (draft,) = counter.kiosk.folder.drafts.iterdir()
    contents = [file.read_bytes() for file in draft.iterdir()]
    assert len(contents) == 1
    for content in contents:
        assert not any(mark in content for mark in OPEN)


def test_same_request_makes_one_deposit(counter: Counter) -> None:
    request = uuid4()
    first = counter.deposit(request_id=request)
    assert counter.deposit(request_id=request) == first
    assert counter.desk.deposits.made_by(request) == first
    assert counter.desk.deposits.made_by(uuid4()) is None
    assert counter.desk.overview.queue().counts == {DepositState.QUEUED: 1}
    assert list(counter.kiosk.folder.drafts.iterdir()) == []


def _twice(ask: Callable[[], object]) -> list[object]:
    answers: list[object] = []

    def once() -> None:
        try:
            answers.append(ask())
        except WaslError as error:
            answers.append(error)

    threads = [threading.Thread(target=once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return answers


def test_same_request_from_two_threads_makes_one_deposit(counter: Counter) -> None:
    # A double click: two workers confirm the same draft at once.
    draft_id, request = counter.draft(FORM_PAGE), uuid4()
    answers = _twice(lambda: counter.desk.deposits.confirm(draft_id, FORM, {}, request))
    assert answers[0] == answers[1]
    assert counter.desk.overview.queue().counts == {DepositState.QUEUED: 1}
    assert numbers_are_gap_free(counter.kiosk.store)


def test_same_request_to_receive_makes_one_deposit(counter: Counter) -> None:
    request, counts = uuid4(), [(PieceKind.FEUILLE_DE_SOINS, 1)]
    answers = _twice(lambda: counter.desk.deposits.receive(FORM, counts, request))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("step", [1, 4, 12, 30])
def test_confirm_that_fails_leaves_the_draft_and_the_number(counter: Counter, step: int) -> None:
    kiosk, request = counter.kiosk, uuid4()
    draft_id = counter.draft(FORM_PAGE)
    slot = kiosk.store.next_slot("C0417A")
    connection = kiosk.store.db.conn
    broken = (
        "CREATE TEMP TRIGGER broken BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, ''); END"
    )
    connection.execute(broken)
    with pytest.raises(StoreError):
        counter.desk.deposits.confirm(draft_id, FORM, {}, request)
    connection.execute("DROP TRIGGER broken")
    with refused_step(connection, step), pytest.raises(StoreError):
        counter.desk.deposits.confirm(draft_id, FORM, {}, request)
    assert kiosk.store.next_slot("C0417A") == slot
    assert counter.desk.deposits.made_by(request) is None
    answer = counter.desk.deposits.confirm(draft_id, FORM, {}, request)
    assert answer.receipt_number == str(slot.number)
    assert stands_or_falls_whole(kiosk.store)


def test_number_is_noted_before_the_same_request_answers(counter: Counter) -> None:
    # The high-water file's block is broken when the deposit is committed.
    kiosk, request = counter.kiosk, uuid4()
    draft_id = counter.draft(FORM_PAGE)
    kiosk.folder.high_water.mkdir()
    with pytest.raises(StoreError):
        counter.desk.deposits.confirm(draft_id, FORM, {}, request)
    with pytest.raises(StoreError):
        counter.desk.deposits.confirm(draft_id, FORM, {}, request)
    kiosk.folder.high_water.rmdir()
    answer = counter.desk.deposits.confirm(draft_id, FORM, {}, request)
    assert high_water.read(kiosk.folder) == ("C0417A", 1)
    assert answer.receipt_number.startswith("C0417A-000001")
    assert list(kiosk.folder.drafts.iterdir()) == []


def test_draft_whose_files_will_not_go_changes_nothing(counter: Counter) -> None:
    # The folder is gone when the pages have been read: the deposit was committed all the same.
    draft_id = counter.draft(FORM_PAGE)
    counter.kiosk.folder.drafts.joinpath(str(draft_id)).rename(counter.kiosk.folder.root / "away")
    counter.desk.drafts.forget(draft_id, AbandonReason.ALREADY_DEPOSITED)
    with pytest.raises(InvalidInputError):
        counter.desk.drafts.pages(draft_id)
    counter.desk.drafts.forget(draft_id, AbandonReason.ALREADY_DEPOSITED)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"immatriculation": "12345678"}, "immatriculation"),
        ({"care_date": "2027-01-01"}, "care_date"),
        ({"amount": "-3"}, "amount"),
        ({"carnet_number": "C0417A-000001-54"}, "carnet"),
        ({"reason": "x" * 501}, "reason"),
    ],
)
def test_refused_field_is_named_and_the_draft_stands(
    counter: Counter, typed: dict[str, Any], field: str
) -> None:
    draft_id, before = counter.draft(FORM_PAGE), counter.kiosk.store.next_slot("C0417A")
    with pytest.raises(InvalidInputError) as refused:
        counter.deposit(**typed)
    assert refused.value.field.startswith(field)
    assert counter.kiosk.store.next_slot("C0417A") == before
    assert len(counter.desk.drafts.pages(draft_id)) == 1


def test_deposit_without_a_page_is_refused(counter: Counter) -> None:
    with pytest.raises(InvalidInputError):
        counter.desk.deposits.confirm(counter.draft(), FORM, {}, uuid4())
    with pytest.raises(InvalidInputError):
        counter.desk.deposits.confirm(uuid4(), FORM, {}, uuid4())


def test_warnings_are_told_in_the_words_of_the_contract(make: MakeKiosk) -> None:
    clock = TestClock(trust=ClockTrust.UNVERIFIED)
    counter = Counter(make(clock=clock, notice=50_000))
    first = counter.deposit(care_date="2026-08-01")
    second = counter.deposit(ORDONNANCE, care_date="2026-08-01")
    assert f"possible_duplicate:{first.receipt_number}" in second.warnings
    assert {"late_deposit", "amount_over_notice", "clock_untrusted"} <= set(second.warnings)
    assert second.warnings == counter.kiosk.store.deposit(second.receipt_number).warnings


def test_group_and_reason_travel_in_the_manifest(counter: Counter) -> None:
    group = uuid4()
    answer = counter.deposit(group_id=group, reason="pages illisibles sur l'original")
    manifest = read_deposit(counter.kiosk.store.deposit(answer.receipt_number).manifest)
    assert (manifest.group_id, manifest.reason) == (group, "pages illisibles sur l'original")


def test_scan_later_has_pieces_and_no_scan(counter: Counter) -> None:
    answer = counter.receive()
    stored = counter.kiosk.store.deposit(answer.receipt_number)
    assert (answer.state, answer.sha256, answer.size_bytes) == (DepositState.TO_SCAN, None, 0)
    assert stored.stage is Stage.SCAN_TO_COME
    pieces = [piece.kind for piece in read_deposit(stored.manifest).pieces]
    assert pieces == ["feuille_de_soins", "ordonnance", "ordonnance"]
    with pytest.raises(InvalidInputError):
        counter.desk.deposits.receive(FORM, [], uuid4())


def test_identity_is_the_point(counter: Counter) -> None:
    identity = counter.desk.deposits.identity()
    assert identity is not None
    assert (identity.device, identity.point, identity.point_name) == (
        "C0417A",
        "C0417",
        "Azrou Centre",
    )
    counter.kiosk.store.db.conn.execute("DELETE FROM memory")
    assert counter.desk.deposits.identity() is None


def _page(number: int, codes: int, problems: int) -> Page:
    spot = Spot(0.0, 0.0)
    outline = Outline(spot, spot, spot, spot)
    return Page(
        source="a.jpg",
        index=number,
        width_px=1,
        height_px=1,
        dpi=200,
        outline=None,
        outline_confidence=1.0,
        skew_deg=0.0,
        rotated_deg=0,
        sharpness=1.0,
        ink_ratio=0.1,
        fingerprint="0" * 16,
        problems=tuple(Problem(kind=kind) for kind in list(ProblemKind)[:problems]),
        codes=tuple(
            Code(format="QRCode", text="\x01" * 2000, outline=outline) for _ in range(codes)
        ),
        size_bytes=1,
    )


def test_notes_of_the_worst_dossier_stay_within_a_manifest() -> None:
    # 200 pages covered with QR codes, each with everything wrong that can be.
    pages = {number: _page(number, 20, 9) for number in range(1, 201)}
    notes = page_notes(pages)
    size = len(json.dumps([note.model_dump() for note in notes], ensure_ascii=False).encode())
    warnings = page_warnings(pages)
    assert len(notes) == 200
    assert len(warnings) == 200
    assert size + len(json.dumps(warnings)) < MAX_MANIFEST_BYTES - 4096


def test_codes_on_a_page_are_noted() -> None:
    page = _page(1, 0, 0)
    assert page_notes({1: page}) == ()
    (note,) = page_notes({7: _page(1, 2, 1)})
    assert (note.page, note.problems, len(note.codes)) == (1, ("blurred",), 1)


def test_mark_on_a_page_that_is_not_there_is_refused(counter: Counter) -> None:
    draft_id: UUID = counter.draft(FORM_PAGE)
    with pytest.raises(InvalidInputError, match="page"):
        counter.desk.deposits.confirm(draft_id, FORM, {9: PieceKind.FACTURE}, uuid4())
