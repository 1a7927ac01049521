"""Figures for Prometheus: with a token or on loopback, by route, and about no person."""

import os
import urllib.request
from datetime import timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from central import registry
from central.http.meters import Meters
from central.http.metrics import on_loopback
from central.schema import devices
from tests.central.client import TIMEOUT_S, Client
from tests.central.conftest import new_point
from tests.central.running import Central, Process, in_thread, run


def _figures(text: str) -> dict[tuple[str, str], float]:
    """Return each figure by its point or route, summed over statuses and whatever else it has."""
    figures: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            place = sample.name, sample.labels.get("point") or sample.labels.get("route", "")
            figures[place] = figures.get(place, 0.0) + sample.value
    return figures


def _get(client: Client, token: str = "") -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = client.http.get(client.url + "/metrics", headers=headers, timeout=TIMEOUT_S)
    return answer.status_code, answer.text


def test_figures_need_a_token_of_their_own(central: Central, client: Client) -> None:
    made = run("token", "make", "metrics-1", "--role", "metrics", data=central.data)[1]
    other = run("token", "make", "metrics-2", "--role", "reports", data=central.data)[1]
    manifest, _ = client.deposit(os.urandom(40))
    client.put(client.manifest(os.urandom(40)))
    for odd in ("/v1/uploads/" + "s" * 43, "/nothing/here", "/v1/%2e"):
        client.send("GET", odd)
    assert _get(client)[0] == 401
    assert _get(client, other["token"])[0] == 403
    status, text = _get(client, made["token"])
    assert status == 200
    figures = _figures(text)
    point = client.code[:-1]
    assert figures["wasl_point_silent_seconds", point] < 600
    assert figures["wasl_uploads_open", ""] >= 1
    assert figures["wasl_hand_over_waiting", ""] >= 1
    assert figures["wasl_requests_total", "/v1/deposits/{deposit_id}"] >= 2
    # Routes, not paths: what a stranger sends makes no line of its own.
    for secret in (manifest.insured.immatriculation, str(manifest.deposit_id), "s" * 43, "nothing"):
        assert secret not in text


def test_silent_point_shows_and_a_revoked_device_does_not(tmp_path: Path) -> None:
    with in_thread(tmp_path / "central") as central:
        clients = [central.client() for _ in range(2)]
        for client in clients:
            client.enrol(central.code(new_point()))
        _long_ago(central)
        with central.services.database.writing() as connection:
            registry.revoke(connection, clients[1].code, central.services.now())
        with on_loopback(Meters(central.services), 0) as port:
            url = f"http://127.0.0.1:{port}/metrics"
            with urllib.request.urlopen(url, timeout=20) as answer:
                figures = _figures(answer.read().decode())
        assert figures["wasl_points_silent", ""] == 1
        assert figures["wasl_point_silent_seconds", clients[0].code[:-1]] > 2 * 86_400
        assert ("wasl_point_silent_seconds", clients[1].code[:-1]) not in figures
        for client in clients:
            client.close()


def _long_ago(central: Central) -> None:
    with central.services.database.writing() as connection:
        past = central.services.now() - timedelta(days=3)
        connection.execute(update(devices).values(enrolled_at=past))


def test_program_tells_where_figures_are_and_lets_dossiers_leave(tmp_path: Path) -> None:
    data, out = tmp_path / "central", tmp_path / "out"
    options = ("--metrics-port", "0", "--adapter", f"folder:{out}")
    process = Process(data, 0, *options)
    try:
        with urllib.request.urlopen(process.ready["metrics_url"], timeout=20) as answer:  # noqa: S310 loopback
            assert b"wasl_devices 0.0" in answer.read()
        assert (out / "new").is_dir()
    finally:
        code, _log = process.stop()
    assert code == 0
