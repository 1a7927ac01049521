"""A newer trust list, fetched in parts: a cut costs one part, and nothing waits behind it."""

import threading
from dataclasses import replace

from kiosk.sync.outcomes import OutcomeClass, exchange_error
from kiosk.sync.ports import Parts, TrustLists
from kiosk.sync.transport import Transport
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import TRUST
from kiosk.wire.trust import TrustList
from kiosk.wire.trust_parts import (
    MAX_ENTRIES,
    MAX_PACKED_PART_BYTES,
    ListPart,
    put_in,
    signed_list,
    unpack_part,
)

MOST_PARTS = 400
"""Twice as many as a list of the most devices takes."""
_UNBELIEVED = (BadSignatureError, UnknownKeyError, MalformedMessageError)


class ListFetcher:
    """Brings the list kept up to the central's. What does not come to what was signed is dropped.

    Args:
        trust_key: Whose signature over the whole list is the only reason to believe it.
        stopping: Set when the program is closing; what came by then is kept.
        most_parts: How many are asked for at a time, so that nobody is led on for ever.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        lists: TrustLists,
        trust_key: PublicKey,
        stopping: threading.Event,
        most_parts: int = MOST_PARTS,
    ) -> None:
        self._transport = transport
        self._lists = lists
        self._trust_key = trust_key
        self._stopping = stopping
        self._most_parts = most_parts

    def fetch(self, base: int, configuration: str | None) -> None:
        """Fetch what changed since version *base* of the list kept; 0: the whole list anew.

        *configuration* is what came with the word that there is a newer list.

        Raises:
            ExchangeError: The line failed, and what came is kept; or no list that was signed came
                of it, neither from the one kept nor from none.
        """
        begun = self._lists.parts()
        is_begun = begun is not None and begun.base == base
        if base or is_begun:
            parts = begun if begun and is_begun else Parts(base=base, after=base)
            try:
                self._gather(parts, configuration)
            except _UNBELIEVED:
                # Restored centrals forget devices. The whole list needs nothing of before.
                self._lists.keep_parts(None)
            else:
                return
        try:
            self._gather(Parts(base=0, after=0), configuration)
        except _UNBELIEVED as error:
            self._lists.keep_parts(None)
            raise exchange_error(OutcomeClass.SERVER_ERROR, str(error)) from error

    def _gather(self, parts: Parts, configuration: str | None) -> None:
        for _ in range(self._most_parts):
            if self._stopping.is_set():
                return
            part = self._ask(parts.after)
            devices = put_in(parts.devices, part.devices)
            if len(devices) > MAX_ENTRIES:
                raise MalformedMessageError("more devices than a list may name")
            parts = replace(parts, after=part.upto, devices=devices)
            if part.signature is not None:
                signed, trust = self._whole(parts, part)
                self._lists.keep_list(signed, trust, configuration)
                return
            self._lists.keep_parts(parts)
        raise MalformedMessageError("parts without an end")

    def _ask(self, after: int) -> ListPart:
        path = f"{TRUST}?after={after}"
        answer = self._transport.signed("GET", path, limit=MAX_PACKED_PART_BYTES)
        part = unpack_part(answer.body)
        if part.after != after or (part.signature is None and part.upto <= after):
            raise MalformedMessageError("a part that leads nowhere")
        if part.signature is None and not part.devices:
            raise MalformedMessageError("a part without a device")
        return part

    def _whole(self, parts: Parts, last: ListPart) -> tuple[str, TrustList]:
        held = self._lists.list_entries() if parts.base else ()
        return signed_list(put_in(held, parts.devices), last, self._trust_key)
