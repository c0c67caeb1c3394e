"""Konnect and the simulated clouds together: attachments that both sides have to make."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox.accounts import (
    CUSTOMER_AWS_ACCOUNT,
    CUSTOMER_AZURE_SUBSCRIPTION,
    CUSTOMER_AZURE_TENANT,
    CUSTOMER_GCP_PROJECT,
    KONG_AWS_ACCOUNT,
    KONG_GCP_PRINCIPAL,
    KONG_GCP_PROJECT,
)
from sandbox.clouds import serve_clouds
from sandbox.handshakes import (
    azure_peering,
    azure_private_dns,
    gcp_private_dns,
    private_hosted_zone,
    transit_gateway,
)
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider, Refused
from tests.sandbox.handshakes.aws import resource_configuration, share
from tests.sandbox.handshakes.azure import grant
from tests.sandbox.konnect.client import NETWORKS, Json, Konnect

Connect = Callable[..., Provider]


@pytest.fixture
def connect(store: Store) -> Iterator[Connect]:
    """Open a provider of a cloud that shares Konnect's store."""
    servers = serve_clouds(store)
    opened: list[Provider] = []

    def connect(package: str, **config: str) -> Provider:
        opened.append(Provider(servers.ports[package], config))
        return opened[-1]

    yield connect
    for provider in opened:
        provider.close()
    servers.stop()


def attach(konnect: Konnect, network: Json, config: Json, **fields: object) -> str:
    collection = f"{NETWORKS}/{network['id']}/transit-gateways"
    body = {"name": "kong", "transit_gateway_attachment_config": config, **fields}
    created = konnect.post(collection, body)
    assert created.status == 201, created.body
    return f"{collection}/{created.body['id']}"


def test_an_aws_attachment_is_shared_opened_accepted_and_removed(
    konnect: Konnect, store: Store, connect: Connect
) -> None:
    aws = connect("aws", region="us-east-2")
    hub = aws.create(tokens.TGW)
    share = aws.create(tokens.RAM_SHARE, allowExternalPrincipals=True)
    aws.create(tokens.RAM_RESOURCE, resourceArn=hub["arn"], resourceShareArn=share.id)
    config = {
        "kind": "aws-transit-gateway-attachment",
        "transit_gateway_id": hub.id,
        "ram_share_arn": share.id,
    }
    path = attach(konnect, konnect.network(), config, cidr_blocks=["10.60.0.0/16"])
    konnect.wait(4)
    waiting = konnect.read(path)
    assert waiting["state"] == "initializing"
    assert KONG_AWS_ACCOUNT in waiting["state_metadata"]["reason"]

    aws.create(tokens.RAM_PRINCIPAL, principal=KONG_AWS_ACCOUNT, resourceShareArn=share.id)
    konnect.wait(1)
    pending = konnect.read(path)
    assert pending["state"] == "pending-acceptance"
    id_ = pending["transit_gateway_attachment_config"]["attachment_id"]
    aws.create(tokens.TGW_ACCEPTER, transitGatewayAttachmentId=id_)
    konnect.wait(2)
    assert konnect.read(path)["state"] == "ready"

    assert konnect.delete(path).status == 204
    konnect.wait(4)
    assert konnect.get(path).status == 404
    gone = transit_gateway.state(store, region="us-east-2", attachment_id=id_)
    assert gone == "deleted"


def test_a_share_with_another_account_ends_in_error(konnect: Konnect, connect: Connect) -> None:
    aws = connect("aws", region="us-east-2")
    hub = aws.create(tokens.TGW)
    share = aws.create(tokens.RAM_SHARE, allowExternalPrincipals=True)
    aws.create(tokens.RAM_RESOURCE, resourceArn=hub["arn"], resourceShareArn=share.id)
    aws.create(tokens.RAM_PRINCIPAL, principal="999988887777", resourceShareArn=share.id)
    config = {
        "kind": "aws-transit-gateway-attachment",
        "transit_gateway_id": hub.id,
        "ram_share_arn": share.id,
    }
    path = attach(konnect, konnect.network(), config, cidr_blocks=["10.60.0.0/16"])
    konnect.wait(14)
    failed = konnect.read(path)
    assert failed["state"] == "error"
    assert failed["state_metadata"]["reported_status"] == "ERROR"
    assert f"not shared with account {KONG_AWS_ACCOUNT}" in failed["state_metadata"]["reason"]


