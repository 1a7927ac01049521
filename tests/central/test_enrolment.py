"""Enrolment: one code, one device, one letter."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import requests

from central import registry
from kiosk.wire.encoding import b64
from kiosk.wire.keys import PrivateKey
from kiosk.wire.messages import ProblemType
from tests.central import reading
from tests.central.client import Client
from tests.central.conftest import new_point
from tests.central.running import Central

MakeClient = Callable[[str | None], Client]


def test_code_is_long_enough_and_only_its_hash_is_kept(central: Central) -> None:
    code = central.code(new_point())
    letters = code.replace("-", "")
    assert len(letters) * 5 >= 60
    for file in central.data.glob("central.db*"):
        assert letters.encode() not in file.read_bytes()
        assert code.encode() not in file.read_bytes()


def test_answer_holds_what_a_device_needs_for_ever(central: Central) -> None:
    point = new_point()
    client = central.client()
    client.enrol(central.code(point, "Azrou Centre"))
    root = central.services.keys.root
    assert (client.code, client.reserve_letter) == (f"{point}A", "B")
    assert len(reading.root_statement(client, root).recipients) == 2
    configuration = reading.configuration(client, root)
    assert (configuration.point, configuration.point_name) == (point, "Azrou Centre")
    device = reading.trust_list(client, root).device_of(client.receipt_key.public.key_id)
    assert device is not None
    assert (device.device, device.revoked) == (client.code, False)
    client.close()


def test_code_typed_in_small_letters_with_lookalikes_is_read(central: Central) -> None:
    client = central.client()
    typed = central.code(new_point()).lower().replace("0", "o").replace("1", "l")
    assert client.enrol(typed.replace("-", " ")).status_code == 200
    client.close()


def test_lost_answer_may_be_asked_for_again(central: Central) -> None:
    client = central.client()
    code = central.code(new_point())
    first, second = client.enrol(code).json(), client.enrol(code).json()
    assert first["device"] == second["device"]
    assert first["reserve_letter"] == second["reserve_letter"]
    client.close()


def test_code_works_for_one_device_only(central: Central) -> None:
    code = central.code(new_point())
    first, second = central.client(), central.client()
    assert first.enrol(code).status_code == 200
    refused = second.enrol(code)
    assert (refused.status_code, refused.json()["type"]) == (403, ProblemType.BAD_CODE)
    first.close()
    second.close()


def test_unknown_and_expired_codes_are_refused(central: Central) -> None:
    client = central.client()
    assert client.enrol("ABCD-EFGH-JKMN-PQRS").json()["type"] == ProblemType.BAD_CODE
    with central.services.database.writing() as connection:
        then = datetime.now(UTC) - timedelta(days=8)
        code, _ = registry.make_code(connection, point=new_point(), name=None, now=then)
    assert client.enrol(code).json()["type"] == ProblemType.BAD_CODE
    client.close()


def test_keys_enrol_once(central: Central, client: Client) -> None:
    again = client.enrol(central.code(new_point()))
    assert (again.status_code, again.json()["type"]) == (409, ProblemType.CONFLICT)


def test_proof_of_possession_is_the_new_key_itself(central: Central) -> None:
    client = central.client()
    stolen = PrivateKey.generate().public
    code = central.code(new_point())

    def send(key: PrivateKey) -> requests.Response:
        body = (
            f'{{"code": "{code}", "request_key": "{b64(stolen.raw)}", "receipt_key": '
            f'"{b64(client.receipt_key.public.raw)}", "program_version": "1"}}'
        ).encode()
        client.request_key = key
        return client.call("POST", "/v1/enrolments", body)

    assert send(PrivateKey.generate()).json()["type"] == ProblemType.SIGNATURE
    client.close()


def test_letters_skip_o_and_i_and_are_never_given_twice(
    central: Central, enrolled: MakeClient
) -> None:
    point = new_point()
    letters = ""
    for _ in range(12):
        client = enrolled(point)
        letters += client.code[-1] + client.reserve_letter
    assert letters == "ABCDEFGHJKLMNPQRSTUVWXYZ"
    late = central.client()
    full = late.enrol(central.code(point))
    assert (full.status_code, full.json()["type"]) == (409, ProblemType.POINT_FULL)
    late.close()


def test_devices_enrolling_at_once_get_different_letters(central: Central) -> None:
    point = new_point()
    clients = [central.client() for _ in range(6)]
    codes = [central.code(point) for _ in clients]
    threads = [
        threading.Thread(target=client.enrol, args=(code,))
        for client, code in zip(clients, codes, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    letters = [client.code[-1] + client.reserve_letter for client in clients]
    assert len(set("".join(letters))) == 12
    for client in clients:
        client.close()
