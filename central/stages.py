"""The stage of one receipt, for whoever holds its QR."""

from sqlalchemy import Connection, select

from central import registry, rotation, statuses
from central.errors import ProblemError
from central.schema import deposits
from kiosk.domain.errors import NotAReceiptError
from kiosk.wire.errors import BadSignatureError, UnknownKeyError
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import ProblemType, StatusAnswer
from kiosk.wire.receipt_token import read_qr_text


def of_receipt(connection: Connection, qr_text: str) -> StatusAnswer:
    """Return the stage of the receipt whose QR says *qr_text*.

    Raises:
        ProblemError: Not a receipt's QR, or not signed by the device that numbered it.
    """
    signers: list[registry.Device] = []

    def resolve(key_id: bytes) -> PublicKey | None:
        signer = rotation.signer(connection, key_id, "receipt")
        if signer is None:
            return None
        signers.append(signer[0])
        return signer[1]

    try:
        claims = read_qr_text(qr_text, resolve)
    except (NotAReceiptError, BadSignatureError, UnknownKeyError) as error:
        raise ProblemError(422, ProblemType.MALFORMED, "not a receipt that holds") from error
    author = registry.by_code(connection, claims.receipt_number.device)
    if author is None or author not in signers:
        raise ProblemError(422, ProblemType.MALFORMED, "not a receipt that holds")
    number = str(claims.receipt_number)
    deposit = connection.execute(
        select(deposits).where(deposits.c.receipt_number == number)
    ).one_or_none()
    is_known = deposit is not None and deposit.id == claims.deposit_id
    point = claims.receipt_number.point
    return StatusAnswer(
        receipt_number=number,
        known=is_known,
        revoked_device=author.is_revoked,
        status=statuses.latest(connection, point, number) if is_known else None,
    )
