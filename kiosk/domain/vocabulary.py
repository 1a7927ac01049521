"""The words and values of the command line's JSON, in one table."""

from enum import StrEnum


class DossierKind(StrEnum):
    """What kind of care a dossier asks reimbursement for."""

    MALADIE = "maladie"
    ALD = "ald"
    DENTAIRE = "dentaire"
    OPTIQUE = "optique"
    MATERNITE = "maternite"


class PieceKind(StrEnum):
    """What one document in a dossier is."""

    FEUILLE_DE_SOINS = "feuille_de_soins"
    ORDONNANCE = "ordonnance"
    FACTURE = "facture"
    CODES_BARRES = "codes_barres"
    RESULTATS = "resultats"
    RADIO = "radio"
    NOTE_HONORAIRES = "note_honoraires"
    ACCORD_PREALABLE = "accord_prealable"
    CERTIFICAT = "certificat"
    AUTRE = "autre"


class Beneficiary(StrEnum):
    """Who was treated, seen from the insured person."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILD = "child"


class Depositor(StrEnum):
    """Who stands at the counter."""

    SELF = "self"
    FAMILY = "family"
    OTHER = "other"


class IdType(StrEnum):
    """Which identity document was shown."""

    CIN = "cin"
    SEJOUR = "sejour"
    SEJOUR_RECEPISSE = "sejour_recepisse"
    PASSPORT = "passport"
    NONE = "none"


class DepositState(StrEnum):
    """Where a deposit stands on this kiosk."""

    TO_SCAN = "to_scan"
    QUEUED = "queued"
    SENDING = "sending"
    ACKNOWLEDGED = "acknowledged"
    PURGED = "purged"
    HELD = "held"
    CANCELLED = "cancelled"


class HeldReason(StrEnum):
    """Why a deposit waits for a person instead of the line."""

    REFUSED_FOR_GOOD = "refused_for_good"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    BUNDLE_DAMAGED = "bundle_damaged"
    DEVICE_REVOKED = "device_revoked"


class Stage(StrEnum):
    """How far a deposit has come, as an insured person is told."""

    DEPOSITED = "deposited"
    SCAN_TO_COME = "scan_to_come"
    COPY_RECEIVED = "copy_received"
    ORIGINALS_RECEIVED = "originals_received"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    SETTLED = "settled"
    PAID = "paid"
    LOST = "lost"
    DAMAGED = "damaged"
    CANCELLED = "cancelled"


LOCAL_STAGES = frozenset({Stage.DEPOSITED, Stage.SCAN_TO_COME})
"""Stages the kiosk knows alone; every other one is the central's word."""


class WarningKind(StrEnum):
    """What an agent is told and may go past with a reason."""

    LATE_DEPOSIT = "late_deposit"
    IMMATRICULATION_KEY = "immatriculation_key"
    MISSING_PIECE = "missing_piece"
    PAGE_PROBLEM = "page_problem"
    POSSIBLE_DUPLICATE = "possible_duplicate"
    AMOUNT_OVER_NOTICE = "amount_over_notice"
    FSE_SEEN = "fse_seen"
    CLOCK_UNTRUSTED = "clock_untrusted"
    IDENTITY_DOCUMENT = "identity_document"
    INPE = "inpe"
    ICE = "ice"


class ProblemKind(StrEnum):
    """What may be wrong with a scanned page."""

    BLURRED = "blurred"
    GLARE = "glare"
    SHADOW = "shadow"
    CUT_OFF = "cut_off"
    TOO_DARK = "too_dark"
    LOW_RESOLUTION = "low_resolution"
    OUTLINE_UNCERTAIN = "outline_uncertain"
    BLANK = "blank"
    DUPLICATE_PAGE = "duplicate_page"


class EventKind(StrEnum):
    """Signed acts on a deposit after its receipt, under its number."""

    CANCELLATION = "cancellation"
    AMENDMENT = "amendment"
    COMPLEMENT = "complement"
    COMPLETION = "completion"


class AbandonReason(StrEnum):
    """Why a dossier being taken was given up: codes for the journal, never an agent's words."""

    CLIENT_TAKES_BACK = "client_takes_back"
    ENTERED_BY_MISTAKE = "entered_by_mistake"
    ALREADY_DEPOSITED = "already_deposited"
    COMMAND_ENDED = "command_ended"


class Network(StrEnum):
    """Who runs a point: the first letter of a device code. Reference data."""

    CASH_PLUS = "C"
    BARID_CASH = "B"
    CHAABI_CASH = "H"
    CNSS_AGENCY = "A"
    MOBILE_AGENCY = "M"
