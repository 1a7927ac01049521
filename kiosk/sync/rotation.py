"""A device's new keys told to the central, signed by the old one and by themselves."""

from kiosk.sync.outcomes import ExchangeError, OutcomeClass
from kiosk.sync.transport import Transport
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey, PublicKey
from kiosk.wire.messages import KEYS, UPDATES, KeyChange, NewKeys
from kiosk.wire.trust import sign_statement


def tell_new_keys(
    old: Transport, new: Transport, *, device: str, request_key: PrivateKey, receipt_key: PublicKey
) -> None:
    """Return once the central knows the new keys.

    An answer may have been lost before: then the old key is refused, and the new one is not.

    Raises:
        ExchangeError: No answer, or a refusal; the keys of before are still the device's.
    """
    told = NewKeys(
        device=device,
        request_key=b64(request_key.public.raw),
        receipt_key=b64(receipt_key.raw),
    )
    change = KeyChange(
        request_key=told.request_key,
        receipt_key=told.receipt_key,
        proof=sign_statement(told, request_key, ContentType.NEW_KEYS),
    )
    headers = {"Content-Type": "application/json"}
    try:
        old.signed("POST", KEYS, change.model_dump_json().encode("ascii"), headers=headers)
    except ExchangeError as error:
        if error.outcome is not OutcomeClass.SIGNATURE_REFUSED:
            raise
        new.signed("GET", f"{UPDATES}?cursor=0&parts=1")
