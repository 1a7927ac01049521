"""The fakes keep the contracts that the store keeps."""

import pytest

from kiosk.sync.ports import DeviceMemory
from tests.contracts.memory_contract import DeviceMemoryContract
from tests.contracts.outbox_contract import OutboxContract
from tests.fakes.memory_outbox import MemoryDevice
from tests.sync.items import MemoryBench


class TestMemoryOutbox(OutboxContract):
    @pytest.fixture
    def bench(self) -> MemoryBench:
        return MemoryBench()


class TestMemoryDevice(DeviceMemoryContract):
    @pytest.fixture
    def memory(self) -> DeviceMemory:
        return MemoryDevice(self.first_trust())
