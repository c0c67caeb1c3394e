"""A gateway under Pulumi's mocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest

from components.gateway import (
    MultiCloudGateway,
    MultiCloudGatewayArgs,
)
from providers import konnect
from stacks import exports
from tests.components.gateway_mocks import World, run_program, unmocked
from tests.components.gateways import Build


@pytest.fixture(scope="session")
def built() -> dict[str, tuple[World, dict[str, Any]]]:
    """What was built from which arguments. Tests only read it, so each is built once."""
    return {}


@pytest.fixture
def build(built: dict[str, tuple[World, dict[str, Any]]]) -> Iterator[Build]:
    """Return a function that runs a gateway under mocks: (what was registered, exports)."""

    def run(
        arguments: MultiCloudGatewayArgs | Callable[[], MultiCloudGatewayArgs],
        *,
        preview: bool = False,
        ready: bool = True,
        providers: Callable[[], list[pulumi.ProviderResource]] = list,
    ) -> tuple[World, dict[str, Any]]:
        def make(provider: konnect.Provider) -> Any:
            given = arguments() if callable(arguments) else arguments
            opts = pulumi.ResourceOptions(providers=[provider, *providers()])
            gateway = MultiCloudGateway("gw", given, opts)
            return exports.exports(gateway)

        if callable(arguments) or providers is not list:
            return run_program(make, preview=preview, ready=ready)
        key = repr((arguments, preview, ready))
        if key not in built:
            built[key] = run_program(make, preview=preview, ready=ready)
        return built[key]

    yield run
    unmocked()
