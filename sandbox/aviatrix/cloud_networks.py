"""The networks of the simulated clouds, as the controller sees them with an access account.

A gateway is in a subnet of a network that exists in the account. The store keeps a reference from
the gateway to both, so the cloud refuses to delete a network or a subnet with a gateway in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from sandbox.aviatrix import records
from sandbox.aviatrix.actions import Refused, cidr
from sandbox.clouds.aws import AWS
from sandbox.clouds.aws.regions import REGIONS as AWS_REGIONS
from sandbox.clouds.aws.routes import ROUTE_TABLE
from sandbox.clouds.aws.vpc import SUBNET as AWS_SUBNET
from sandbox.clouds.aws.vpc import VPC
from sandbox.clouds.azure import AZURE
from sandbox.clouds.azure.names import same_location
from sandbox.clouds.azure.network import SUBNET as AZURE_SUBNET
from sandbox.clouds.azure.network import VNET
from sandbox.clouds.azure.spaces import prefixes
from sandbox.clouds.gcp import GCP
from sandbox.clouds.gcp.cloud import network_path
from sandbox.clouds.gcp.network import NETWORK, SUBNETWORK
from sandbox.clouds.gcp.regions import REGIONS as GCP_REGIONS
from sandbox.clouds.world import World
from sandbox.store import Body, Found, Store

AWS_TYPE, GCP_TYPE, AZURE_TYPE = 1, 4, 8
"""The values of ``cloud_type`` that the sandbox has clouds for."""
_PUBLIC = {AWS_TYPE: "3.130", GCP_TYPE: "34.23", AZURE_TYPE: "20.63"}
"""The first half of public addresses, by cloud type."""
_RESERVED = {AWS_TYPE: 1, GCP_TYPE: 2, AZURE_TYPE: 1}
"""Addresses that the cloud keeps at the end of a subnet, by cloud type."""


@dataclass(frozen=True)
class CloudNetwork:
    """A network in an account, in a region."""

    world: World
    found: Found
    region: str
    cloud_type: int

    @property
    def shown_id(self) -> str:
        """The id as the controller shows it: in AWS with the name of the VPC."""
        if self.cloud_type == AWS_TYPE:
            return f"{self.found.id}~~{(self.found.body.get('tags') or {}).get('Name', '')}"
        return ""


def network_of(store: Store, account: Body, vpc_id: str, region: str) -> CloudNetwork:
    """The network that a ``vpc_id`` names. Raises Refused when the account has none in the region.

    AWS: ``vpc-…``. Azure: ``<vnet>:<resource group>:<resource GUID>``. GCP: ``<vpc>~-~<project>``.
    """
    cloud_type = account["cloud_type"]
    if cloud_type == AWS_TYPE:
        return _aws(store, account, vpc_id.partition("~~")[0], region)
    if cloud_type == AZURE_TYPE:
        return _azure(store, account, vpc_id, region)
    return _gcp(store, account, vpc_id, region)


def _aws(store: Store, account: Body, vpc_id: str, region: str) -> CloudNetwork:
    if region not in AWS_REGIONS:
        raise Refused(f"vpc_region {region} is not a region of AWS")
    world = World(AWS, store, account["account_number"], region)
    found = world.find(VPC, vpc_id)
    if found is None:
        raise _no_network(vpc_id, region, account)
    return CloudNetwork(world, found, region, AWS_TYPE)


def _azure(store: Store, account: Body, vpc_id: str, region: str) -> CloudNetwork:
    parts = vpc_id.split(":")
    if len(parts) != 3:
        raise Refused(f"vpc_id {vpc_id} must be <vnet>:<resource group>:<resource GUID>")
    name, group, guid = parts
    subscription = account["arm_subscription_id"].lower()
    world = World(AZURE, store, subscription)
    values = {"resourceGroupName": group, "virtualNetworkName": name}
    found = world.find(VNET, VNET.id(world.call(VNET, values)))
    if found is None or not same_location(found.body["location"], region):
        raise _no_network(vpc_id, region, account)
    if found.body["resourceGuid"] != guid:
        raise Refused(f"vpc_id {vpc_id}: VNet {name} has the GUID {found.body['resourceGuid']}")
    return CloudNetwork(world, found, region, AZURE_TYPE)


def _gcp(store: Store, account: Body, vpc_id: str, region: str) -> CloudNetwork:
    name, separator, project = vpc_id.partition("~-~")
    if not separator:
        raise Refused(f"vpc_id {vpc_id} must be <vpc>~-~<project>")
    if region not in GCP_REGIONS:
        raise Refused(f"zone is not in a region of GCP: {region}")
    if project != account["project"]:
        raise Refused(f"vpc_id {vpc_id} is not in the project {account['project']} of the account")
    world = World(GCP, store, project, region)
    found = world.find(NETWORK, network_path(project, name))
    if found is None:
        raise _no_network(vpc_id, region, account)
    return CloudNetwork(world, found, region, GCP_TYPE)


def _no_network(vpc_id: str, region: str, account: Body) -> Refused:
    return Refused(f"VPC {vpc_id} does not exist in {region} of account {account['account_name']}")


def subnet_of(network: CloudNetwork, block: str, field: str = "gw_subnet") -> Found:
    """The subnet of a network that has a CIDR block. Raises Refused when there is none."""
    cidr(field, block)
    for found in _subnets(network):
        if block in _blocks(network, found):
            return found
    where = f"{network.found.id} in {network.region}"
    raise Refused(f"{field} {block} is not a subnet of {where}")


def zone_of(subnet: Found) -> str:
    """The availability zone of a subnet of AWS."""
    return str(subnet.body.get("availabilityZone", ""))


def _subnets(network: CloudNetwork) -> Iterable[Found]:
    world, id_ = network.world, network.found.id
    if network.cloud_type == AWS_TYPE:
        return world.every(AWS_SUBNET, vpcId=id_)
    if network.cloud_type == AZURE_TYPE:
        return (
            user for _, user in world.store.users(network.found) if user.kind == AZURE_SUBNET.token
        )
    return (
        user
        for _, user in world.store.users(network.found)
        if user.kind == SUBNETWORK.token and user.body["region"] == network.region
    )


def _blocks(network: CloudNetwork, subnet: Found) -> list[str]:
    if network.cloud_type == AWS_TYPE:
        return [subnet.body["cidrBlock"]]
    if network.cloud_type == AZURE_TYPE:
        return prefixes(subnet.body)
    return [subnet.body["ipCidrRange"]]


def free_address(store: Store, subnet: Found, cloud_type: int, block: str) -> str:
    """A free private address of a subnet: the highest that no gateway or firewall has."""
    taken = _taken(store, subnet)
    addresses = IPv4Network(block)
    last = int(addresses.broadcast_address) - _RESERVED[cloud_type]
    for number in range(last, int(addresses.network_address) + 3, -1):
        address = str(IPv4Address(number))
        if address not in taken:
            return address
    raise Refused(f"subnet {block} has no free address")


def _taken(store: Store, subnet: Found) -> set[str]:
    return {
        address
        for _, user in store.users(subnet)
        if user.cloud == records.CLOUD
        for address in (user.body.get("private_ip"), *user.body.get("lan_ips", ()))
        if address
    }


def public_address(store: Store, cloud_type: int) -> str:
    """The next public address in a cloud. Every run gives the same ones."""
    number = store.serial(f"aviatrix:public:{cloud_type}")
    return f"{_PUBLIC[cloud_type]}.{number // 250}.{number % 250 + 1}"


def occupy(store: Store, holder: Found, network: CloudNetwork, *subnets: Found) -> None:
    """Record that an object is in a network and its subnets, which then cannot be deleted."""
    store.link(holder, "aviatrix.network", network.found)
    for index, subnet in enumerate(subnets):
        store.link(holder, f"aviatrix.subnet.{index}", subnet)


def route_tables(network: CloudNetwork) -> dict[str, str]:
    """The route tables of a network in AWS: id -> name."""
    return {
        found.id: (found.body.get("tags") or {}).get("Name", "")
        for found in network.world.every(ROUTE_TABLE, vpcId=network.found.id)
    }