def test_a_gateway_in_another_region_cannot_be_attached(konnect: Konnect, connect: Connect) -> None:
    aws = connect("aws", region="eu-west-1")
    hub = aws.create(tokens.TGW)
    share = aws.create(tokens.RAM_SHARE, allowExternalPrincipals=True)
    aws.create(tokens.RAM_RESOURCE, resourceArn=hub["arn"], resourceShareArn=share.id)
    aws.create(tokens.RAM_PRINCIPAL, principal=KONG_AWS_ACCOUNT, resourceShareArn=share.id)
    config = {
        "kind": "aws-transit-gateway-attachment",
        "transit_gateway_id": hub.id,
        "ram_share_arn": share.id,
    }
    path = attach(konnect, konnect.network(), config, cidr_blocks=["10.60.0.0/16"])
    konnect.wait(14)
    failed = konnect.read(path)
    assert failed["state"] == "error"
    assert "does not exist in us-east-2" in failed["state_metadata"]["reason"]


def test_a_resource_endpoint_takes_a_shared_resource_configuration(
    konnect: Konnect, connect: Connect
) -> None:
    aws = connect("aws", region="us-east-2")
    share = aws.create(tokens.RAM_SHARE, allowExternalPrincipals=True)
    aws.create(tokens.RAM_PRINCIPAL, principal=KONG_AWS_ACCOUNT, resourceShareArn=share.id)
    config = {"kind": "aws-resource-endpoint-attachment", "ram_share_arn": share.id}
    path = attach(konnect, konnect.network(), config)
    konnect.wait(4)
    waiting = konnect.read(path)
    assert waiting["state"] == "initializing"
    assert "holds no resource configuration" in waiting["state_metadata"]["reason"]
    aws.create(
        tokens.RAM_RESOURCE,
        resourceArn=resource_configuration(aws),
        resourceShareArn=share.id,
    )
    konnect.wait(2)
    assert konnect.read(path)["state"] == "ready"


@pytest.mark.parametrize(("zone", "state"), [("use2-az1", "ready"), ("use2-az3", "missing")])
def test_a_child_of_a_shared_group_is_reached_where_the_zones_overlap(
    konnect: Konnect, connect: Connect, zone: str, state: str
) -> None:
    aws = connect("aws", region="us-east-2")
    vpc = aws.create(tokens.VPC, cidrBlock="10.9.0.0/16")
    subnet = aws.create(
        tokens.SUBNET, vpcId=vpc.id, cidrBlock="10.9.0.0/24", availabilityZoneId=zone
    )
    gateway = aws.create(tokens.RESOURCE_GATEWAY, vpcId=vpc.id, subnetIds=[subnet.id])
    group, other = (
        aws.create(
            tokens.RESOURCE_CONFIGURATION,
            name,
            name=name,
            type="GROUP",
            resourceGatewayIdentifier=gateway.id,
        )
        for name in ("shared", "other")
    )
    orders, stray = (
        aws.create(
            tokens.RESOURCE_CONFIGURATION,
            name,
            name=name,
            type="CHILD",
            resourceConfigurationGroupId=of.id,
            portRanges=["443"],
            resourceConfigurationDefinition={"ipResource": {"ipAddress": "10.9.0.4"}},
        )
        for name, of in (("orders", group), ("stray", other))
    )
    config = {
        "kind": "aws-resource-endpoint-attachment",
        "ram_share_arn": share(aws, group["arn"]),
        "resource_config": [
            {"resource_config_id": one.id, "domain_name": f"{one.id}.acme.internal"}
            for one in (orders, stray)
        ],
    }
    network = konnect.network(availability_zones=["use2-az1", "use2-az2"])
    path = attach(konnect, network, config)
    konnect.wait(8)
    shown = konnect.read(path)
    assert shown["state"] == "ready"
    items = shown["transit_gateway_attachment_config"]["resource_config"]
    assert [item["state"] for item in items] == [state, "missing"]


def test_a_vpc_peering_is_accepted_from_the_vpc(konnect: Konnect, connect: Connect) -> None:
    aws = connect("aws", region="us-east-2")
    vpc = aws.create(tokens.VPC, cidrBlock="10.60.0.0/16")
    config = {
        "kind": "aws-vpc-peering-attachment",
        "peer_account_id": CUSTOMER_AWS_ACCOUNT,
        "peer_vpc_id": vpc.id,
        "peer_vpc_region": "us-east-2",
    }
    network = konnect.network(cidr_block="10.61.0.0/20")
    path = attach(konnect, network, config, cidr_blocks=["10.60.0.0/16"])
    konnect.wait(3)
    assert konnect.read(path)["state"] == "pending-acceptance"
    kong = konnect.admin("GET", "state")[f"aws/{KONG_AWS_ACCOUNT}"]
    (peering,) = kong[tokens.VPC_PEERING]
    aws.create(tokens.VPC_PEERING_ACCEPTER, vpcPeeringConnectionId=peering, autoAccept=True)
    konnect.wait(2)
    ready = konnect.read(path)
    assert ready["state"] == "ready"
    assert ready["transit_gateway_attachment_config"]["peering_connection_id"] == peering


