"""Builds a MultiCloudGateway for a program in another language.

The engine sends the program's inputs to this process, which registers the resources. The inputs
are checked as a stack file is: all problems at once, each with its path. A program in YAML or
TypeScript cannot create a ``konnect.Provider``. This process creates it, from the stack's
``konnect:token`` and ``konnect:server_url`` or from the environment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, Provider

from components.gateway import MultiCloudGateway
from multicloudgateway.schema import TOKEN, package_schema
from providers.base.model import integers
from providers.konnect.provider import PACKAGE as DYNAMIC
from stacks.errors import Path, Problem, SettingsError
from stacks.program import described, konnect_provider, refuse_deletion_while_used

DISTRIBUTION: Final = "multicloud-gateway"
"""The name of the installed Python distribution of this project."""


class GatewayPackage(Provider):
    """The package's plugin: one component, ``multicloudgateway:index:MultiCloudGateway``."""

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
        """Build the gateway that a program asks for. Called in the running event loop.

        Raises ``ValueError`` for another type. The URN in the result raises
        ``InputPropertiesError`` when it is awaited: with all problems of the inputs, or with what
        is missing in Konnect or in another stack.
        """
        if resource_type != TOKEN:
            raise ValueError(f"this package has no {resource_type}, only {TOKEN}")
        outputs: dict[str, pulumi.Input[Any]] = {}
        urn = _build(name, inputs, options or pulumi.ResourceOptions(), outputs)
        return ConstructResult(urn, outputs)


async def _build(
    name: str,
    inputs: Mapping[str, Any],
    options: pulumi.ResourceOptions,
    outputs: dict[str, pulumi.Input[Any]],
) -> str:
    """Build a gateway, put its contract into ``outputs``, and return its URN.

    The SDK awaits the URN first and reads the outputs after that.
    """
    where = f"{TOKEN.rsplit(':', 1)[1]} {name}"
    try:
        environment = await described(name, pulumi.get_stack(), await known(where, inputs), where)
    except pulumi.RunError as error:
        # One text, which the engine shows as it is. For a path, the engine would print the value
        # of that input, even a token or a secret.
        raise InputPropertiesError(f"\n{error}", []) from None
    around = pulumi.ResourceOptions(parent=options.parent, protect=options.protect)
    provider = konnect_provider(f"{name}-konnect", environment.settings, around)
    given = options.providers
    options.providers = {**(given if isinstance(given, Mapping) else {}), DYNAMIC: provider}
    gateway = MultiCloudGateway(name, environment.args, options)
    with_it = pulumi.ResourceOptions.merge(around, pulumi.ResourceOptions(provider=provider))
    refuse_deletion_while_used(name, gateway, with_it)
    outputs.update(environment.contract(gateway).exports())
    urn = await gateway.urn.future()
    assert urn is not None  # a registered component has a URN
    return urn


async def known(where: str, inputs: Mapping[str, Any]) -> Any:
    """Convert the inputs to the document that a stack file would hold.

    An Output is replaced by its value. Raises SettingsError for every value that is not known yet,
    and for every secret: secrets would be written to the state and to Konnect in plain text.
    """
    problems: list[Problem] = []
    document = {
        name: await _known_value(value, (name,), problems) for name, value in inputs.items()
    }
    if problems:
        raise SettingsError(where, problems)
    return integers(document)


async def _known_value(value: Any, path: Path, problems: list[Problem]) -> Any:
    if isinstance(value, pulumi.Output):
        if await value.is_secret():
            wrong = "is a secret, and settings are written in plain text"
            problems.append(Problem(path, wrong, "pass it as a plain value"))
            return None
        value = await value.future(with_unknowns=True)
    if isinstance(value, pulumi.output.Unknown):
        wrong = "is not known yet, and the settings decide which resources there are"
        remedy = "write it out, or deploy what it comes from first and read it by stack reference"
        problems.append(Problem(path, wrong, remedy))
        return None
    if isinstance(value, Mapping):
        return {
            key: await _known_value(item, (*path, key), problems) for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            await _known_value(item, (*path, index), problems) for index, item in enumerate(value)
        ]
    return value
