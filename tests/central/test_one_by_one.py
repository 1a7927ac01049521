"""The same dossier handed in at two points at the same moment is noted, on PostgreSQL too."""

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from central import duplicates
from central.opening import Place
from kiosk.domain.vocabulary import EventKind
from kiosk.wire.manifests import DepositManifest
from tests.central.client import Client
from tests.central.conftest import new_point
from tests.central.running import Central, in_thread
from tests.central.test_same_pages import again, hashes, pages, person

PAIRS = 8
Two = tuple[Client, Client]
Pair = tuple[DepositManifest, DepositManifest]


@pytest.fixture
def counters(shared_central: Central) -> Iterator[Two]:
    yield from _two(shared_central)


def _two(central: Central) -> Iterator[Two]:
    made = central.client(), central.client()
    for client in made:
        assert client.enrol(central.code(new_point())).ok
    yield made
    for client in made:
        client.close()


def _at_once(*acts: Callable[[], requests.Response]) -> None:
    start, answers = threading.Barrier(len(acts)), list[requests.Response]()

    def run(act: Callable[[], requests.Response]) -> None:
        start.wait(20)
        answers.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.status_code for one in answers] == [200] * len(acts)


def _facts(two: Two) -> Pair:
    same: dict[str, Any] = {"insured": person(), "amount_centimes": 1 + secrets.randbelow(10**9)}
    return two[0].manifest(None, **same), two[1].manifest(None, **same)


def _pages(two: Two) -> Pair:
    insured, dossier = person(), pages()
    return (
        two[0].manifest(os.urandom(9), insured=insured, page_hashes=hashes(dossier)),
        two[1].manifest(
            os.urandom(9), insured=insured, page_hashes=hashes(again(dossier)), amount_centimes=1
        ),
    )


def _document(two: Two) -> Pair:
    document = os.urandom(20)
    return (
        two[0].manifest(document, insured=person()),
        two[1].manifest(document, insured=person()),
    )


def _noted(central: Central, pairs: list[Pair]) -> int:
    """Count those of *pairs* of which one is noted as repeating the other."""
    with central.services.database.reading() as connection:
        listed = duplicates.listed(connection, network=None, most=1_000_000)
    found = {frozenset((one.receipt_number, one.earlier_number)) for one in listed}
    return sum(frozenset(one.receipt_number for one in pair) in found for pair in pairs)


@pytest.mark.parametrize("make", [_facts, _pages, _document])
def test_both_at_the_same_moment_are_noted(
    shared_central: Central, counters: Two, make: Callable[[Two], Pair]
) -> None:
    pairs = [make(counters) for _ in range(PAIRS)]
    for one, other in pairs:
        _at_once(partial(counters[0].put, one), partial(counters[1].put, other))
    assert _noted(shared_central, pairs) == PAIRS


def test_both_given_to_one_person_at_the_same_moment_are_noted(
    shared_central: Central, counters: Two
) -> None:
    pairs = []
    for _ in range(PAIRS):
        amount, right = 1 + secrets.randbelow(10**9), f"{secrets.randbelow(10**9):09d}"
        pair = tuple(
            client.manifest(None, insured=person(), amount_centimes=amount) for client in counters
        )
        amended = []
        for client, deposit in zip(counters, pair, strict=True):
            assert client.put(deposit).ok
            amended.append(client.event(EventKind.AMENDMENT, deposit, immatriculation=right))
        _at_once(
            partial(counters[0].put_event, amended[0]),
            partial(counters[1].put_event, amended[1]),
        )
        pairs.append((pair[0], pair[1]))
    assert _noted(shared_central, pairs) == PAIRS


_HOLDS_NOBODY = """
    CREATE FUNCTION public.pg_advisory_xact_lock(key bigint) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF key = 1463898956 THEN RETURN; END IF;  -- the steps of the schema
        PERFORM pg_catalog.pg_advisory_xact_lock_shared(42);
        FOR waited IN 1..500 LOOP
            EXIT WHEN 1 < (SELECT count(*) FROM pg_locks
                WHERE locktype = 'advisory' AND objid = 42);
            PERFORM pg_sleep(0.01);
        END LOOP;
        PERFORM pg_sleep(0.25 - mod(extract(epoch FROM clock_timestamp())::numeric, 0.25));
    END $$
"""


def test_a_hold_that_holds_nobody_would_show(empty_database: str, tmp_path: Path) -> None:
    # The same central, in whose database who asks for the lock waits for the other and goes on.
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(_HOLDS_NOBODY)
        name = psycopg.sql.Identifier(connection.info.dbname)
        path = psycopg.sql.SQL("ALTER DATABASE {} SET search_path = public, pg_catalog")
        connection.execute(path.format(name))
    with in_thread(Place(data=tmp_path / "central", database=empty_database)) as central:
        for two in _two(central):
            pairs = [_facts(two) for _ in range(3)]
            for one, other in pairs:
                _at_once(partial(two[0].put, one), partial(two[1].put, other))
            assert _noted(central, pairs) < len(pairs)
