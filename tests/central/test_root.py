"""What the offline root says next is drafted, signed, gone by, and told to whoever asks."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from central import keys, opening, tls
from central.errors import WrongKeyError
from central.opening import Place
from kiosk.wire.succession import follow
from tests.central import reading
from tests.central.running import in_thread, run


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a central that has begun, to be copied."""
    data = Path(tmp_path_factory.mktemp("root")) / "central"
    opening.begin(Place(data=data))[0].close()
    return data


@pytest.fixture
def data(begun: Path, tmp_path: Path) -> Path:
    """Return the folder of a central that has begun."""
    return Path(shutil.copytree(begun, tmp_path / "central"))


def _signed(data: Path, *changes: str) -> Path:
    draft, signed = data.parent / "draft.json", data.parent / "signed.txt"
    code, said = run("root", "draft", str(draft), *changes, data=data)
    assert code == 0, said
    key = str(data / "demo-keys" / "root.key")
    assert _sign("root", "sign", str(draft), str(signed), "--key", key) == 0
    return signed


def _sign(*words: str) -> int:
    from central.cli import main

    return main([*words, "--json"])


def _adopt(data: Path, *changes: str) -> dict[str, Any]:
    code, said = run("root", "adopt", str(_signed(data, *changes)), data=data)
    assert code == 0, said
    answer: dict[str, Any] = said
    return answer


def test_words_are_told_to_whoever_asks_and_lead_from_the_first_to_the_last(data: Path) -> None:
    first = keys.load(data).words[0]
    _adopt(data, "--new-trust-key")
    _adopt(data, "--new-trust-key", "--new-authority")
    with in_thread(data) as central:
        client = central.client()
        told = [
            client.send("GET", f"/v1/root{query}").json()["statements"]
            for query in ("", "?after=1", "?after=3")
        ]
        assert [len(one) for one in told] == [3, 2, 0]
        last = follow(first, told[1])
        assert (last.statement.version, last.trust_key) == (3, central.services.keys.trust.public)
        assert client.enrol(central.code("C0001")).ok
        updates = reading.updates(client, central.services.keys.root, "?cursor=0")
        assert updates.root_version == 3
        client.close()


def test_database_follows_its_keys_and_refuses_those_it_left(data: Path, tmp_path: Path) -> None:
    former = tmp_path / "former"
    shutil.copytree(data / "keys", former)
    _adopt(data, "--new-trust-key")
    opening.begin(Place(data=data))[0].close()
    shutil.rmtree(data / "keys")
    former.rename(data / "keys")
    with pytest.raises(WrongKeyError):  # a node that was not given the new ones
        opening.begin(Place(data=data))


@pytest.mark.parametrize("done", ["word", "trust key", "TLS key"])
def test_change_that_died_half_way_is_ended_at_the_next_start(data: Path, done: str) -> None:
    before = tls.authority_certificate(keys.own_folder(data))
    signed = _signed(data, "--new-trust-key", "--new-authority").read_text()
    own = keys.own_folder(data)
    named = json.loads((data.parent / "draft.json").read_text())
    (own / "root-statement-001.txt").write_text((own / "root-statement.txt").read_text())
    (own / "root-statement.txt").write_text(signed)
    if done != "word":
        shutil.copy(own / "trust-next.key", own / "trust.key")
    if done == "TLS key":
        (own / "tls-next" / "tls-ca.key").rename(own / "tls-ca.key")
    opening.begin(Place(data=data))[0].close()
    assert keys.load(data).words[-1].statement.trust_key == named["trust_key"]
    assert tls.authority_certificate(own) != before
    assert tls.authority_certificate(own).decode() == named["authorities"][0]
    assert not (own / "trust-next.key").exists()
    assert not (own / "tls-next").exists()
    with in_thread(data) as central:
        client = central.client()
        assert client.enrol(central.code("C0001")).ok
        client.close()


def test_word_that_does_not_fit_is_refused_and_changes_nothing(data: Path, tmp_path: Path) -> None:
    signed = _signed(data, "--new-trust-key")
    again = data.parent / "again.txt"
    shutil.copy(signed, again)
    assert run("root", "adopt", str(signed), data=data)[0] == 0
    held = keys.load(data).words
    other = tmp_path / "other"
    opening.begin(Place(data=other))[0].close()
    for file in (again, _signed(other, "--new-trust-key"), data / "ca.pem"):
        code, said = run("root", "adopt", str(file), data=data)
        assert (code, said["error"]["code"]) == (1, "wrong_key"), said
    assert keys.load(data).words == held


@pytest.mark.parametrize(
    "changes",
    [("--recipients", "age1x"), ("--authorities", "/nowhere"), ("--root-key", "/nowhere")],
)
def test_draft_of_what_nobody_can_use_is_refused(data: Path, changes: tuple[str, str]) -> None:
    code, said = run("root", "draft", str(data.parent / "d.json"), *changes, data=data)
    assert said["error"]["code"] in ("invalid_input", "wrong_key")
    assert code != 0
    assert not (data.parent / "d.json").exists()
