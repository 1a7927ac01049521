"""What an agent types for a deposit, judged field by field and read as a whole.

The window judges a field when it is left; the command line reads the whole form. Both use this.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kiosk.domain import identifiers, moments, money
from kiosk.domain.dossier import Dossier, Insured, Piece
from kiosk.domain.errors import InvalidInputError, NotAReceiptError
from kiosk.domain.identifiers import Judged
from kiosk.domain.receipt_number import parse as parse_number
from kiosk.domain.vocabulary import Beneficiary, Depositor, DossierKind, IdType, WarningKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositForm:
    """A deposit as typed: texts are raw, choices already are choices."""

    immatriculation: str = ""
    id_type: IdType = IdType.NONE
    id_number: str = ""
    phone: str = ""
    beneficiary: Beneficiary = Beneficiary.SELF
    depositor: Depositor = Depositor.SELF
    kind: DossierKind = DossierKind.MALADIE
    care_date: str = ""
    end_date: str = ""
    amount: str = ""
    group_id: UUID | None = None
    carnet_number: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadForm:
    """A form that may become a deposit, and what is to be said about it."""

    dossier: Dossier
    warnings: tuple[WarningKind, ...]


MAX_REASON = 500


def read(form: DepositForm, pieces: tuple[Piece, ...], today: date) -> ReadForm:
    """Return the dossier a form describes; *today* is the day in Casablanca.

    Raises:
        InvalidInputError: The first field that cannot be right.
    """
    number = _judged("immatriculation", identifiers.immatriculation(form.immatriculation))
    document = _judged("id_number", identifiers.identity_document(form.id_type, form.id_number))
    phone = _judged("phone", identifiers.phone(form.phone))
    care_date = moments.parse_day(form.care_date, "care_date")
    end_date = moments.parse_day(form.end_date, "end_date") if form.end_date.strip() else None
    moments.check_care_dates(care_date, end_date, today)
    dossier = Dossier(
        insured=Insured(
            immatriculation=number.value or "",
            id_type=form.id_type,
            id_number=document.value or "",
            phone=phone.value or "",
        ),
        kind=form.kind,
        beneficiary=form.beneficiary,
        depositor=form.depositor,
        care_date=care_date,
        end_date=end_date,
        amount_centimes=money.parse(form.amount),
        pieces=pieces,
        group_id=form.group_id,
        carnet_number=_carnet(form.carnet_number) if form.carnet_number.strip() else None,
    )
    if len(form.reason) > MAX_REASON:
        raise InvalidInputError("reason", f"at most {MAX_REASON} characters")
    judged = [number.warning, document.warning]
    if today > moments.deadline(care_date, end_date):
        judged.append(WarningKind.LATE_DEPOSIT)
    return ReadForm(dossier=dossier, warnings=tuple(one for one in judged if one is not None))


def _carnet(text: str) -> str:
    try:
        return str(parse_number(text))
    except NotAReceiptError as error:
        raise InvalidInputError("carnet_number", "is no receipt number") from error


def _judged(field: str, judged: Judged) -> Judged:
    if judged.fault is not None:
        raise InvalidInputError(field, judged.fault.value)
    return judged
