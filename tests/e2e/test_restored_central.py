"""A central restored from an older backup asks for what it lost, and everything arrives once."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from central.logs import log_to_stderr
from kiosk.app import open_kiosk
from kiosk.domain.moments import local_date
from kiosk.store.database import transaction
from tests.central.running import Central, in_thread
from tests.central.running import run as run_central
from tests.e2e.commands import Counter


class Place:
    """A central that is backed up, dies and comes back from the backup, on the same address."""

    def __init__(self, root: Path) -> None:
        self.data = root / "central"
        self._copy = root / "backup"
        self._port = 0
        self._running: ExitStack | None = None
        self.served: Central | None = None

    def start(self) -> Central:
        log_to_stderr()  # what the commands print is theirs alone
        self._running = ExitStack()
        self.served = self._running.enter_context(in_thread(self.data, port=self._port))
        self._port = urlsplit(self.served.url).port or 0
        return self.served

    def stop(self) -> None:
        if self._running is not None:
            self._running.close()
        self._running = None

    def back_up(self) -> None:
        self.stop()
        shutil.copytree(self.data, self._copy)
        self.start()

    def restore(self) -> None:
        self.stop()
        shutil.rmtree(self.data)
        shutil.copytree(self._copy, self.data)
        self.start()

    def command(self, *words: str) -> dict[str, Any]:
        code, said = run_central(*words, data=self.data)
        assert code == 0, said
        return dict(said)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def enrol(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Counter]:
    def one() -> Counter:
        served = place.served
        assert served is not None
        monkeypatch.setenv("KIOSK_KEYS", str(tmp_path / "keys"))
        counter = Counter(data=tmp_path / "kiosk")
        code = served.code("C0417", "Azrou")
        enrolled = counter.run("enrol", code, "--central", served.url, "--ca", served.ca_file)
        assert enrolled.exit_code == 0, enrolled.fields
        return counter

    return one


def _sync(counter: Counter) -> None:
    done = counter.run("sync", "--once")
    assert done.exit_code == 0, done.fields


def test_everything_arrives_once_after_a_restore(
    place: Place, enrol: Callable[[], Counter], tmp_path: Path
) -> None:
    counter = enrol()
    counter.deposit()
    _sync(counter)
    place.back_up()
    lost = counter.deposit(amount="12.00").fields["receipt_number"]
    gone = counter.deposit(amount="13.00").fields["receipt_number"]
    _sync(counter)
    assert counter.run("cancel", gone, "--reason", "taken back").exit_code == 0
    _sync(counter)
    assert place.command("stats")["deposits"] == 3
    place.restore()
    assert place.command("stats")["deposits"] == 1
    counter.deposit(amount="14.00")
    for _ in range(3):
        _sync(counter)
    stats = place.command("stats")
    assert (stats["deposits"], stats["acknowledged"], stats["devices"]) == (4, 4, 1)
    # The cancelled one's scan was not asked for again.
    assert stats["blobs"] == 3
    assert set(counter.states().values()) == {"acknowledged", "cancelled"}
    assert counter.states()[lost] == "acknowledged"
    today = local_date(datetime.now(UTC))
    last = today + timedelta(days=60)
    words = tmp_path / "words.csv"
    words.write_text(f"{lost},returned,missing_piece:facture,{today:%d/%m/%Y}\n")
    assert place.command("status", "import", str(words))["recorded"] == 1
    _sync(counter)
    shown = counter.run("receipt", "show", lost).fields
    assert (shown["stage"], shown["pieces_to_bring"]) == ("returned", ["facture"])
    assert (shown["reason_codes"], shown["last_day"]) == (["missing_piece:facture"], str(last))
    assert "فاتورة" in shown["text_ar"]
    paper = tmp_path / "again.pdf"
    assert counter.run("receipt", "print", lost, "--printer", f"pdf:{paper}").exit_code == 0
    verified = counter.run("receipt", "verify", paper).fields
    assert (verified["receipt_number"], verified["stage"]) == (lost, "returned")
    assert counter.run("journal", "verify").fields["valid"] is True
    # Told once, and nothing is sent again and again.
    assert counter.run("sync", "--once").fields["sent"] == 0


def _forget_proof(counter: Counter) -> None:
    """Make the kiosk one of before: it knows how far it was told, and keeps no proof of it."""
    with (
        open_kiosk(counter.data, writing=True) as kiosk,
        transaction(kiosk.store.db) as connection,
    ):
        assert connection.execute("DELETE FROM memory WHERE name = 'cursor_proof'").rowcount == 1


def test_kiosk_without_a_proof_moves_nobody_and_is_let_in_by_the_operator(
    place: Place, enrol: Callable[[], Counter]
) -> None:
    counter = enrol()
    place.back_up()
    # To be scanned later: no page has to be processed.
    counter.deposit("--scan-later", "--pieces", "feuille_de_soins=1", pages=())
    place.command("message", "--fr", "Bonjour", "--ar", "مرحبا")
    _sync(counter)
    place.restore()
    _forget_proof(counter)
    refused = counter.run("sync", "--once")
    assert refused.exit_code == 1, refused.fields
    seen = place.command("points")
    assert (seen["cursors_unproven"], seen["points"][0]["devices"][0]["cursor_unproven"]) == (
        1,
        True,
    )
    assert place.command("stats")["deposits"] == 0
    assert place.command("recall")["points"] == 1
    _sync(counter)
    assert place.command("points")["cursors_unproven"] == 0
    _sync(counter)
    assert place.command("stats")["acknowledged"] == 1
