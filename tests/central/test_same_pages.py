"""The same pages deposited again for one person are noted, though the facts are typed otherwise."""

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import generate_latest

from central import duplicates, same_pages
from central.http.meters import Meters
from kiosk.domain.moments import ClockTrust
from kiosk.domain.page_hash import turned
from kiosk.domain.vocabulary import EventKind, IdType
from kiosk.wire.encoding import b64
from kiosk.wire.manifests import Clock, DepositManifest, InsuredEntry
from tests.central.client import NOW, Client
from tests.central.conftest import new_point
from tests.central.running import Central

Page = bytes


def pages(count: int = 4) -> list[Page]:
    return [secrets.token_bytes(32) for _ in range(count)]


def again(dossier: Sequence[Page], bits: int = 10) -> list[Page]:
    """Return the hashes of another take: a few cells of each page lie on the other side."""
    flips = sum(1 << (place * 23 % 256) for place in range(bits))
    return [(int.from_bytes(page) ^ flips).to_bytes(32) for page in dossier]


def aside(page: Page) -> Page:
    """Return the hash of a page that was set upright wrongly."""
    return turned(int.from_bytes(page))[1].to_bytes(32)


def hashes(dossier: Sequence[Page]) -> tuple[str, ...]:
    return tuple(map(b64, dossier))


def person() -> InsuredEntry:
    number = f"{secrets.randbelow(10**9):09d}"
    return InsuredEntry(immatriculation=number, id_type=IdType.NONE)


def told(insured: InsuredEntry, dossier: Sequence[Page]) -> dict[str, Any]:
    """Return what a manifest says of a dossier whose sum is typed as no other is."""
    amount = 1 + secrets.randbelow(10**9)
    return {"insured": insured, "page_hashes": hashes(dossier), "amount_centimes": amount}


@pytest.fixture(params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest) -> Central:
    name = "central" if request.param == "sqlite" else "shared_central"
    found: Central = request.getfixturevalue(name)
    return found


@pytest.fixture
def counters(served: Central) -> Iterator[tuple[Client, Client]]:
    made = served.client(), served.client()
    for client in made:
        assert client.enrol(served.code(new_point())).ok
    yield made
    for client in made:
        client.close()


def reasons(central: Central, deposit: DepositManifest) -> list[tuple[str, str]]:
    """Return what a deposit repeats, and why."""
    with central.services.database.reading() as connection:
        listed = duplicates.listed(connection, network=None, most=1_000_000)
    return [
        (pair.earlier_number, pair.reason)
        for pair in listed
        if pair.receipt_number == deposit.receipt_number
    ]


def test_same_pages_under_another_date_and_sum_are_noted(
    served: Central, counters: tuple[Client, Client]
) -> None:
    whose, dossier = person(), pages()
    one, _ = counters[0].deposit(os.urandom(40), **told(whose, dossier))
    taken = again(dossier)
    taken[0] = aside(taken[0])
    other, _ = counters[1].deposit(os.urandom(40), **told(whose, taken))
    assert reasons(served, other) == [(one.receipt_number, "same_pages")]
    with served.services.database.reading() as connection:
        by_reason = duplicates.by_reason(connection)
        text = generate_latest(Meters(served.services).registry).decode()
    assert by_reason["same_pages"] >= 1
    assert set(by_reason) == {"same_facts", "same_document", "same_pages"}
    assert f'wasl_duplicate_pairs{{reason="same_pages"}} {by_reason["same_pages"]:.1f}' in text


def test_other_pages_or_another_person_s_are_not(
    served: Central, counters: tuple[Client, Client]
) -> None:
    whose, dossier = person(), pages()
    counters[0].deposit(os.urandom(40), **told(whose, dossier))
    mostly_new = [*dossier[:1], *pages(3)]
    for insured, taken in ((whose, mostly_new), (person(), dossier), (whose, [])):
        other, _ = counters[1].deposit(os.urandom(40), **told(insured, taken))
        assert reasons(served, other) == []


def test_same_facts_are_told_before_same_pages(
    served: Central, counters: tuple[Client, Client]
) -> None:
    same: dict[str, Any] = {"insured": person(), "page_hashes": hashes(pages())}
    one, _ = counters[0].deposit(os.urandom(40), **same, amount_centimes=42_00)
    other, _ = counters[1].deposit(os.urandom(40), **same, amount_centimes=42_00)
    assert reasons(served, other) == [(one.receipt_number, "same_facts")]


