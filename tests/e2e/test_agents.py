"""Agents at the command line: who acts, PINs that are no argument, hand-over and clôture."""

import io
from dataclasses import dataclass

import pytest

from tests.e2e.commands import Counter, Ran

PINS = {"karim": "90213", "amina": "4821", "salma": "7093"}


@dataclass(frozen=True, slots=True)
class Staff:
    """Agents at a counter, each with a PIN in the environment."""

    counter: Counter
    patch: pytest.MonkeyPatch

    def run(self, name: str, *words: object, **secrets: str) -> Ran:
        """Run a command as somebody."""
        with self.patch.context() as environment:
            environment.setenv("KIOSK_PIN", PINS.get(name, "0000"))
            for variable, value in secrets.items():
                environment.setenv(variable, value)
            return self.counter.run(*words, "--agent", name)

    def deposit(self, name: str, amount: str = "378.95") -> Ran:
        """Take a dossier as somebody."""
        with self.patch.context() as environment:
            environment.setenv("KIOSK_PIN", PINS[name])
            return self.counter.deposit("--agent", name, amount=amount)


@pytest.fixture
def staff(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Staff:
    for variable in ("KIOSK_PIN", "KIOSK_NEW_PIN", "KIOSK_PIN_TO", "KIOSK_CODE", "KIOSK_SEED"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    made = Staff(counter, monkeypatch)
    with monkeypatch.context() as environment:
        environment.setenv("KIOSK_PIN", PINS["karim"])
        added = counter.run("agents", "add", "karim")
    assert added.exit_code == 0, added.fields
    assert added.fields["role"] == "supervisor"
    for name in ("amina", "salma"):
        ran = made.run("karim", "agents", "add", name, KIOSK_NEW_PIN=PINS[name])
        assert (ran.exit_code, ran.fields) == (0, {"agent": name, "role": "agent", "seed": None})
    return made


def test_without_agents_the_technician_acts(counter: Counter) -> None:
    assert counter.deposit().exit_code == 0
    assert counter.run("agents", "list").fields == {"agents": []}
    assert counter.deposit("--agent", "amina").error == "wrong_pin"
    closed = counter.run("day", "close")
    assert (closed.exit_code, closed.fields["deposits"]) == (0, 1)


def test_what_changes_something_asks_who_acts_and_what_reads_does_not(staff: Staff) -> None:
    counter = staff.counter
    assert counter.deposit().error == "forbidden"
    assert counter.deposit("--agent", "amina").error == "wrong_pin"
    made = staff.deposit("amina")
    assert made.exit_code == 0, made.fields
    number = made.fields["receipt_number"]
    changing: tuple[tuple[str, ...], ...] = (
        ("cancel", number, "--reason", "x"),
        ("amend", number, "--immatriculation", "101455262", "--reason", "x"),
        ("receipt", "print", number),
        ("held", "release", number),
        ("day", "close"),
        ("shift", "handover", "--to", "salma"),
        ("agents", "add", "hamid"),
        ("agents", "disable", "amina"),
        ("agents", "reset-pin", "amina"),
        ("agents", "challenge", "amina", "--task", "agents", "--supervisor", "karim"),
    )
    for words in changing:
        ran = counter.run(*words)
        assert (ran.error, ran.exit_code) == ("forbidden", 2), words
    reading: tuple[tuple[str, ...], ...] = (
        ("queue",),
        ("find", number),
        ("receipt", "show", number),
        ("receipt", "verify", number),
        ("agents", "list"),
        ("journal", "verify"),
        ("doctor",),
        ("sync", "--once"),
    )
    for words in reading:
        assert counter.run(*words).error != "forbidden", words
    assert staff.run("amina", "cancel", number, "--reason", "taken back").exit_code == 0


def test_wrong_pins_lock_out_across_commands(staff: Staff) -> None:
    for _ in range(3):
        ran = staff.run("amina", "day", "close", KIOSK_PIN="6374")
        assert (ran.error, ran.exit_code) == ("wrong_pin", 2)
    ran = staff.run("amina", "day", "close")
    assert (ran.error, ran.exit_code) == ("locked_out", 2)
    reset = staff.run("karim", "agents", "reset-pin", "amina", KIOSK_NEW_PIN="3917")
    assert reset.exit_code == 0, reset.fields
    assert staff.run("amina", "day", "close", KIOSK_PIN="3917").exit_code == 0
    assert staff.run("nobody", "day", "close").error == "wrong_pin"


def test_pin_comes_on_standard_input_too(staff: Staff) -> None:
    with staff.patch.context() as patched:
        patched.setattr("sys.stdin", io.StringIO(f"{PINS['amina']}\n{PINS['salma']}\n"))
        ran = staff.counter.run("shift", "handover", "--agent", "amina", "--to", "salma")
    assert ran.exit_code == 0, ran.fields
    with staff.patch.context() as patched:
        patched.setattr("sys.stdin", io.StringIO("9" * 1_000_000))
        assert staff.counter.run("day", "close", "--agent", "amina").error == "wrong_pin"


@pytest.mark.parametrize("content", [b"\xff\xfe\n", b"", b"\n"])
def test_standard_input_that_holds_no_pin_is_refused(staff: Staff, content: bytes) -> None:
    with staff.patch.context() as patched:
        patched.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), "utf-8"))
        assert staff.counter.run("day", "close", "--agent", "amina").error == "wrong_pin"


