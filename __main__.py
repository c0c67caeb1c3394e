"""One environment: its settings become a MultiCloudGateway, whose contract is exported."""

from __future__ import annotations

from pathlib import Path

import pulumi

from components.gateway import MultiCloudGateway
from stacks import lean
from stacks.accounts import with_accounts
from stacks.address_files import read_plans
from stacks.program import described, konnect_provider, refuse_deletion_while_used


async def main() -> None:
    """Async, because the networks of other stacks are looked up before anything is built."""
    stack = pulumi.get_stack()
    name = f"gateway-{stack}"

    with lean.collector_paused():
        document = pulumi.Config().get_object("gateway")
        plans = read_plans(Path(__file__).parent / "stacks", stack)
        environment = await described(name, stack, document, plans=plans)
        lean.load_on_use(environment.settings.clouds)
        provider = konnect_provider("konnect", environment.settings.geo.value)
        args = with_accounts(name, environment.args, environment.settings)
        gateway = MultiCloudGateway(name, args, opts=pulumi.ResourceOptions(providers=[provider]))
        refuse_deletion_while_used(name, gateway, pulumi.ResourceOptions(provider=provider))
        environment.contract(gateway).export()
    await lean.registered()


pulumi.run(main)
