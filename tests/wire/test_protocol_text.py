"""docs/protocol.md says what the code does: examples, calls, problems, outcomes, types."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from central import opening
from central.http.app import make_app
from central.opening import Place
from kiosk.sync.outcomes import RULES, Next
from kiosk.wire import bundles, courier, heartbeats, manifests, messages, stick, trust, trust_parts
from kiosk.wire.cose import ContentType
from kiosk.wire.messages import ProblemType

TEXT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
_FENCE = re.compile(r"^```json(?: (?P<model>\w+))?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"`(GET|POST|PUT|PATCH|HEAD|OPTIONS|DELETE) (/v1/[^`?]*)")
_MODULES = (courier, heartbeats, manifests, messages, trust, trust_parts)


@dataclass(frozen=True, slots=True)
class Example:
    """One JSON example and the model it is to fit."""

    model: type[BaseModel]
    body: str


def examples() -> list[Example]:
    found = []
    for match in _FENCE.finditer(TEXT):
        assert match["model"], f"an example without a model: {match['body'][:60]}"
        (model,) = {
            getattr(one, match["model"]) for one in _MODULES if hasattr(one, match["model"])
        }
        found.append(Example(model, match["body"]))
    return found


def unknown(example: Any, kept: Any, place: str = "") -> list[str]:
    """Return what an example says that its model has no place for."""
    if isinstance(example, dict) and isinstance(kept, dict):
        missing = [f"{place}.{name}" for name in example if name not in kept]
        both = [name for name in example if name in kept]
        inside = [unknown(example[name], kept[name], f"{place}.{name}") for name in both]
        return missing + [one for found in inside for one in found]
    if isinstance(example, list) and isinstance(kept, list):
        pairs = zip(example, kept, strict=True)
        return [found for one, other in pairs for found in unknown(one, other, f"{place}[]")]
    return []


def unfit(example: Example) -> list[str]:
    """Return what is wrong with an example: it is refused, or says what nobody reads."""
    read = example.model.model_validate_json(example.body)
    return unknown(json.loads(example.body), read.model_dump(mode="json"))


@pytest.mark.parametrize("example", examples(), ids=lambda one: one.model.__name__)
def test_example_is_what_its_model_reads(example: Example) -> None:
    assert unfit(example) == []


def test_every_message_has_an_example() -> None:
    shown = {example.model for example in examples()}
    nested = {"StatusUpdate", "UploadPlace"}  # shown inside the others
    spoken = {
        one
        for one in vars(messages).values()
        if isinstance(one, type) and issubclass(one, messages.Message | trust.Signed)
        if one.__module__ == messages.__name__ and one.__name__ not in {"Message", *nested}
    }
    assert spoken - shown == set()


def test_a_spoiled_example_would_show() -> None:
    (example,) = (one for one in examples() if one.model is messages.EnrolmentAnswer)
    extra = example.body.replace('"device"', '"spare": 1, "device"')
    assert unfit(Example(example.model, extra)) == [".spare"]
    wrong = example.body.replace("C0417A", "417")
    with pytest.raises(ValueError, match="device"):
        unfit(Example(example.model, wrong))


def test_calls_are_those_of_the_published_document(tmp_path: Path) -> None:
    place = Place(data=tmp_path)
    database, _ = opening.begin(place)
    paths = make_app(opening.services(place, database)).openapi()["paths"]
    database.close()
    published = {
        (method.upper(), path)
        for path, operations in paths.items()
        for method in operations
        if path.startswith(messages.API)  # the back office's own interface is no kiosk's affair
    }
    assert set(_CALL.findall(TEXT)) == published


def table(head: str) -> list[list[str]]:
    """Return the rows of the table whose head begins so."""
    rows = TEXT.split(f"\n| {head}", 1)[1].splitlines()[2:]
    ended = next((at for at, row in enumerate(rows) if not row.startswith("|")), len(rows))
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[:ended]]


def test_problems_are_those_of_the_code() -> None:
    listed = [row[0].strip("`") for row in table("`type` |")]
    known = [value for name, value in vars(ProblemType).items() if name.isupper()]
    assert sorted(listed) == sorted(known)


def test_outcomes_are_those_of_the_code() -> None:
    listed = {row[0].strip("`"): row[2] for row in table("class |")}
    assert set(listed) == {outcome.value for outcome in RULES}
    for outcome, rule in RULES.items():
        said = listed[outcome.value]
        if rule.next is Next.HOLD:
            assert rule.held is not None
            assert said == f"hold: `{rule.held.value}`"
        else:
            assert said == rule.next.value


def test_purposes_of_signatures_are_those_of_the_code() -> None:
    listed = [word for row in table("`typ` |") for word in re.findall(r"`([\w-]+)`", row[0])]
    assert sorted(listed) == sorted(ContentType)


def test_header_fields_and_states_of_bundles_are_those_of_the_code() -> None:
    fields = [row[0].strip("`") for row in table("header field |")]
    header = bundles.BundleHeader.__dataclass_fields__
    said = {"item": "item_id", "receipt": "receipt_number", "manifest": "sealed_manifest"}
    assert [said.get(field, field) for field in fields] == list(header)
    states = [row[0].strip("`") for row in table("`state` |")]
    assert states == list(messages.BundleState)


@pytest.mark.parametrize(
    "word",
    [
        *(messages.MANIFEST_SIGNATURE_HEADER, messages.ACKNOWLEDGEMENT_HEADER),
        *(messages.MANIFEST_TYPE, messages.PACKED_MANIFEST_TYPE, messages.BUNDLE_TYPE),
        messages.LIST_PART_TYPE,
        *(messages.TUS_CONTENT_TYPE, messages.PROBLEM_TYPE, bundles.MAGIC.decode(), courier.FOLDER),
    ],
)
def test_words_on_the_wire_are_named(word: str) -> None:
    assert f"`{word}`" in TEXT or f"{word}/" in TEXT


def test_bounds_are_those_of_the_code() -> None:
    said = {row[0]: row[1] for row in table("what |")}
    assert said["manifest"] == f"{manifests.MAX_MANIFEST_BYTES // 1024} KiB"
    assert said["sealed document"].startswith(f"{manifests.MAX_DOCUMENT_BYTES // 1024**2} MiB")
    assert said["bundle header"] == f"{bundles.MAX_HEADER_BYTES // 1024} KiB"
    assert said["heartbeat"] == f"{heartbeats.MAX_HEARTBEAT_BYTES // 1024} KiB"
    assert said["bundles of one device on a stick"] == f"{courier.MAX_BUNDLES:,}"
    packed, unpacked = trust_parts.MAX_PACKED_PART_BYTES // 1024, trust_parts.MAX_PART_BYTES // 1024
    assert said["part of a trust list"] == f"{packed} KiB, unpacked {unpacked} KiB"
    assert said["files in a courier's folder"] == f"{stick.MAX_NAMES:,}"
