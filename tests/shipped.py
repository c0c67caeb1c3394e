"""The shipped environments: their settings, with the address plan that each has recorded."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from components.gateway import MultiCloudGatewayArgs
from stacks import settings
from stacks.address_files import RecordedPlans, plan_file, read_plans
from stacks.arguments import gateway_args
from stacks.given_networks import GivenNetwork

CHECKOUT = Path(__file__).parents[1]
STACKS = ("dev", "staging", "prod")


def document_of(stack: str) -> dict[str, Any]:
    """The settings in a stack's file, as they are written."""
    config = yaml.safe_load((CHECKOUT / settings.stack_file(stack)).read_text())["config"]
    document: dict[str, Any] = config["multicloud-gateway:gateway"]
    return document


def plans_of(stack: str) -> RecordedPlans | None:
    """The recorded plan of a stack; None if it has none."""
    return read_plans(CHECKOUT / "stacks", stack)


def load(stack: str, document: object = None) -> settings.Settings:
    """The settings of a stack, or others of the same stack, with its recorded plan."""
    written = document_of(stack) if document is None else document
    return settings.load(stack, written, plans=plans_of(stack))


def arguments(
    environment: settings.Settings, networks: Mapping[str, GivenNetwork] | None = None
) -> MultiCloudGatewayArgs:
    """What the gateway of an environment gets."""
    plans = plans_of(environment.stack)
    return gateway_args(environment, networks, recorded=plans.own if plans else None)


def copy_to(project: Path) -> None:
    """Copy the stack files and the recorded plans into a project."""
    for stack in STACKS:
        for name in (settings.stack_file(stack), plan_file(stack)):
            if (CHECKOUT / name).exists():
                shutil.copy(CHECKOUT / name, project / name)