def test_a_private_hosted_zone_is_associated_once_it_is_authorised(
    konnect: Konnect, store: Store, connect: Connect
) -> None:
    aws = connect("aws", region="us-east-2")
    network = konnect.network()
    vpc = aws.create(tokens.VPC, cidrBlock="10.60.0.0/16")
    zone = aws.create(tokens.ZONE, name="acme.internal", vpcs=[{"vpcId": vpc.id}])
    collection = f"{NETWORKS}/{network['id']}/private-dns"
    config = {"kind": "aws-private-hosted-zone-attachment", "hosted_zone_id": zone.id}
    created = konnect.post(
        collection, {"name": "dns", "private_dns_attachment_config": config}
    ).body
    path = f"{collection}/{created['id']}"
    konnect.wait(4)
    assert konnect.read(path)["state"] == "pending-association"
    kong_vpc = network["provider_metadata"]["vpc_id"]
    aws.create(tokens.VPC_AUTHORIZATION, zoneId=zone.id, vpcId=kong_vpc)
    konnect.wait(1)
    assert konnect.read(path)["state"] == "ready"
    association = {"region": "us-east-2", "association_id": f"{zone.id}:{kong_vpc}"}
    assert private_hosted_zone.state(store, **association) == "associated"
    assert konnect.delete(path).status == 204
    konnect.wait(3)
    assert konnect.get(path).status == 404
    assert private_hosted_zone.state(store, **association) == "deleted"


def test_a_gcp_zone_is_peered_once_it_is_visible_and_the_role_is_granted(
    konnect: Konnect, store: Store, connect: Connect
) -> None:
    gcp = connect("gcp")
    network = konnect.network("gcp")
    own = gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)
    collection = f"{NETWORKS}/{network['id']}/private-dns"
    config = {
        "kind": "gcp-private-hosted-zone-attachment",
        "domain_name": "acme.internal",
        "peer_project_id": CUSTOMER_GCP_PROJECT,
        "peer_vpc_name": "n",
    }
    body = {"name": "dns", "private_dns_attachment_config": config}
    path = f"{collection}/{konnect.post(collection, body).body['id']}"
    gcp.create(
        tokens.GCP_ZONE,
        dnsName="acme.internal.",
        visibility="private",
        privateVisibilityConfig={"networks": [{"networkUrl": own.id}]},
    )
    konnect.wait(4)
    assert konnect.read(path)["state"] == "pending-association"
    gcp.create(
        tokens.GCP_IAM_MEMBER,
        project=CUSTOMER_GCP_PROJECT,
        role="roles/dns.peer",
        member=KONG_GCP_PRINCIPAL,
    )
    konnect.wait(1)
    assert konnect.read(path)["state"] == "ready"
    kong_network = network["provider_metadata"]["vpc_id"]
    zone_id = f"projects/{KONG_GCP_PROJECT}/managedZones/{kong_network}-acme-internal"
    assert gcp_private_dns.state(store, zone_id=zone_id) == "active"
    assert konnect.delete(path).status == 204
    konnect.wait(3)
    assert konnect.get(path).status == 404
    assert gcp_private_dns.state(store, zone_id=zone_id) == "deleted"


def private_zone(azure: Provider) -> Made:
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g")
    return azure.create(
        tokens.PRIVATE_ZONE,
        resourceGroupName="g",
        privateZoneName="acme.internal",
        location="global",
    )


def attach_zone(konnect: Konnect, network: Json, link: str = "kong", name: str = "dns") -> str:
    """Attach the private zone of the group ``g``; returns the path of the attachment."""
    config = {
        "kind": "azure-private-hosted-zone-attachment",
        "domain_name": "acme.internal",
        "peer_tenant_id": CUSTOMER_AZURE_TENANT,
        "peer_subscription_id": CUSTOMER_AZURE_SUBSCRIPTION,
        "peer_resource_group_id": "g",
        "peer_vnet_link_name": link,
    }
    collection = f"{NETWORKS}/{network['id']}/private-dns"
    body = {"name": name, "private_dns_attachment_config": config}
    return f"{collection}/{konnect.post(collection, body).body['id']}"


def test_a_private_zone_is_linked_once_kong_has_a_role_on_it(
    konnect: Konnect, store: Store, connect: Connect
) -> None:
    azure = connect("azure-native", location="eastus2")
    zone = private_zone(azure)
    path = attach_zone(konnect, konnect.network("azure"))
    konnect.wait(4)
    assert konnect.read(path)["state"] == "pending-association"
    grant(azure, zone.id, *azure_private_dns.ZONE_ACTIONS)
    konnect.wait(1)
    assert konnect.read(path)["state"] == "ready"
    link = f"{zone.id}/virtualNetworkLinks/kong"
    assert azure_private_dns.state(store, link) == "Completed"
    with pytest.raises(Refused, match="CannotDeleteResource"):
        azure.delete(zone)
    assert konnect.delete(path).status == 204
    konnect.wait(3)
    assert konnect.get(path).status == 404
    assert azure_private_dns.state(store, link) is None
    azure.delete(zone)


