"""What is new at the central for this device: fetched, verified, taken in."""

from collections.abc import Callable

from kiosk.sync.list_parts import ListFetcher
from kiosk.sync.outcomes import OutcomeClass, exchange_error
from kiosk.sync.ports import DeviceMemory, Roots
from kiosk.sync.transport import Transport
from kiosk.wire.cose import ContentType
from kiosk.wire.errors import BadSignatureError, MalformedMessageError, UnknownKeyError
from kiosk.wire.keys import PublicKey
from kiosk.wire.messages import UPDATES, Updates, UpdatesAnswer
from kiosk.wire.trust import Configuration, TrustList, only, open_statement

MAX_UPDATES_BYTES = 5 * 1024 * 1024
_MAX_ROUNDS = 1000


class UpdatesFeed:
    """Follows the central's cursor feed. Replayed or reordered answers change nothing.

    Args:
        roots: The root's word that *trust_key* comes from.
        lists: Fetches a newer trust list in parts; None: it comes whole with the updates.
        on_stranger: Called when a word is by another key, or the root has said something newer.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        memory: DeviceMemory,
        device: str,
        trust_key: PublicKey,
        roots: Roots | None = None,
        lists: ListFetcher | None = None,
        on_stranger: Callable[[], object] = lambda: None,
    ) -> None:
        self._transport = transport
        self._memory = memory
        self._device = device
        self._trust_key = trust_key
        self._roots = roots
        self._lists = lists
        self._on_stranger = on_stranger
        # Not remembered between runs of the program: the first answer brings the configuration.
        self._config_version = 0

    def fetch(self) -> None:
        """Take in everything that is new; a trust list that comes in parts is fetched last.

        Raises:
            ExchangeError: The line failed, or the answer is not the central's word for this
                device at this cursor; what came before it is kept.
        """
        for _ in range(_MAX_ROUNDS):
            told, trust = self._memory.told(), self._trust_version()
            cursor = told.cursor
            # Both by a new trust key come at once, so both are asked for until they are there.
            config = self._config_version if trust else 0
            query = f"cursor={cursor}&trust={trust}&config={config}"
            if told.proof:
                query += f"&proof={told.proof}"
            if self._lists is not None:
                query += "&parts=1"
            answer = self._transport.signed("GET", f"{UPDATES}?{query}", limit=MAX_UPDATES_BYTES)
            updates = self._take_in(answer.read(UpdatesAnswer).updates, cursor, trust)
            if not updates.more:
                if self._lists is not None and (updates.trust_version or 0) > trust:
                    self._lists.fetch(trust, updates.configuration)
                return
            if updates.cursor <= cursor:
                break
        raise exchange_error(OutcomeClass.SERVER_ERROR, "updates that lead nowhere")

    def _trust_version(self) -> int:
        # A list by a key that was given up is older than any by its successor.
        if self._roots is not None and self._roots.is_list_former():
            return 0
        return self._memory.trust_list().version

    def _take_in(self, signed: str, cursor: int, at_least: int) -> Updates:
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
            if isinstance(error, UnknownKeyError):
                self._on_stranger()
            raise exchange_error(OutcomeClass.SERVER_ERROR, str(error)) from error
        if trust is not None and trust.version < at_least:
            # Well signed, but old: believing it would bring back keys that were withdrawn.
            trust = None
        self._memory.apply(updates, trust, signed)
        self._config_version = version
        if self._roots is not None:
            known = self._roots.root().statement.version
            if (updates.root_version or 0) > known:
                self._on_stranger()
        return updates
