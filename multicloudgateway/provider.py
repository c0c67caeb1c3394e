"""The components of the package, for programs in other languages.

The engine sends a program's inputs to this process, which registers the resources. The inputs are
checked as a stack file is: all problems at once, each with its path. A program in YAML or
TypeScript cannot create a ``konnect.Provider``. This process creates it, from the stack's
``konnect:token`` and ``konnect:server_url`` or from the environment.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import Any, Final

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, Provider

from multicloudgateway.schema import API, GATEWAY, package_schema

DISTRIBUTION: Final = "multicloud-gateway"
"""The name of the installed Python distribution of this project."""

Outputs = dict[str, pulumi.Input[Any]]
Build = Callable[[str, Mapping[str, Any], pulumi.ResourceOptions], Awaitable[tuple[Any, Outputs]]]
"""Builds a component from its name, inputs and options. Returns it with its outputs."""


class Package(Provider):
    """The package's plugin: its schema, and its components."""

    def __init__(self) -> None:
        release = version(DISTRIBUTION)
        super().__init__(release, json.dumps(package_schema(release)))

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Mapping[str, Any],
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Build the component that a program asks for. Called in the running event loop.

        Raises ``ValueError`` for a type that is not in the package. The URN in the result raises
        ``InputPropertiesError`` when it is awaited: with all problems of the inputs, or with what
        is missing in Konnect or in another stack.
        """
        # The components load the clouds' SDKs, which a process that serves resources never needs.
        from multicloudgateway.construct import api, gateway

        builds: dict[str, Build] = {GATEWAY.token: gateway, API.token: api}
        if resource_type not in builds:
            known = ", ".join(builds)
            raise ValueError(f"this package has no {resource_type}, only {known}")
        outputs: Outputs = {}
        built = builds[resource_type](name, inputs, options or pulumi.ResourceOptions())
        return ConstructResult(_urn(built, outputs), outputs)


async def _urn(build: Awaitable[tuple[Any, Outputs]], outputs: Outputs) -> str:
    """Wait for a component, put its outputs into ``outputs``, and return its URN.

    The SDK awaits the URN first and reads the outputs after that.
    """
    try:
        component, given = await build
    except pulumi.RunError as error:
        # One text, which the engine shows as it is. For a path, the engine would print the value
        # of that input, even a token or a secret.
        raise InputPropertiesError(f"\n{error}", []) from None
    outputs.update(given)
    urn: str | None = await component.urn.future()
    assert urn is not None  # a registered component has a URN
    return urn
