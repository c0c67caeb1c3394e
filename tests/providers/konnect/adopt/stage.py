"""A program under test, run with the provider classes in place of the engine.

Each statement is checked and adopted at the simulated Konnect as the engine would have it done,
and compared once more with what it has written.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

import multicloudgateway
from tests.providers.konnect.case import Case
from tests.providers.konnect.examples import EXAMPLES
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect

Json = dict[str, Any]
EXAMPLE = {example.resource.__name__: example for example in EXAMPLES}
CHECKOUT = Path(__file__).parents[4]


@dataclass(frozen=True)
class Adoption:
    """What came of one statement."""

    resource: str
    name: str
    id: str
    inputs: Json
    changed: bool


class Stage:
    """Stands for `multicloudgateway.konnect` and for the stack's configuration."""

    def __init__(self, konnect: LocalKonnect, secrets: Mapping[str, str]) -> None:
        self.adoptions: list[Adoption] = []
        self._konnect = konnect
        self._secrets = secrets

    def __getattr__(self, resource: str) -> Callable[..., Any]:
        def adopt(name: str, /, **inputs: Any) -> Any:
            inspect.signature(EXAMPLE[resource].resource).bind(name, **inputs)
            nothing: Json = {}
            case = Case(EXAMPLE[resource].provider, "", nothing, nothing, nothing)
            engine = Engine(self._konnect, case)
            id_, outputs = engine.create(inputs)
            changed = bool(engine.diff(outputs, inputs).changes)
            self.adoptions.append(Adoption(resource, name, id_, inputs, changed))
            ready = SimpleNamespace(apply=lambda look: look(_ReadyAddon(self._konnect, id_)))
            return SimpleNamespace(id=id_, name=outputs.get("name"), ready=ready)

        return adopt

    def get_managed_partial_output(self, control_plane_id: str, cache_config_id: str) -> str:
        """The partial has that id, which Konnect makes of the same control plane."""
        path = f"/v2/control-planes/{control_plane_id}/core-entities/partials/{cache_config_id}"
        return str(self._konnect.call("GET", path)["id"])

    def require_secret(self, name: str) -> str:
        """A secret, which has to be set."""
        return self._secrets[name]


class _ReadyAddon:
    def __init__(self, konnect: LocalKonnect, id_: str) -> None:
        self._addon = konnect.call("GET", f"/v2/cloud-gateways/add-ons/{id_}")

    @property
    def cache_config_id(self) -> str:
        return str(self._addon["config"]["state_metadata"]["cache_config_id"])


def run(
    text: str,
    konnect: LocalKonnect,
    secrets: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> list[Adoption]:
    """Run a program; returns what it adopted."""
    stage = Stage(konnect, secrets)
    with monkeypatch.context() as patch:
        patch.setattr(multicloudgateway, "konnect", stage)
        patch.setattr(pulumi, "Config", lambda: stage)
        exec(compile(text, "program.py", "exec"), {})
    return stage.adoptions


def is_formatted(text: str) -> bool:
    """Whether `ruff` finds nothing to format and nothing to mend."""
    ruff = Path(sys.prefix) / "bin" / "ruff"
    for command in (["format", "--check", "-"], ["check", "--ignore", "E501", "-"]):
        done = subprocess.run(
            [ruff, *command], input=text, text=True, capture_output=True, cwd=CHECKOUT
        )
        if done.returncode:
            return False
    return True
