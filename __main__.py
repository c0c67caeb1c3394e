"""One environment: its settings become a MultiCloudGateway, whose contract is exported."""

from __future__ import annotations

import pulumi

from components.gateway import MultiCloudGateway
from providers import konnect
from stacks import contract, settings
from stacks.arguments import gateway_args

stack = pulumi.get_stack()
configuration = pulumi.Config("konnect")

environment = settings.load(stack, pulumi.Config().get_object("gateway"))
for warning in settings.warnings(environment):
    pulumi.log.warn(warning)
connection = konnect.Connection.resolve(
    configuration.get("token"), configuration.get("server_url"), environment.geo.value
)
connection.require_token()
settings.require_available(environment, konnect.get_availability(connection))

provider = konnect.Provider(
    "konnect",
    token=configuration.get_secret("token"),
    server_url=configuration.get("server_url"),
    geo=environment.geo.value,
)
gateway = MultiCloudGateway(
    f"gateway-{stack}",
    gateway_args(environment),
    opts=pulumi.ResourceOptions(providers=[provider]),
)
contract.export(gateway)
