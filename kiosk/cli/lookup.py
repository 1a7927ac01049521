"""Looking things up: the queue, a receipt's stage, what a receipt proves."""

from argparse import Namespace
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import chain
from typing import Any

from kiosk.cli.answer import Answer, moment
from kiosk.cli.ports import OpenedKiosk
from kiosk.desk.backups import Adopted
from kiosk.desk.receipts import Verified
from kiosk.domain.errors import InvalidInputError, UnknownReceiptError, WaslError
from kiosk.domain.moments import parse_day, shown_date, shown_time
from kiosk.domain.views import QueueRow, ReceiptStatus
from kiosk.domain.vocabulary import DepositState, PieceKind, Stage
from kiosk.domain.words import PIECE_KIND, STAGE

_NOT_VERIFIED = 3


def queue(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """List every deposit not purged."""
    state = DepositState(options.state) if options.state else None
    overview = kiosk.desk.overview
    view = overview.queue(0, state)
    adopted = kiosk.desk.backups.adopted()
    fields: dict[str, object] = {
        "deposits": (_queue_entry(row) for row in overview.each(state)),
        "counts": {state.value: count for state, count in view.counts.items()},
        "oldest_s": view.oldest_s,
    }
    if adopted:  # only after a restore: others count on the three fields above
        fields["adopted"] = [_adopted_entry(one) for one in adopted]
    lines = chain(
        (
            f"{row.receipt_number}  {row.state}  {row.stage}  {shown_time(row.created_at)}"
            for row in overview.each(state)
        ),
        (f"{one.receipt_number}  adopted, to be carried" for one in adopted),
        (f"{view.waiting} to send",),
    )
    return Answer(fields=fields, lines=lines)


def _adopted_entry(one: Adopted) -> dict[str, object]:
    return {
        "item_id": str(one.item_id),
        "receipt_number": one.receipt_number,
        "bytes": one.size_bytes,
        "adopted_at": moment(one.adopted_at),
    }


def find(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Tell the stage of a receipt; a QR text also asks the central."""
    if options.receipt and (options.immatriculation or options.care_date):
        raise InvalidInputError("arguments", "a receipt, or a person and a day, not both")
    if options.receipt:
        return _found([_asked(kiosk, options.receipt)])
    if not (options.immatriculation and options.care_date):
        raise InvalidInputError("arguments", "--immatriculation and --care-date go together")
    day = parse_day(options.care_date, "care_date")
    found = kiosk.desk.overview.find_person(options.immatriculation, day)
    if not found:
        raise UnknownReceiptError("no deposit of that person and day is kept on this kiosk")
    return _found([_status_entry(status) for status in found])


def receipt(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    """Show, print or verify a receipt."""
    acts = {"show": _show, "print": _print, "verify": _verify}
    return acts[options.act](kiosk, options)


def _show(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    number = kiosk.desk.receipts.number_in(options.receipt)
    row = kiosk.desk.overview.row(number)
    status = kiosk.desk.overview.find(number)
    fields = _status_entry(status) | ({"deposit": _queue_entry(row)} if row else {})
    return Answer(
        fields=fields, lines=chain(_told(_status_entry(status)), (shown_time(status.at),))
    )


def _print(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    picture = kiosk.desk.papers.print_receipt(
        options.receipt, options.printer, agent=options.actor.name
    )
    number = picture.receipt_number
    return Answer(
        fields={"receipt_number": number, "printed": True}, lines=(f"{number} is printed",)
    )


def _verify(kiosk: OpenedKiosk, options: Namespace) -> Answer:
    verified = kiosk.desk.receipts.verify(options.receipt)
    word = "valid" if verified.is_valid else f"not valid: {verified.reason}"
    return Answer(
        fields=_verified_entry(verified),
        lines=(f"{verified.receipt_number or 'receipt'}  {word}",),
        exit_code=0 if verified.is_valid else _NOT_VERIFIED,
    )


def _asked(kiosk: OpenedKiosk, given: str) -> dict[str, object]:
    is_qr = kiosk.desk.receipts.is_receipt(given)
    try:
        entry = _status_entry(kiosk.desk.overview.find(given))
    except UnknownReceiptError:
        if not is_qr:
            raise
        entry = {}
    return entry | _from_central(kiosk, given, is_known_here=bool(entry)) if is_qr else entry


def _from_central(kiosk: OpenedKiosk, qr_text: str, *, is_known_here: bool) -> dict[str, object]:
    try:
        answer = kiosk.link.ask_status(qr_text.strip())
    except WaslError as error:
        if not is_known_here:
            raise
        return {"central": error.code.value}
    if not answer.known:
        if not is_known_here:
            raise UnknownReceiptError("neither this kiosk nor the central knows the receipt")
        return {"central": "unknown"}
    entry: dict[str, object] = {"central": "known", "receipt_number": answer.receipt_number}
    if answer.status is not None:
        entry |= {
            "stage": answer.status.status.value,
            "at": moment(answer.status.at),
            "known_here": is_known_here,
            "text_fr": answer.status.text_fr,
            "text_ar": answer.status.text_ar,
            "pieces_to_bring": [piece.value for piece in answer.status.pieces_to_bring],
            "reason_codes": list(answer.status.reason_codes),
            "last_day": _day(answer.status.last_day),
        }
    return entry


def _found(entries: list[dict[str, object]]) -> Answer:
    lines = (
        line
        for entry in entries
        for line in (_told(entry) if "stage" in entry else [str(entry["receipt_number"])])
    )
    return Answer(fields={"receipts": entries}, lines=lines)


def _status_entry(status: ReceiptStatus) -> dict[str, object]:
    return {
        "receipt_number": status.receipt_number,
        "stage": status.stage.value,
        "created_at": moment(status.created_at),
        "at": moment(status.at),
        "known_here": status.known_here,
        "text_fr": status.text_fr,
        "text_ar": status.text_ar,
        "pieces_to_bring": [piece.value for piece in status.pieces_to_bring],
        "reason_codes": list(status.reason_codes),
        "last_day": _day(status.last_day),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _told(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is to be read to the insured person: stage, reasons, pieces, last day."""
    stage = Stage(entry["stage"])
    words = STAGE[stage]
    yield f"{entry['receipt_number']}  {stage}  {words.fr}  {words.ar}"
    yield from (f"  {entry[text]}" for text in ("text_fr", "text_ar") if entry[text])
    pieces = [PIECE_KIND[PieceKind(piece)] for piece in entry["pieces_to_bring"]]
    if pieces:
        yield f"  À apporter : {', '.join(piece.fr for piece in pieces)}"
        yield f"  ما يجب إحضاره: {'، '.join(piece.ar for piece in pieces)}"
    if entry["last_day"]:
        day = shown_date(date.fromisoformat(entry["last_day"]))
        yield f"  Dernier jour : {day}"
        yield f"  آخر أجل: {day}"


def _queue_entry(row: QueueRow) -> dict[str, object]:
    return {
        "deposit_id": str(row.deposit_id),
        "receipt_number": row.receipt_number,
        "state": row.state.value,
        "held_reason": row.held_reason.value if row.held_reason else None,
        "created_at": moment(row.created_at),
        "bytes": row.size_bytes,
        "attempts": row.attempts,
        "next_attempt_at": moment(row.next_attempt_at),
        "last_error": row.last_error,
    }


def _verified_entry(verified: Verified) -> dict[str, object]:
    stage: Stage | None = verified.stage
    return {
        "valid": verified.is_valid,
        "reason": verified.reason,
        "receipt_number": verified.receipt_number,
        "claims": verified.claims.as_json() if verified.claims else None,
        "known_here": verified.is_known_here,
        "stage": stage.value if stage else None,
        "trust_list_age_days": verified.trust_list_age_days,
    }
