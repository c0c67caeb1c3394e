"""Builds a MultiCloudGateway for a program in another language.

The engine sends such a program's inputs here, and this process registers the resources. So the
inputs are checked as a stack file is, every problem at once and each with its path. A program in
YAML or TypeScript has no ``konnect.Provider``: this one makes it, from the stack's
``konnect:token`` and ``konnect:server_url`` or the environment.
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
"""What the project is called among the Python packages of this environment."""


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
        """Build the gateway that a program asks for; called in the running event loop.

        What it returns raises ``InputPropertiesError`` once it is awaited: with every problem of
        the inputs, or with what Konnect or another stack does not have.
        """
        if resource_type != TOKEN:
            raise ValueError(f"this package has {TOKEN}, and no {resource_type}")
        outputs: dict[str, pulumi.Input[Any]] = {}
        urn = _build(name, inputs, options or pulumi.ResourceOptions(), outputs)
        return ConstructResult(urn, outputs)


async def _build(
    name: str,
    inputs: Mapping[str, Any],
    options: pulumi.ResourceOptions,
    outputs: dict[str, pulumi.Input[Any]],
) -> str:
    """The URN of a new gateway, whose contract is put into ``outputs``.

    The SDK asks for the URN first and reads the outputs once it has it.
    """
    where = f"{TOKEN.rsplit(':', 1)[1]} {name}"
    try:
        environment = await described(name, pulumi.get_stack(), await known(where, inputs), where)
    except pulumi.RunError as error:
        # All lines as one text, which the engine shows as it is. Given the path of an input, it
        # would look the value up and print it, be it a token or a secret.
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
    assert urn is not None  # a component has one as soon as it is registered
    return urn


async def known(where: str, inputs: Mapping[str, Any]) -> Any:
    """The inputs as the document a stack file would hold.

    Outputs are taken where their values are known. Raises SettingsError for all that are not,
    and for secrets, which would end in the state and in Konnect in clear.
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
            wrong = "is a secret, and no setting is one"
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