def test_a_network_is_not_linked_to_a_zone_a_second_time(
    konnect: Konnect, connect: Connect
) -> None:
    azure = connect("azure-native", location="eastus2")
    grant(azure, private_zone(azure).id, *azure_private_dns.ZONE_ACTIONS)
    network = konnect.network("azure")
    first = attach_zone(konnect, network)
    konnect.wait(4)
    assert konnect.read(first)["state"] == "ready"
    second = attach_zone(konnect, network, link="again", name="again")
    konnect.wait(4)
    failed = konnect.read(second)
    assert failed["state"] == "error"
    assert "overlapping namespaces" in failed["state_metadata"]["reason"]


def test_the_name_of_kongs_link_must_be_new(konnect: Konnect, connect: Connect) -> None:
    azure = connect("azure-native", location="eastus2")
    grant(azure, private_zone(azure).id, *azure_private_dns.ZONE_ACTIONS)
    first = attach_zone(konnect, konnect.network("azure"))
    konnect.wait(4)
    assert konnect.read(first)["state"] == "ready"
    second = attach_zone(konnect, konnect.network("azure"))
    konnect.wait(70)
    failed = konnect.read(second)
    assert failed["state"] == "error"
    assert "peer_vnet_link_name" in failed["state_metadata"]["reason"]


def test_an_azure_attachment_waits_for_a_role_on_the_network(
    konnect: Konnect, connect: Connect
) -> None:
    azure = connect("azure-native", location="eastus2")
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g")
    vnet = azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="v",
        addressSpace={"addressPrefixes": ["10.60.0.0/16"]},
    )
    config = {
        "kind": "azure-vnet-peering-attachment",
        "tenant_id": CUSTOMER_AZURE_TENANT,
        "subscription_id": CUSTOMER_AZURE_SUBSCRIPTION,
        "resource_group_name": "g",
        "vnet_name": "v",
    }
    path = attach(konnect, konnect.network("azure"), config)
    konnect.wait(3)
    assert konnect.read(path)["state"] == "pending-user-action"
    grant(azure, vnet.id, *azure_peering.VNET_ACTIONS)
    konnect.wait(2)
    assert konnect.read(path)["state"] == "ready"
    konnect.delete(path)
    konnect.wait(4)
    azure.delete(vnet)


def test_a_gcp_attachment_is_ready_when_both_peerings_are_there(
    konnect: Konnect, connect: Connect
) -> None:
    gcp = connect("gcp", region="us-east1")
    vpc = gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)
    network = konnect.network("gcp")
    config = {
        "kind": "gcp-vpc-peering-attachment",
        "peer_project_id": CUSTOMER_GCP_PROJECT,
        "peer_vpc_name": "n",
    }
    path = attach(konnect, network, config)
    konnect.wait(10)
    assert konnect.read(path)["state"] == "initializing"
    kong = network["provider_metadata"]["vpc_id"]
    peering = gcp.create(
        tokens.GCP_PEERING,
        network=vpc["selfLink"],
        peerNetwork=f"projects/{KONG_GCP_PROJECT}/global/networks/{kong}",
    )
    konnect.wait(2)
    assert konnect.read(path)["state"] == "ready"
    active = gcp.read(peering)
    assert active is not None
    assert active["state"] == "ACTIVE"
    konnect.delete(path)
    konnect.wait(4)
    inactive = gcp.read(peering)
    assert inactive is not None
    assert inactive["state"] == "INACTIVE"


def test_a_second_network_of_one_block_cannot_be_peered_with_one_vnet(
    konnect: Konnect, connect: Connect
) -> None:
    azure = connect("azure-native", location="eastus2")
    azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g")
    vnet = azure.create(
        tokens.VNET,
        resourceGroupName="g",
        virtualNetworkName="v",
        addressSpace={"addressPrefixes": ["10.60.0.0/16"]},
    )
    grant(azure, vnet.id, *azure_peering.VNET_ACTIONS)
    config = {
        "kind": "azure-vnet-peering-attachment",
        "tenant_id": CUSTOMER_AZURE_TENANT,
        "subscription_id": CUSTOMER_AZURE_SUBSCRIPTION,
        "resource_group_name": "g",
        "vnet_name": "v",
    }
    first, second = (konnect.network("azure", cidr_block="10.61.0.0/20") for _ in range(2))
    first_path, second_path = attach(konnect, first, config), attach(konnect, second, config)
    konnect.wait(6)
    assert konnect.read(first_path)["state"] == "ready"
    failed = konnect.read(second_path)
    assert failed["state"] == "error"
    assert "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet" in failed["state_metadata"]["reason"]
