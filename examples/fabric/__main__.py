"""prod with a fabric: the checkout's program, with the settings and addresses of this folder."""

from __future__ import annotations

from pathlib import Path

import pulumi

from components.gateway import MultiCloudGateway
from stacks import lean
from stacks.address_files import read_plans
from stacks.program import described, konnect_provider, refuse_deletion_while_used


async def main() -> None:
    """Build the gateway, and export its contract."""
    stack = pulumi.get_stack()
    name = f"gateway-{stack}"
    with lean.collector_paused():
        document = pulumi.Config("multicloud-gateway").get_object("gateway")
        plans = read_plans(Path(__file__).parent / "stacks", stack)
        environment = await described(name, stack, document, plans=plans)
        lean.load_on_use(environment.settings.clouds)
        provider = konnect_provider("konnect", environment.settings.geo.value)
        opts = pulumi.ResourceOptions(providers=[provider])
        gateway = MultiCloudGateway(name, environment.args, opts=opts)
        refuse_deletion_while_used(name, gateway, pulumi.ResourceOptions(provider=provider))
        environment.contract(gateway).export()
    await lean.registered()


pulumi.run(main)
