"""protocol/ipc.py against the JSON Schema that the worker prints: it owns these types."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from streamforge.core.errors import ERRORS
from streamforge.core.events import wire_name
from streamforge.protocol import ipc, media

Schema = dict[str, Any]

COMMANDS = {
    wire_name(kind.__name__): kind
    for kind in vars(ipc).values()
    if isinstance(kind, type) and issubclass(kind, ipc.Command) and kind is not ipc.Command
}
EVENTS = {
    "transport-state-changed": ipc.TransportStateChanged,
    "producer-started": ipc.ProducerStarted,
    "producer-closed": ipc.ProducerClosed,
    "speakers-changed": ipc.SpeakersChanged,
    "stats": ipc.Stats,
    "inventory-part": ipc.InventoryPart,
}


@pytest.fixture
def schema(worker_binary: Path) -> Schema:
    printed = subprocess.run(
        [worker_binary, "--print-schema"], capture_output=True, check=True, timeout=10
    )
    return json.loads(printed.stdout)


def by_type(schema: Schema, name: str) -> dict[str, Schema]:
    """The variants of a tagged union, each with the properties of what it refers to."""
    variants: dict[str, Schema] = {}
    for variant in schema["$defs"][name]["oneOf"]:
        target = schema["$defs"][variant["$ref"].rpartition("/")[2]] if "$ref" in variant else {}
        properties = {**variant.get("properties", {}), **target.get("properties", {})}
        required = {*variant.get("required", ()), *target.get("required", ())} - {"type"}
        tag = properties.pop("type")["const"]
        variants[tag] = {"properties": properties, "required": required}
    return variants


def fields(kind: Any) -> dict[str, bool]:
    """Wire names of a struct's fields; True = it must be there."""
    return {field.encode_name: field.required for field in msgspec.structs.fields(kind)}


def values(schema: Schema, name: str) -> set[str]:
    described = schema["$defs"][name]
    return set(described.get("enum", ())) | {one["const"] for one in described.get("oneOf", ())}


def test_both_sides_know_the_same_commands(schema: Schema) -> None:
    assert set(COMMANDS) == set(by_type(schema, "Request"))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_carries_what_the_worker_reads(schema: Schema, name: str) -> None:
    wanted = by_type(schema, "Request")[name]

    assert set(fields(COMMANDS[name])) == set(wanted["properties"])


def test_both_sides_know_the_same_events(schema: Schema) -> None:
    assert set(EVENTS) == set(by_type(schema, "Event"))


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_an_event_is_read_with_all_that_the_worker_says(schema: Schema, name: str) -> None:
    said = by_type(schema, "Event")[name]
    read = fields(EVENTS[name])

    assert set(read) == set(said["properties"])
    assert {field for field, required in read.items() if required} <= said["required"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Inventory", ipc.Inventory),
        ("RouterInventory", ipc.RouterInventory),
        ("TransportInventory", ipc.TransportInventory),
        ("ProducerInventory", ipc.ProducerState),
        ("Accepted", ipc.Accepted),
        ("AcceptedProducer", media.PublishedTrack),
        ("SlotInfo", media.Slot),
        ("SpeakerLevel", media.Speaker),
        ("Publish", media.Publication),
        ("Policy", media.Policy),
        ("SlotWant", media.WantedSlot),
    ],
)
def test_a_shared_struct_has_the_same_fields(schema: Schema, name: str, kind: Any) -> None:
    described = schema["$defs"][name]

    assert set(fields(kind)) == set(described["properties"])


@pytest.mark.parametrize(
    ("name", "alias"),
    [("Source", media.Source), ("Kind", media.Kind), ("TransportState", media.TransportState)],
)
def test_a_closed_set_has_the_same_words(schema: Schema, name: str, alias: Any) -> None:
    assert set(get_args(alias)) == values(schema, name)


def test_every_error_code_of_the_worker_is_registered(schema: Schema) -> None:
    assert values(schema, "ErrorCode") - set(ERRORS) == set()
