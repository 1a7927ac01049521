"""PINs are slow to guess, and the ones everybody tries first are refused."""

import time

import pytest

from kiosk.domain.errors import InvalidInputError
from kiosk.security import pins

PIN = "4821"


@pytest.mark.parametrize("pin", ["4821", "90210", "118355", "2580137", "77412093"])
def test_right_pin_is_known_again_and_no_other(pin: str) -> None:
    kept = pins.hash_pin(pin)
    assert pins.is_pin(pin, kept)
    assert not pins.is_pin(pin[:-1] + str((int(pin[-1]) + 1) % 10), kept)
    assert not pins.is_pin("", kept)
    assert not pins.is_pin(pin * 1_000_000, kept)


@pytest.mark.parametrize(
    "pin",
    [
        *("", "482", "482100000", "48 1", "4821\n", "abcd", "٤٨٢١", "-482"),
        *("0000", "1111", "1234", "4321", "7890", "0987", "12345678", "1212", "482482", "1984"),
    ],
)
def test_what_is_no_secret_is_refused(pin: str) -> None:
    with pytest.raises(InvalidInputError):
        pins.hash_pin(pin)


def test_two_agents_with_one_pin_have_two_hashes() -> None:
    first, second = pins.hash_pin(PIN), pins.hash_pin(PIN)
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PIN not in first.split("$")[-1]


def test_damaged_hash_lets_nobody_in() -> None:
    assert not pins.is_pin(PIN, "")
    assert not pins.is_pin(PIN, "$argon2id$v=19$m=19456,t=2,p=1$x$y")
    assert not pins.is_pin(PIN, "$argon2id$v=19$m=99999999999,t=2,p=1$bm9ib2R5$S3Fk")


def test_comparing_takes_long_enough_and_as_long_for_a_name_that_is_not_there() -> None:
    kept = pins.hash_pin(PIN)
    known, wrong, nobody = [], [], []
    for _ in range(7):
        known.append(_took_ms(lambda: pins.is_pin(PIN, kept)))
        wrong.append(_took_ms(lambda: pins.is_pin("7093", kept)))
        nobody.append(_took_ms(lambda: pins.spend_time("7093")))
    # The fastest of each: what else the machine does only ever adds.
    best = [min(one) for one in (known, wrong, nobody)]
    print(f"verify: known {best[0]:.0f} ms, wrong {best[1]:.0f}, nobody {best[2]:.0f}")
    assert min(best) > 10  # a machine faster than that wants more passes
    # An answer given early takes under 1 ms; a shared machine's caches make a factor of two.
    assert max(best) < 4 * min(best)


def _took_ms(act: object) -> float:
    began = time.process_time()
    assert callable(act)
    act()
    return (time.process_time() - began) * 1000
