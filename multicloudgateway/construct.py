"""Builds the components of the package from a program's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.api import Api, ApiArgs
from components.gateway import MultiCloudGateway
from components.regions import Geo
from multicloudgateway.api import ApiInputs, ApiOutputs
from multicloudgateway.inputs import document_of, problems_as_written
from multicloudgateway.schema import API, GATEWAY, PACKAGE
from providers import konnect
from providers.konnect.provider import PACKAGE as DYNAMIC
from stacks import settings
from stacks.contract import GatewayContract
from stacks.errors import Problem, SettingsError
from stacks.models import Settings
from stacks.names import to_camel_case, words_in_camel_case
from stacks.program import described, konnect_provider, refuse_deletion_while_used


class KonnectOfPackage(konnect.Provider):
    """The Konnect provider of a component of the package.

    The plugin itself serves its resources (see ``server``), so they need no Python environment of
    the program. To the SDK it is a provider of dynamic resources, whose types do not change.
    """

    PLUGIN = PACKAGE


async def gateway(
    name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions
) -> tuple[MultiCloudGateway, dict[str, Any]]:
    """Build a gateway and return it with its contract in camelCase.

    Raises ``pulumi.RunError`` with all problems, whose paths are as in the program.
    """
    where = f"{GATEWAY.name} {name}"

    def warn(text: str) -> None:
        said = text.replace(f"{where}: gateway.", f"{where}: ")
        pulumi.log.warn(words_in_camel_case(Settings, said))

    document = await document_of(where, Settings, inputs)
    with problems_as_written(where, Settings):
        _refuse_fabric(where, document)
        environment = await described(name, pulumi.get_stack(), document, where, warn=warn)
    around = _around(options)
    provider = _konnect(name, environment.settings.geo, options)
    built = MultiCloudGateway(name, environment.args, options)
    with_it = pulumi.ResourceOptions.merge(around, pulumi.ResourceOptions(provider=provider))
    refuse_deletion_while_used(name, built, with_it)
    contract = environment.contract(built)
    return built, to_camel_case(GatewayContract, contract.exports())


def _refuse_fabric(where: str, document: Mapping[str, Any]) -> None:
    """Raise SettingsError if a gateway has a fabric, with all other problems of its settings.

    Hubs and tunnels must keep their numbers for ever. They are recorded beside a stack file.
    """
    if document.get("fabric") is None:
        return
    wrong = "has numbers that are recorded in a file, and the package reads no file"
    remedy = (
        "delete it; or build the gateway with a program in Python that reads the file, such as "
        "examples/fabric of this project (docs/packages.md)"
    )
    problems = [Problem(("fabric",), wrong, remedy)]
    rest = {key: value for key, value in document.items() if key != "fabric"}
    try:
        settings.load(pulumi.get_stack(), rest, where)
    except SettingsError as error:
        problems += error.problems
    raise SettingsError(where, settings.in_order(document, problems))


async def api(
    name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions
) -> tuple[Api, dict[str, Any]]:
    """Build an API on the gateway of another stack and return it with its outputs in camelCase.

    The gateway's exports are in its stack's state, so they can be read in a preview too. Raises
    ``pulumi.RunError`` with all problems, whose paths are as in the program.
    """
    where = f"{API.name} {name}"
    document = await document_of(where, ApiInputs, inputs, outputs_in_data=True)
    settings.require_secret_token(pulumi.get_stack())
    with problems_as_written(where, ApiInputs):
        given = ApiInputs.model_validate(document)
        args = ApiArgs.model_validate({key: document[key] for key in document if key != "gateway"})
        contract = await GatewayContract.reference(
            given.gateway, _around(options), name=f"{name}-gateway"
        )
        _konnect(name, contract.geo or Geo.US, options)
        built = Api(name, args, contract, options)
    outputs = {key: getattr(built, key) for key in ApiOutputs.model_fields}
    return built, to_camel_case(ApiOutputs, outputs)


def _around(options: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """The options of what stands beside a component."""
    return pulumi.ResourceOptions(parent=options.parent, protect=options.protect)


def _konnect(name: str, geo: Geo, options: pulumi.ResourceOptions) -> konnect.Provider:
    """Create the Konnect provider of a component and add it to the component's options."""
    provider = konnect_provider(f"{name}-konnect", geo.value, _around(options), KonnectOfPackage)
    given = options.providers
    options.providers = {**(given if isinstance(given, Mapping) else {}), DYNAMIC: provider}
    return provider
