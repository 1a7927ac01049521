"""A country's trust list reaches a new counter in parts, over a line that is cut on the way."""

from itertools import chain
from pathlib import Path

import pytest

from kiosk.app import open_kiosk
from kiosk.wire.trust import TrustList
from tests.central.crowd import crowd
from tests.central.running import in_thread
from tests.e2e.commands import Counter
from tests.fakes.proxy import Fate, kind_fates, proxied

MANY = 130
"""Devices whose list is longer than what comes with an enrolment."""
CUT_AFTER = 7_000
"""Bytes both ways: TLS and the news take some 4,000 of them, a part of so many devices 6,000."""


def listed(counter: Counter) -> TrustList:
    """Return the list that a counter believes."""
    with open_kiosk(counter.data, writing=False) as kiosk:
        return kiosk.store.memory.trust_list()


def test_new_counter_begins_at_once_and_has_the_whole_list_after_a_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_KEYS", str(tmp_path / "keys"))
    counter = Counter(data=tmp_path / "kiosk")
    with in_thread(tmp_path / "central") as central:
        crowd(central.services.database, MANY, central.services.now())
        with proxied(int(central.url.rpartition(":")[2])) as proxy:
            place = ("--central", f"https://127.0.0.1:{proxy.port}", "--ca", central.ca_file)
            assert counter.run("enrol", central.code("C9001"), *place).exit_code == 0
            assert (listed(counter).version, len(listed(counter).devices)) == (1, 2)
            proxy.treat(chain([Fate(cut_after=CUT_AFTER)], kind_fates()))
            counter.run("sync")
            assert proxy.tally.cuts == 1
            assert len(listed(counter).devices) == 2
            with open_kiosk(counter.data, writing=False) as kiosk:
                assert kiosk.store.memory.last_exchange_at() is not None  # what is new came
            assert counter.run("sync").exit_code == 0
            assert len(listed(counter).devices) == 2 * (MANY + 1)
            assert listed(counter).version == MANY + 2
