"""The stage of one receipt, asked of the central by the text of its QR."""

from kiosk.domain.errors import NotAReceiptError
from kiosk.sync.transport import Transport
from kiosk.wire.messages import STATUS, StatusAnswer, StatusQuestion
from kiosk.wire.receipt_token import is_receipt_text


def ask(transport: Transport, qr_text: str) -> StatusAnswer:
    """Return what the central knows of that receipt; never identity or kind of care.

    Raises:
        NotAReceiptError: The text is not that of a receipt's QR; nothing is asked.
        ExchangeError: No answer, or a refusal.
    """
    if not is_receipt_text(qr_text):
        raise NotAReceiptError("the text is not that of a receipt's QR")
    question = StatusQuestion(qr_text=qr_text.strip())
    return transport.signed(
        "POST",
        STATUS,
        question.model_dump_json().encode("utf-8"),
        headers={"Content-Type": "application/json"},
    ).read(StatusAnswer)
