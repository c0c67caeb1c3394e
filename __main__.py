"""One environment: its settings become a MultiCloudGateway, whose contract is exported."""

from __future__ import annotations

import gc

import pulumi

from components.gateway import MultiCloudGateway
from stacks import exports
from stacks.program import described, konnect_provider, refuse_deletion_while_used


async def main() -> None:
    """Async, because the networks of other stacks are looked up before anything is built."""
    # Loading three clouds makes hundreds of thousands of objects that stay. Looking for garbage
    # among them, again and again, took a third of the time of a preview.
    gc.disable()
    stack = pulumi.get_stack()
    name = f"gateway-{stack}"

    environment = await described(stack, pulumi.Config().get_object("gateway"))
    provider = konnect_provider("konnect", environment.settings)
    gateway = MultiCloudGateway(
        name, environment.args, opts=pulumi.ResourceOptions(providers=[provider])
    )
    refuse_deletion_while_used(name, gateway, pulumi.ResourceOptions(provider=provider))
    exports.contract(gateway, environment.settings.environment.value).export()

    gc.freeze()
    gc.enable()


pulumi.run(main)
