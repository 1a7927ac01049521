"""What is new at the central for this device: fetched, verified, taken in."""

from kiosk.sync.outcomes import OutcomeClass, exchange_error
from kiosk.sync.ports import DeviceMemory
from kiosk.sync.transport import Transport
from kiosk.wire.cose import ContentType
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import UPDATES, Updates, UpdatesAnswer
from kiosk.wire.trust import Configuration, TrustList, only, open_statement

MAX_UPDATES_BYTES = 5 * 1024 * 1024
_MAX_ROUNDS = 1000


class UpdatesFeed:
    """Follows the central's cursor feed. Replayed or reordered answers change nothing."""

    def __init__(
        self, *, transport: Transport, memory: DeviceMemory, device: str, trust_key: PublicKey
    ) -> None:
        self._transport = transport
        self._memory = memory
        self._device = device
        self._trust_key = trust_key
        # Not remembered between runs of the program: the first answer brings the configuration.
        self._config_version = 0

    def fetch(self) -> None:
        """Take in everything that is new.

        Raises:
            ExchangeError: The line failed, or the answer is not the central's word for this
                device at this cursor; what came before it is kept.
        """
        for _ in range(_MAX_ROUNDS):
            cursor, trust = self._memory.cursor(), self._memory.trust_list().version
            query = f"cursor={cursor}&trust={trust}&config={self._config_version}"
            answer = self._transport.signed("GET", f"{UPDATES}?{query}", limit=MAX_UPDATES_BYTES)
            updates = self._take_in(answer.read(UpdatesAnswer).updates, cursor)
            if not updates.more:
                return
            if updates.cursor <= cursor:
                break
        raise exchange_error(OutcomeClass.SERVER_ERROR, "updates that lead nowhere")

    def _take_in(self, signed: str, cursor: int) -> Updates:
        trust_key = only(self._trust_key)
        try:
            updates = open_statement(Updates, signed, trust_key, ContentType.UPDATES)
            if updates.device != self._device or updates.previous != cursor:
                raise BadSignatureError("updates for another device or another cursor")
            if updates.cursor < cursor:
                raise BadSignatureError("updates that go back")
            trust = None
            if updates.trust_list is not None:
                trust = open_statement(
                    TrustList, updates.trust_list, trust_key, ContentType.TRUST_LIST
                )
            version = self._config_version
            if updates.configuration is not None:
                version = open_statement(
                    Configuration, updates.configuration, trust_key, ContentType.CONFIGURATION
                ).version
        except (BadSignatureError, UnknownKeyError, MalformedMessageError) as error:
            raise exchange_error(OutcomeClass.SERVER_ERROR, str(error)) from error
        if trust is not None and trust.version < self._memory.trust_list().version:
            # Well signed, but old: believing it would bring back keys that were withdrawn.
            trust = None
        self._memory.apply(updates, trust, signed)
        self._config_version = version
        return updates
