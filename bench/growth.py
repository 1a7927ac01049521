"""What a deposit costs as PostgreSQL fills: with none, one million and five million held.

``python -m bench.growth [--millions 0 1 5] [--seconds S]``

The rows are made in the database itself and have the shape of real ones: as many devices, points
and remembered nonces as the country has, manifests of 1.1 KB, pages' hashes of a million persons,
acknowledgements, uploads, statuses; ids in order of time, hashes and secrets spread at random.
Their documents are not in the object store. New deposits are of the same million persons, so that
their pages are compared. Rates are of the same client on the same cores as ``bench.central``; the
bare rate beside them tells what the machine could do at that moment.
"""

import secrets
from argparse import ArgumentParser

import psycopg

from bench._device import PEOPLE, enrolled
from bench._servers import Servers, servers
from bench.central import DOCUMENT_BYTES, bare_rate, deposit_rate, tell

DEVICES = 2_155
_INDEXES = (
    *("ix_items_document_sha256", "ix_deposits_fingerprint", "ix_deposits_deposited_at"),
    *("ix_deposits_person", "ix_statuses_receipt_number"),
)
_FILL = (
    """CREATE TEMP TABLE made AS
       SELECT i, uuidv7(make_interval(secs => (i - %(last)s) * 0.2)) AS id,
              d.id AS device, d.point,
              d.code || '-' || lpad((i / %(devices)s + 1)::text, 6, '0') || '-00' AS number,
              (i / %(devices)s + 1) AS cursor
       FROM generate_series(%(first)s::int, %(last)s::int) AS i
       JOIN (SELECT id, code, point, row_number() OVER (ORDER BY id) - 1 AS n FROM devices
             WHERE program_version = 'filler') AS d ON d.n = i %% %(devices)s""",
    """INSERT INTO items SELECT id, 'deposit', number, device, NULL,
              decode(repeat(md5(i::text), 68), 'hex'), sha256(i::text::bytea),
              decode(repeat(md5(i::text), 8), 'hex'), sha256(('d' || i)::bytea), 150000,
              now(), now(), decode(repeat(md5(i::text), 25), 'hex') FROM made ORDER BY i""",
    """INSERT INTO deposits (id, receipt_number, point, fingerprint, stage, deposited_at, person,
                             page_hashes)
       SELECT id, number, point, sha256(('f' || i)::bytea), 'copy_received',
              now() + make_interval(secs => (i - %(last)s) * 0.2),
              substr(sha256(convert_to('person|' || lpad((i %% %(people)s)::text, 9, '0'), 'UTF8')),
                     1, 16),
              substr(decode(repeat(encode(sha256(('h' || i)::bytea), 'hex'), 5), 'hex'), 1, 160)
       FROM made ORDER BY number""",
    """INSERT INTO uploads
       SELECT translate(encode(sha256(('s' || i)::bytea), 'base64'), '+/=', '-_'), id, now(), NULL
       FROM made ORDER BY 1""",
    """INSERT INTO statuses SELECT point, cursor, number, 'copy_received',
              repeat('x', 180) FROM made ORDER BY point, cursor""",
    "DROP TABLE made",
)


def main() -> None:
    """Print the figures."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="*", default=[0, 1, 5])
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--lines", type=int, default=16)
    options = parser.parse_args()
    with servers(nodes=1) as running:
        devices = enrolled(running.database, [f"A{one:04d}" for one in range(options.lines)])
        _fillers(running)
        document = secrets.token_bytes(DOCUMENT_BYTES)
        held, first = 0, None
        for millions in options.millions:
            wanted = int(millions * 1_000_000)
            _fill(running, held, wanted)
            held = wanted
            bare = bare_rate(running, devices, document, options.seconds / 2)
            rate = deposit_rate(running, devices, document, options.seconds)
            first = first or (rate, bare)
            print(f"\n{wanted:,} deposits held, {_size_gb(running):.1f} GB")
            tell("bare", bare)
            tell("deposits", rate)
            by_cpu = rate.cpu_ms["nodes"] + rate.cpu_ms["postgres"]
            at_first = first[0].cpu_ms["nodes"] + first[0].cpu_ms["postgres"]
            share = (rate.per_s / bare.per_s) / (first[0].per_s / first[1].per_s)
            print(
                f"    to the first: CPU of node and PostgreSQL {by_cpu / at_first:.2f},"
                f" rate {rate.per_s / first[0].per_s:.2f}, rate to bare {share:.2f}"
            )


def _fillers(running: Servers) -> None:
    with psycopg.connect(str(running.place.database)) as connection:
        connection.execute(
            """INSERT INTO points SELECT 'C' || lpad(i::text, 4, '0'), 'Filler', 1, 0
               FROM generate_series(0, %s) AS i ON CONFLICT DO NOTHING""",
            (DEVICES - 1,),
        )
        connection.execute(
            """INSERT INTO devices (id, code, point, request_key, request_key_id, receipt_key,
                   receipt_key_id, program_version, enrolled_at, highest_sequence)
               SELECT 100000 + i, 'C' || lpad(i::text, 4, '0') || 'A', 'C' || lpad(i::text, 4, '0'),
                   sha256(('q' || i)::bytea), substr(sha256(('q' || i)::bytea), 1, 8),
                   sha256(('r' || i)::bytea), substr(sha256(('r' || i)::bytea), 1, 8),
                   'filler', now(), 100000 FROM generate_series(0, %s) AS i""",
            (DEVICES - 1,),
        )


def _fill(running: Servers, held: int, wanted: int) -> None:
    if wanted <= held:
        return
    with psycopg.connect(str(running.place.database), autocommit=True) as connection:
        # References are right by the way they are made; indexes are built at once, not row by row.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("SET work_mem = '256MB'")
        made = [_definition(connection, name) for name in _INDEXES]
        for name in _INDEXES:
            connection.execute(f"DROP INDEX {name}".encode())
        numbers = {"first": held, "last": wanted - 1, "devices": DEVICES, "people": PEOPLE}
        for statement in _FILL:
            connection.execute(statement, numbers if "%(" in statement else None)
        for definition in made:
            connection.execute(definition.encode())
        connection.execute(
            """INSERT INTO nonces SELECT d.id, md5(d.id || '-' || i), 99000 + i
               FROM devices AS d, generate_series(1, 1000) AS i
               WHERE program_version = 'filler' ON CONFLICT DO NOTHING"""
        )
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _definition(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute(
        "SELECT indexdef FROM pg_indexes WHERE indexname = %s", (name,)
    ).fetchone()
    if row is None:
        raise LookupError(f"no index {name}")
    return str(row[0])


def _size_gb(running: Servers) -> float:
    with psycopg.connect(str(running.place.database)) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return row[0] / 1e9 if row else 0.0


if __name__ == "__main__":
    main()
