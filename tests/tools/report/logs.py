"""Event logs for the tests of the report: recorded ones, and small ones made for one case.

The files in `data/` are of the real engine (3.258.0), previewing this project in the sandbox with
a small policy pack, trimmed: most unchanged resources, debug messages and outputs are left out.

- `first-dev`: the first preview of dev. Two advisories, one undecided rule, one remediation.
- `change-prod`: a region moves to another block, one goes, version, access and cache tier change,
  protection is lifted; one mandatory violation.
- `refused-prod`: the same while the networks are protected, without a pack.
- `same-prod`: nothing changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.report.events import Event
from tools.report.preview import Preview

DATA = Path(__file__).with_name("data")
KONNECT = "pulumi-python:dynamic/konnect:"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
PASSED = {"summaryEvent": {"result": "succeeded", "PolicyPacks": {}}}


def recorded(name: str) -> Preview:
    """A recorded preview."""
    return Preview.read(DATA / f"{name}.jsonl")


def urn(resource_type: str, name: str) -> str:
    return f"urn:pulumi:prod::multicloud-gateway::{resource_type}::{name}"


def step(
    op: str,
    resource_type: str,
    name: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A step's event; ``was_protected``, ``is_protected`` and ``provider`` are of the states."""
    provider = more.pop("provider", "")
    old = {"inputs": before, "protect": more.pop("was_protected", False), "provider": provider}
    new = {"inputs": after, "protect": more.pop("is_protected", False), "provider": provider}
    metadata = {
        "op": op,
        "urn": urn(resource_type, name),
        "type": resource_type,
        "old": None if before is None else old,
        "new": None if after is None else new,
        **more,
    }
    return {"resOutputsEvent": {"metadata": metadata}}


def preview_of(*events: Mapping[str, Any]) -> Preview:
    """A preview of these events that got to its end."""
    return Preview.of(events_of(*events, PASSED))


def write_log(file: Path, *events: Mapping[str, Any]) -> Path:
    """Write events as the engine does."""
    lines = [event.model_dump_json(by_alias=True) for event in events_of(*events)]
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def events_of(*events: Mapping[str, Any]) -> list[Event]:
    return [
        Event.model_validate_json(json.dumps({"sequence": number, "timestamp": 0, **event}))
        for number, event in enumerate(events)
    ]
