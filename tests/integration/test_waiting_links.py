"""Attachments of every kind whose customer side is missing: the line of each says what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from tests.integration.conftest import World
from tests.integration.test_environments import leaves_nothing

PROGRAM = """
import pulumi
import pulumi_aws as aws
import pulumi_gcp as gcp
from providers import konnect
from pulumi_azure_native import network, resources

provider = konnect.Provider("konnect")
opts = pulumi.ResourceOptions(provider=provider)
states = {}


def gateway_network(cloud, region, zones, cidr):
    account = konnect.get_provider_account_output(cloud, provider)
    return konnect.CloudGatewayNetwork(
        cloud,
        name=provider.own_name(cloud),
        cloud_gateway_provider_account_id=account.apply(lambda one: one.id),
        region=region,
        availability_zones=zones,
        cidr_block=cidr,
        opts=opts,
    )


def attach(kind, to, config, depends_on=(), **more):
    attachment = konnect.CloudGatewayTransitGateway(
        kind,
        network_id=to.ready.apply(lambda ready: ready.id),
        name=kind,
        transit_gateway_attachment_config={"kind": f"{kind}-attachment", **config},
        ready_timeout=25,
        opts=pulumi.ResourceOptions(provider=provider, depends_on=list(depends_on)),
        **more,
    )
    states[kind] = attachment.ready.apply(lambda ready: ready.state)


def shared(name, arn):
    # With Kong's account, as each kind in AWS needs it.
    share = aws.ram.ResourceShare(name, allow_external_principals=True)
    resource = aws.ram.ResourceAssociation(name, resource_arn=arn, resource_share_arn=share.arn)
    account = konnect.get_provider_account_output("aws", provider)
    principal = aws.ram.PrincipalAssociation(
        name,
        principal=account.apply(lambda one: one.provider_account_id),
        resource_share_arn=share.arn,
    )
    return share.arn, [resource, principal]


ohio = gateway_network("aws", "us-east-2", ["use2-az1", "use2-az2"], "10.0.0.0/20")
vpc = aws.ec2.Vpc("vpc", cidr_block="10.61.0.0/16")
subnet = aws.ec2.Subnet(
    "subnet", vpc_id=vpc.id, cidr_block="10.61.0.0/20", availability_zone_id="use2-az3"
)
hub = aws.ec2transitgateway.TransitGateway("hub")
arn, there = shared("hub", hub.arn)
attach(
    "aws-transit-gateway",
    ohio,
    {"transit_gateway_id": hub.id, "ram_share_arn": arn},
    there,
    cidr_blocks=["10.60.0.0/16"],
)
attach(
    "aws-vpc-peering",
    ohio,
    {"peer_account_id": vpc.owner_id, "peer_vpc_id": vpc.id, "peer_vpc_region": "us-east-2"},
    cidr_blocks=["10.61.0.0/16"],
)
resource_gateway = aws.vpclattice.ResourceGateway(
    "gateway", name="gateway", vpc_id=vpc.id, subnet_ids=[subnet.id]
)
service = aws.vpclattice.ResourceConfiguration(
    "service",
    name="service",
    type="SINGLE",
    resource_gateway_identifier=resource_gateway.id,
    port_ranges=["443"],
    resource_configuration_definition={"ip_resource": {"ip_address": "10.61.0.9"}},
)
arn, there = shared("service", service.arn)
mapping = [{"resource_config_id": service.id, "domain_name": "orders.acme.internal"}]
attach(
    "aws-resource-endpoint", ohio, {"ram_share_arn": arn, "resource_config": mapping}, there
)

virginia = gateway_network("azure", "eastus2", ["eastus2-az2", "eastus2-az3"], "10.16.0.0/20")
group = resources.ResourceGroup("group", resource_group_name="group", location="eastus2")
vnet = network.VirtualNetwork(
    "vnet",
    resource_group_name=group.name,
    virtual_network_name="vnet",
    location="eastus2",
    address_space={"address_prefixes": ["10.81.0.0/16"]},
)
wan = network.VirtualWan(
    "wan", resource_group_name=group.name, virtual_wan_name="wan", location="eastus2"
)
virtual_hub = network.VirtualHub(
    "vhub",
    resource_group_name=group.name,
    virtual_hub_name="vhub",
    location="eastus2",
    address_prefix="10.95.0.0/23",
    virtual_wan={"id": wan.id},
)
tenant = {
    "tenant_id": "0a1b2c3d-0000-4000-8000-00000000aaaa",
    "subscription_id": "0a1b2c3d-0000-4000-8000-00000000bbbb",
    "resource_group_name": group.name,
}
attach("azure-vnet-peering", virginia, {**tenant, "vnet_name": vnet.name})
attach("azure-vhub-peering", virginia, {**tenant, "vhub_name": virtual_hub.name})

iowa = gateway_network("gcp", "us-central1", ["us-central1-a"], "10.32.0.0/20")
shared_network = gcp.compute.Network("shared", name="shared", auto_create_subnetworks=False)
attach(
    "gcp-vpc-peering",
    iowa,
    {"peer_project_id": shared_network.project, "peer_vpc_name": shared_network.name},
)
pulumi.export("states", states)
"""

WAITING = {
    "aws-transit-gateway": (
        "pending-acceptance",
        r"accept attachment tgw-attach-\w+ to tgw-\w+ in AWS",
    ),
    "aws-vpc-peering": (
        "pending-acceptance",
        r"accept the peering that Kong's VPC requests with VPC vpc-\w+ in account 111122223333",
    ),
    "aws-resource-endpoint": (
        "resource missing",
        r"Konnect does not find rcfg-\w+ as orders\.acme\.internal: share it .* and give its "
        r"resource gateway a subnet in a zone of the gateway network",
    ),
    "azure-vnet-peering": (
        "pending-user-action",
        r"consent to Kong's application at https://login\.microsoftonline\.com/\S+ if nobody has, "
        r"and give its service principal a role that may peer with VNet vnet in resource group",
    ),
    "azure-vhub-peering": (
        "pending-user-action",
        r"a role that may connect to virtual hub vhub in resource group group of subscription",
    ),
    "gcp-vpc-peering": ("initializing", r"no peering from shared towards"),
}
"""By kind: the state in which it waits, and what its line says."""


def test_an_attachment_whose_customer_side_is_missing_waits_and_says_what_to_do(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000, program=PROGRAM)
    world.init("dev")
    world.project.ok("config", "set", "aws:region", "us-east-2")
    done = world.run("up", "--yes", "--skip-preview", "--stack", "dev")

    assert done.code != 0
    assert "Traceback" not in done.output
    for kind, (state, said) in WAITING.items():
        line = rf"CloudGatewayTransitGateway {kind} .*{state} for \S+ \(.*{said}"
        assert re.search(line, done.output), (kind, done.output)
    assert "The object is kept in state: run `pulumi up` again to go on waiting" in done.output
    found = world.sandbox.konnect("transit-gateways").values()
    states = {one["name"]: one["state"] for one in found}
    assert states == {
        kind: "ready" if state == "resource missing" else state
        for kind, (state, _) in WAITING.items()
    }

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
