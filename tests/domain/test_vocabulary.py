"""Words and values are those of the command line's contract, copied here as they stand there."""

from enum import StrEnum
from pathlib import Path

import pytest

from kiosk.domain.errors import ErrorCode, WaslError, exit_code
from kiosk.domain.vocabulary import (
    LOCAL_STAGES,
    Beneficiary,
    Depositor,
    DepositState,
    DossierKind,
    HeldReason,
    IdType,
    Network,
    PieceKind,
    ProblemKind,
    Stage,
    WarningKind,
)

ROOT = Path(__file__).resolve().parents[2]
CONTRACT: list[tuple[type[StrEnum], str]] = [
    (DossierKind, "maladie ald dentaire optique maternite"),
    (
        PieceKind,
        "feuille_de_soins ordonnance facture codes_barres resultats radio note_honoraires"
        " accord_prealable certificat autre",
    ),
    (Beneficiary, "self spouse child"),
    (Depositor, "self family other"),
    (IdType, "cin sejour sejour_recepisse passport none"),
    (Network, "C B H A M"),
    (DepositState, "to_scan queued sending acknowledged purged held cancelled"),
    (HeldReason, "refused_for_good conflict too_large bundle_damaged device_revoked"),
    (
        Stage,
        "deposited scan_to_come"
        " copy_received originals_received in_review returned settled paid lost damaged cancelled",
    ),
    (
        WarningKind,
        "late_deposit immatriculation_key missing_piece page_problem possible_duplicate"
        " amount_over_notice fse_seen clock_untrusted identity_document inpe ice",
    ),
    (
        ProblemKind,
        "blurred glare shadow cut_off too_dark low_resolution outline_uncertain blank"
        " duplicate_page",
    ),
]

EXIT_CODES = {
    1: "another_writer newer_database damaged_database wrong_key foreign_backup disk_full read_only"
    " device_unavailable offline refused revoked tls",
    2: "invalid_input unknown_receipt unreadable_file file_too_large encrypted_pdf not_enrolled"
    " wrong_pin locked_out forbidden not_cancellable not_a_receipt",
    3: "bad_signature unknown_key journal_broken",
}


@pytest.mark.parametrize(("table", "words"), CONTRACT, ids=lambda one: getattr(one, "__name__", ""))
def test_values_are_those_of_the_contract(table: type[StrEnum], words: str) -> None:
    assert [one.value for one in table] == words.split()


def test_stages_beside_the_central_s_are_the_kiosk_s_own() -> None:
    assert {stage.value for stage in LOCAL_STAGES} == {"deposited", "scan_to_come"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [(word, number) for number, words in EXIT_CODES.items() for word in words.split()],
)
def test_error_ends_with_the_contract_s_exit_code(code: str, expected: int) -> None:
    assert exit_code(ErrorCode(code)) == expected


def test_no_error_code_stands_outside_the_contract() -> None:
    listed = {word for words in EXIT_CODES.values() for word in words.split()}
    assert {code.value for code in ErrorCode} == listed


def kinds_of(error: type[WaslError]) -> list[type[WaslError]]:
    return [error, *(deeper for one in error.__subclasses__() for deeper in kinds_of(one))]


def test_every_error_raised_on_purpose_has_a_code() -> None:
    kinds = [one for one in kinds_of(WaslError)[1:] if one.__module__.startswith("kiosk.domain")]
    bases = [one for one in kinds if one.__subclasses__() and not hasattr(one, "code")]
    named = [one for one in kinds if one not in bases]
    assert len(named) >= 9
    for error in named:
        assert isinstance(error.code, ErrorCode)
        assert error.__doc__
    # A base that stands for several has none, and is never raised itself.
    program = [file.read_text("utf-8") for file in (ROOT / "kiosk").rglob("*.py")]
    for base in bases:
        assert not any(f"raise {base.__name__}(" in text for text in program)