def test_two_agents_hand_over_and_the_day_is_closed(staff: Staff) -> None:
    staff.deposit("amina")
    handed = staff.run("amina", "shift", "handover", "--to", "salma", KIOSK_PIN_TO=PINS["salma"])
    assert handed.fields == {
        **{"from": "amina", "to": "salma"},
        **{"papers_in_hand": 1, "to_scan": 0, "unsent": 1, "held": 0},
    }
    refused = staff.run("amina", "shift", "handover", "--to", "salma", KIOSK_PIN_TO="6374")
    assert refused.error == "wrong_pin"
    assert staff.run("amina", "shift", "handover").error == "invalid_input"
    number = staff.deposit("salma", amount="12.00").fields["receipt_number"]
    closed = staff.run("salma", "day", "close").fields
    assert (closed["deposits"], closed["cancelled"], closed["central"]) == (2, 0, 0)
    assert (closed["missing_count"], closed["missing"][-1]) == (2, number)
    assert closed["without_acknowledgement_count"] == 2
    assert closed["without_acknowledgement"][-1] == number
    assert staff.counter.run("sync", "--once").exit_code == 0
    after = staff.run("salma", "day", "close").fields
    assert (after["without_acknowledgement"], after["unsent"]) == ([], 0)
    assert (after["central"], after["missing"], after["missing_count"]) == (2, [], 0)
    assert staff.counter.run("journal", "verify").fields["valid"]


def test_supervisor_far_away_allows_by_code(staff: Staff) -> None:
    seed = staff.run(
        "karim", "agents", "add", "hamid", "--role", "supervisor", KIOSK_NEW_PIN="58130"
    ).fields["seed"]
    words = ("agents", "reset-pin", "salma", "--supervisor", "hamid")
    shown = staff.run(
        "amina", "agents", "challenge", "salma", "--task", "agents", "--supervisor", "hamid"
    )
    assert shown.exit_code == 0, shown.fields
    with staff.patch.context() as environment:
        environment.setenv("KIOSK_SEED", seed)
        told = staff.counter.run("agents", "code", shown.fields["challenge"]).fields
    assert told["allows"] == "agents"
    assert staff.run("amina", *words[:3], KIOSK_NEW_PIN="3917").error == "forbidden"
    done = staff.run("amina", *words, KIOSK_CODE=told["code"], KIOSK_NEW_PIN="3917")
    assert done.exit_code == 0, done.fields
    again = staff.run("amina", *words, KIOSK_CODE=told["code"], KIOSK_NEW_PIN="2846")
    assert again.error == "wrong_pin"
    assert staff.run("salma", "day", "close", KIOSK_PIN="3917").exit_code == 0


@pytest.mark.parametrize("pin", ["1234", "12", "abcd", "0000"])
def test_weak_pin_is_refused(staff: Staff, pin: str) -> None:
    ran = staff.run("karim", "agents", "add", "hamid", KIOSK_NEW_PIN=pin)
    assert (ran.error, ran.exit_code) == ("invalid_input", 2)
    assert pin not in ran.fields["error"]["message"]


def test_release_of_what_is_not_held_is_wrong_use(staff: Staff) -> None:
    number = staff.deposit("amina").fields["receipt_number"]
    assert staff.run("karim", "held", "release", number).error == "invalid_input"
    assert staff.run("amina", "held", "release", number).error == "forbidden"
    assert staff.run("karim", "held", "release", "C0417A-000131-39").error == "unknown_receipt"
