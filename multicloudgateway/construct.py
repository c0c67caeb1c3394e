"""Builds the components of the package from a program's inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pulumi

from components.gateway import MultiCloudGateway
from multicloudgateway.inputs import document_of
from multicloudgateway.schema import GATEWAY, PACKAGE, Component
from providers import konnect
from providers.konnect.provider import PACKAGE as DYNAMIC
from stacks.contract import GatewayContract
from stacks.errors import SettingsError
from stacks.models import Settings
from stacks.names import problem_in_camel_case, to_camel_case, words_in_camel_case
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
    with _in_camel_case(GATEWAY):
        document = await document_of(where, Settings, inputs)
        environment = await described(name, pulumi.get_stack(), document, where, warn=_warn)
    around = pulumi.ResourceOptions(parent=options.parent, protect=options.protect)
    provider = konnect_provider(
        f"{name}-konnect", environment.settings.geo.value, around, kind=KonnectOfPackage
    )
    given = options.providers
    options.providers = {**(given if isinstance(given, Mapping) else {}), DYNAMIC: provider}
    built = MultiCloudGateway(name, environment.args, options)
    with_it = pulumi.ResourceOptions.merge(around, pulumi.ResourceOptions(provider=provider))
    refuse_deletion_while_used(name, built, with_it)
    contract = environment.contract(built)
    return built, to_camel_case(GatewayContract, contract.exports())


@contextmanager
def _in_camel_case(component: Component) -> Iterator[None]:
    """Write the problems of a component's inputs as the program wrote the inputs."""
    try:
        yield
    except SettingsError as error:
        problems = [problem_in_camel_case(component.inputs, one) for one in error.problems]
        raise SettingsError(error.file, problems) from None


def _warn(text: str) -> None:
    pulumi.log.warn(words_in_camel_case(Settings, text))
