"""What happens at the counter: deposit, complete, cancel, amend."""

import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from kiosk.cli.answer import Answer
from kiosk.cli.ports import OpenedKiosk
from kiosk.domain.errors import (
    EncryptedPdfError,
    ErrorCode,
    FileTooLargeError,
    InvalidInputError,
    PrinterFault,
    PrinterUnavailableError,
    UnreadableFileError,
    WaslError,
)
from kiosk.domain.form import DepositForm
from kiosk.domain.ids import uuid7
from kiosk.domain.views import Deposited, DraftPage, EventRecorded, PageFault
from kiosk.domain.vocabulary import (
    AbandonReason,
    Beneficiary,
    Depositor,
    DossierKind,
    IdType,
    PieceKind,
)

_FILE_PRINTER = "pdf:"


def deposit(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Take one whole dossier, or the missing pieces of a returned one."""
    _check_use(options)
    if options.complement_of:
        return _complement(kiosk, options)
    request_id = options.request_id or uuid7(datetime.now(UTC))
    made = kiosk.desk.deposits.made_by(request_id)
    if made is None:
        made = _take(kiosk, options, request_id)
    return _deposited(made, _print(kiosk, options, made.receipt_number))


def complete(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Bring the scan of a deposit taken without one."""
    draft_id, marks = _draft(kiosk, options.pages, options.piece)
    try:
        recorded = kiosk.desk.events.complete(options.receipt, draft_id, marks, options.actor.name)
    except WaslError:
        kiosk.desk.drafts.forget(draft_id, AbandonReason.COMMAND_ENDED)
        raise
    return _recorded(recorded)


def cancel(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Cancel a deposit."""
    agent = options.actor.name
    return _recorded(kiosk.desk.events.cancel(options.receipt, options.reason, agent))


def amend(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Correct a wrong immatriculation."""
    recorded = kiosk.desk.events.amend(
        options.receipt, options.immatriculation, options.reason, options.actor.name
    )
    return _recorded(recorded)


def _take(kiosk: OpenedKiosk, options: Namespace, request_id: UUID) -> Deposited:
    form, agent = _form(options), options.actor.name
    if options.scan_later:
        return kiosk.desk.deposits.receive(form, _counts(options.pieces), request_id, agent)
    draft_id, marks = _draft(kiosk, options.pages, options.piece)
    try:
        return kiosk.desk.deposits.confirm(draft_id, form, marks, request_id, agent)
    except WaslError:
        kiosk.desk.drafts.forget(draft_id, AbandonReason.COMMAND_ENDED)
        raise


def _complement(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    draft_id, marks = _draft(kiosk, options.pages, options.piece)
    try:
        recorded = kiosk.desk.events.complement(
            options.complement_of, draft_id, marks, options.reason, options.actor.name
        )
    except WaslError:
        kiosk.desk.drafts.forget(draft_id, AbandonReason.COMMAND_ENDED)
        raise
    return _recorded(recorded)


def _check_use(options: Namespace) -> None:
    if options.complement_of:
        if not options.pages:
            raise InvalidInputError("pages", "a complement needs --pages")
        return
    if options.kind is None:
        raise InvalidInputError("kind", "--kind is needed")
    if bool(options.pages) == bool(options.scan_later):
        raise InvalidInputError("pages", "either --pages or --scan-later is needed")
    if options.scan_later and not options.pieces:
        raise InvalidInputError("pieces", "--scan-later needs --pieces KIND=COUNT")
    if options.pieces and not options.scan_later:
        raise InvalidInputError("pieces", "--pieces goes with --scan-later")


def _form(options: Namespace) -> DepositForm:
    return DepositForm(
        immatriculation=options.immatriculation,
        id_type=IdType(options.id_type),
        id_number=options.id_number,
        phone=options.phone,
        beneficiary=Beneficiary(options.beneficiary),
        depositor=Depositor(options.depositor),
        kind=DossierKind(options.kind),
        care_date=options.care_date,
        end_date=options.end_date,
        amount=options.amount,
        group_id=options.group,
        reason=options.reason,
    )


def _draft(
    kiosk: OpenedKiosk, files: Sequence[str], piece_marks: Iterable[str]
) -> tuple[UUID, dict[int, PieceKind]]:
    marks = _marks(piece_marks)
    drafts = kiosk.desk.drafts
    draft_id = drafts.begin(for_command=True)
    faults: list[PageFault] = []
    order: list[int] = []

    def on_page(page: DraftPage | PageFault) -> None:
        if isinstance(page, PageFault):
            faults.append(page)
        else:
            order.append(page.page_id)

    try:
        for file in files:
            drafts.add_pages(draft_id, Path(file), on_page)
            if faults:
                raise _refusal(faults[0])
        strangers = [number for number in marks if not 1 <= number <= len(order)]
        if strangers:
            raise InvalidInputError("piece", f"there is no page {strangers[0]}")
    except WaslError:
        drafts.forget(draft_id, AbandonReason.COMMAND_ENDED)
        raise
    return draft_id, {order[number - 1]: kind for number, kind in marks.items()}


def _refusal(fault: PageFault) -> WaslError:
    kinds: dict[ErrorCode, type[WaslError]] = {
        ErrorCode.FILE_TOO_LARGE: FileTooLargeError,
        ErrorCode.ENCRYPTED_PDF: EncryptedPdfError,
    }
    kind = kinds.get(fault.code, UnreadableFileError)
    return kind(f"page {fault.index} of a file: {fault.message}")


def _marks(texts: Iterable[str]) -> dict[int, PieceKind]:
    marks: dict[int, PieceKind] = {}
    for text in texts:
        number, _, kind = text.partition("=")
        try:
            marks[int(number)] = PieceKind(kind)
        except ValueError:
            raise InvalidInputError("piece", f"{text!r} is not N=KIND") from None
    return marks


def _counts(texts: Iterable[str]) -> list[tuple[PieceKind, int]]:
    counts = []
    for text in texts:
        kind, _, count = text.partition("=")
        try:
            counts.append((PieceKind(kind), int(count)))
        except ValueError:
            raise InvalidInputError("pieces", f"{text!r} is not KIND=COUNT") from None
    return counts


def _print(kiosk: OpenedKiosk, options: Namespace, number: str) -> str | None:
    """Print what nobody has confirmed yet; a printer's fault changes nothing about the deposit."""
    printer: str | None = options.printer
    file = printer[len(_FILE_PRINTER) :] if printer and printer.startswith(_FILE_PRINTER) else None
    if any(one.receipt_number == number for one in kiosk.desk.overview.open_prints()):
        try:
            kiosk.desk.papers.print_receipt(number, printer, agent=options.actor.name)
        except PrinterUnavailableError as error:
            if error.fault is not PrinterFault.NO_PRINTER or printer is not None:
                print(f"{error.code}: {error}; the deposit stands", file=sys.stderr)
            return None
    return file if file is not None and Path(file).exists() else None


def _deposited(made: Deposited, receipt_file: str | None) -> Answer:
    fields = {
        "deposit_id": str(made.deposit_id),
        "receipt_number": made.receipt_number,
        "receipt_qr": made.receipt_qr,
        "state": made.state.value,
        "pages": made.page_count,
        "bytes": made.size_bytes,
        "sha256": made.sha256,
        "warnings": list(made.warnings),
        "receipt_file": receipt_file,
    }
    lines = [f"{made.receipt_number}  {made.state}  {made.page_count} pages"]
    lines += [f"  warning: {warning}" for warning in made.warnings]
    if receipt_file:
        lines.append(f"  receipt: {receipt_file}")
    return Answer(fields=fields, lines=tuple(lines))


def _recorded(recorded: EventRecorded) -> Answer:
    fields = {
        "event_id": str(recorded.event_id),
        "receipt_number": recorded.receipt_number,
        "event": recorded.event,
        "state": recorded.state.value if recorded.state else None,
    }
    line = f"{recorded.receipt_number}  {recorded.event}  {recorded.state or 'of another kiosk'}"
    return Answer(fields=fields, lines=(line,))
