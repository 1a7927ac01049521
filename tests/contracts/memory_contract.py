"""What every device's memory must do. Subclass once per implementation."""

from kiosk.sync.ports import (
    DeviceMemory,
    Told,
)
from kiosk.wire.cose import ContentType
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey
from kiosk.wire.messages import Updates
from kiosk.wire.trust import TrustList, sign_statement
from tests.contracts.outbox_contract import NOW


class DeviceMemoryContract:
    """What every device's memory must do.

    The subclass has a fixture ``memory``: that of the device ``DEVICE``, just enrolled, with
    ``first_trust()`` signed by ``TRUST_KEY`` (which its root statement names).
    """

    DEVICE = "C0417A"
    TRUST_KEY = PrivateKey(b"t" * 32)

    @staticmethod
    def first_trust() -> TrustList:
        """Return the trust list that came with the enrolment."""
        return _trust(1)

    def test_sequences_only_go_up(self, memory: DeviceMemory) -> None:
        numbers = [memory.next_sequence() for _ in range(5)]
        assert numbers == sorted(set(numbers))
        assert numbers[0] >= 1

    def test_sequence_jumps_to_what_the_central_asks_for(self, memory: DeviceMemory) -> None:
        assert memory.next_sequence(1000) >= 1000
        assert memory.next_sequence() > 1000
        assert memory.next_sequence(5) > 1001

    def test_first_cursor_is_nought_and_the_first_trust_list_is_believed(
        self, memory: DeviceMemory
    ) -> None:
        assert memory.told().cursor == 0
        assert memory.trust_list() == self.first_trust()

    def test_updates_move_the_cursor_and_bring_a_trust_list(self, memory: DeviceMemory) -> None:
        self._apply(memory, 0, 7, _trust(2))
        assert memory.told().cursor == 7
        assert memory.trust_list() == _trust(2)

    def test_newer_trust_list_is_believed_though_the_cursor_stands(
        self, memory: DeviceMemory
    ) -> None:
        # The cursor counts statuses; a trust list is newer by its own version.
        self._apply(memory, 0, 0, _trust(2))
        assert memory.trust_list() == _trust(2)

    def test_replayed_updates_change_nothing(self, memory: DeviceMemory) -> None:
        self._apply(memory, 0, 7, _trust(3))
        self._apply(memory, 0, 5, None)
        self._apply(memory, 0, 7, None)
        assert memory.told().cursor == 7
        assert memory.trust_list() == _trust(3)

    def test_trust_list_that_sync_did_not_take_is_not_kept(self, memory: DeviceMemory) -> None:
        # It was older than the one believed: sync hands over None, though the answer names one.
        self._apply(memory, 0, 7, _trust(3))
        self._apply(memory, 7, 8, None, named=_trust(2))
        assert memory.told().cursor == 8
        assert memory.trust_list() == _trust(3)

    def test_proof_is_kept_with_the_cursor_it_came_with(self, memory: DeviceMemory) -> None:
        assert memory.told() == Told(cursor=0)
        self._apply(memory, 0, 7, None, proof="seven")
        assert memory.told() == Told(cursor=7, proof="seven")
        self._apply(memory, 7, 7, None, proof="renewed")
        self._apply(memory, 0, 7, None, proof="replayed")
        assert memory.told() == Told(cursor=7, proof="renewed")
        # A central of before gives none: nothing moved, so what is kept still holds.
        self._apply(memory, 7, 7, None)
        assert memory.told() == Told(cursor=7, proof="renewed")
        self._apply(memory, 7, 8, None)
        assert memory.told() == Told(cursor=8)

    def test_updates_without_a_trust_list_keep_the_old_one(self, memory: DeviceMemory) -> None:
        self._apply(memory, 0, 3, None)
        assert memory.trust_list() == self.first_trust()

    def _apply(
        self,
        memory: DeviceMemory,
        previous: int,
        cursor: int,
        trust: TrustList | None,
        *,
        named: TrustList | None = None,
        proof: str = "",
    ) -> None:
        inside = trust or named
        updates = Updates(
            device=self.DEVICE,
            previous=previous,
            cursor=cursor,
            cursor_proof=proof,
            time=NOW,
            trust_list=sign_statement(inside, self.TRUST_KEY, ContentType.TRUST_LIST)
            if inside
            else None,
        )
        signed = sign_statement(updates, self.TRUST_KEY, ContentType.UPDATES)
        memory.apply(updates, trust, signed)


def _trust(version: int) -> TrustList:
    # The same key each time: two lists of one version are equal.
    key = PrivateKey(bytes([version]) * 32).public
    return TrustList(
        version=version, issued_at=NOW, acknowledgement_keys=(b64(key.raw),), devices=()
    )