def test_amended_number_and_pages_that_came_later_are_compared_again(
    served: Central, counters: tuple[Client, Client]
) -> None:
    whose, wrong, dossier = person(), person(), pages()
    first, second = counters
    one, _ = first.deposit(os.urandom(40), **told(whose, dossier))
    other = second.manifest(None, **told(wrong, []))
    assert second.put(other).status_code == 200
    amended = second.event(EventKind.AMENDMENT, other, immatriculation=whose.immatriculation)
    assert second.put_event(amended).status_code == 200
    assert reasons(served, other) == []
    scan = os.urandom(50)
    came = second.event(EventKind.COMPLETION, other, scan, page_hashes=hashes(again(dossier)))
    place = second.put_event(came).json()["upload"]
    assert second.patch(place["path"], 0, scan).status_code == 204
    assert reasons(served, other) == [(one.receipt_number, "same_pages")]
    back = second.event(EventKind.AMENDMENT, other, immatriculation=wrong.immatriculation)
    assert second.put_event(back).status_code == 200
    assert reasons(served, other) == []


Comparer = Callable[[Sequence[tuple[int, ...]], Sequence[int]], bool]


def by_one_page(one: Sequence[tuple[int, ...]], other: Sequence[int]) -> bool:
    """Take one near page for the whole dossier: every form is like every other. Broken."""
    return any((turns[0] ^ page).bit_count() <= 16 for turns in one for page in other)


def wrongly_noted(comparer: Comparer) -> bool:
    """Tell whether two dossiers of one person pass for one since both hold a form of a kind."""
    mine, theirs = pages(), pages()
    theirs[0] = again(mine[:1], 14)[0]
    turns = [turned(int.from_bytes(page)) for page in mine]
    return comparer(turns, [int.from_bytes(page) for page in theirs])


def test_one_form_of_a_kind_makes_no_same_dossier() -> None:
    assert not wrongly_noted(same_pages.are_same)
    assert wrongly_noted(by_one_page)


def test_page_that_was_put_in_later_hides_no_others() -> None:
    dossier = pages()
    taken = [*again(dossier[:3], 9), *pages(1)]
    turns = [turned(int.from_bytes(page)) for page in dossier]
    assert same_pages.are_same(turns, [int.from_bytes(page) for page in taken])


def test_fewer_pages_have_to_be_nearer() -> None:
    def noted(count: int, bits: int) -> bool:
        dossier = pages(count)
        turns = [turned(int.from_bytes(page)) for page in dossier]
        taken = again(dossier, bits)
        return same_pages.are_same(turns, [int.from_bytes(page) for page in taken])

    assert [noted(1, 8), noted(1, 9), noted(4, 14), noted(4, 15)] == [True, False, True, False]
    assert not same_pages.are_same([], [])


def test_dossiers_of_unequal_length_are_compared_by_the_shorter() -> None:
    dossier = pages(6)
    long, short = ([int.from_bytes(page) for page in some] for some in (dossier, dossier[1:3]))
    assert same_pages.are_same(list(map(turned, long)), short)
    assert same_pages.are_same(list(map(turned, short)), long)


def test_newest_deposits_of_a_person_are_compared_and_no_more(
    served: Central, counters: tuple[Client, Client]
) -> None:
    client, whose = counters[0], person()
    dossiers = [pages(2) for _ in range(21)]
    made = [_put(client, whose, dossier, at) for at, dossier in enumerate(dossiers)]
    oldest, newest = (_put(client, whose, dossiers[place], 21) for place in (0, -1))
    assert reasons(served, oldest) == []
    assert reasons(served, newest) == [(made[-1].receipt_number, "same_pages")]


def _put(client: Client, whose: InsuredEntry, dossier: list[Page], minute: int) -> DepositManifest:
    clock = Clock(utc=NOW + timedelta(minutes=minute), monotonic_ms=1, trust=ClockTrust.VERIFIED)
    manifest = client.manifest(None, **told(whose, dossier), clock=clock)
    assert client.put(manifest).status_code == 200
    return manifest
