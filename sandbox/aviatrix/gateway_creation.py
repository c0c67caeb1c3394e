"""The creation of transit and spoke gateways, and of their HA gateways."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from ipaddress import IPv4Address

from sandbox.aviatrix import accounts, gateways, records, tasks
from sandbox.aviatrix.actions import (
    ENABLED_DISABLED,
    ON_OFF,
    TRUE_FALSE,
    YES_NO,
    Asked,
    Refused,
    Work,
    action,
)
from sandbox.aviatrix.cloud_networks import (
    AWS_TYPE,
    AZURE_TYPE,
    GCP_TYPE,
    CloudNetwork,
    free_address,
    network_of,
    occupy,
    public_address,
    subnet_of,
    zone_of,
)
from sandbox.store import Body, Found, Store

CREATION = 5 * gateways.MINUTE
HA_CREATION = 4 * gateways.MINUTE
BOOT = 30.0
"""Simulated seconds after its creation in which a gateway takes no connections: it is not up."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,49}")
_ZONE = re.compile(r"([a-z]+-[a-z]+\d+)-[a-z]")
_AZURE_SUBNET = re.compile(r"(.+)~~(az-[123])~~")
_AZURE_EIP = re.compile(r"[^:]+:[^:]+:([\d.]+)")
_TRANSIT_ONLY = (
    "connected_transit",
    "enable_hybrid_connection",
    "firenet",
    "lan_vpc",
    "lan_subnet",
    "learned_cidrs_approval",
)
_SPOKE_ONLY = ("enable_bgp", "global_vpc", "insertion_gateway")
_WORDS = {
    "transit": TRUE_FALSE,
    "enable_nat": YES_NO,
    "single_az_ha": ENABLED_DISABLED,
    "connected_transit": YES_NO,
    "insane_mode": YES_NO,
    "reuse_eip": ON_OFF,
    "enable_hybrid_connection": TRUE_FALSE,
    "enc_volume": YES_NO,
    "firenet": TRUE_FALSE,
    "bgp_lan": TRUE_FALSE,
    "learned_cidrs_approval": YES_NO,
    "private_oob": ON_OFF,
    "ph2_encryption_policy": ("default", "strong"),
    "ph2_pfs_policy": ("enable", "disable"),
    "enable_bgp": YES_NO,
}
_OPTIONAL = (
    *("vpc_region", "zone", "eip", "cmk", "json_tags", "lan_vpc", "lan_subnet"),
    *("bgp_lan_intf_count", "bgp_lan_vpc", "bgp_lan_subnet", "oob_mgmt_subnet"),
    *("spot_instance", "spot_price", "delete_spot", "availability_domain", "fault_domain"),
    *("global_vpc", "insertion_gateway"),
)


@dataclass(frozen=True)
class _Seat:
    """Where a gateway is: its network, subnet, block and zone."""

    network: CloudNetwork
    subnet: Found
    block: str
    zone: str


@action(
    "create_multicloud_primary_gateway",
    ("account_name", "cloud_type", "gw_name", "vpc_id", "gw_size", "gw_subnet"),
    _OPTIONAL,
    words=_WORDS,
    may_be_async=True,
)
def create_primary(asked: Asked) -> Work:
    """Create a transit gateway (``transit=true``) or a spoke gateway."""
    store, name = asked.store, asked["gw_name"]
    _check_name(store, name)
    account = accounts.find(store, asked["account_name"])
    if str(account["cloud_type"]) != asked["cloud_type"]:
        raise Refused(
            f"cloud_type {asked['cloud_type']} is not that of account {account['account_name']}"
        )
    role = gateways.TRANSIT if asked.flag("transit") else gateways.SPOKE
    for field in _SPOKE_ONLY if role == gateways.TRANSIT else _TRANSIT_ONLY:
        if asked.get(field):
            raise Refused(f"{field} is not a field of a {role} gateway")
    network = network_of(store, account, asked["vpc_id"], _region(asked, account["cloud_type"]))
    seat = _seat(asked, network, asked.flag("insane_mode"))
    _check_firenet(asked, network)
    gateway = {
        **_common(asked, name, seat, role),
        **_bgp_lan(asked, network, seat),
        "account": account["account_name"],
        "vpc_id": network.found.id if network.cloud_type == AWS_TYPE else asked["vpc_id"],
        "shown_vpc_id": network.shown_id or asked["vpc_id"],
    }
    return _launch(store, gateway, seat, CREATION, f"Successfully created Gateway {name}.", {})


@action(
    "create_multicloud_ha_gateway",
    ("primary_gw_name", "gw_size", "gw_subnet"),
    (
        *("ha_gw_name", "zone", "region", "eip", "bgp_lan_vpc", "bgp_lan_specify_subnet"),
        *("tag_json", "cloud_type", "account_name", "vpc_id"),
    ),
    words={"autogen_hagw_name": YES_NO, "insane_mode": YES_NO},
    may_be_async=True,
)
def create_ha(asked: Asked) -> Work:
    """Create the HA gateway of a primary gateway. Its name is that of the primary and ``-hagw``."""
    store = asked.store
    primary = gateways.find_up(store, asked["primary_gw_name"])
    if primary["primary"]:
        raise Refused(f"Gateway {primary['name']} is an HA gateway")
    name = primary["name"] + gateways.HA_SUFFIX
    if not asked.flag("autogen_hagw_name") and asked.get("ha_gw_name") != name:
        raise Refused(
            f"ha_gw_name {asked.get('ha_gw_name')} must be {name}, or autogen_hagw_name yes"
        )
    if gateways.ha_of(store, primary) is not None:
        raise Refused(f"HA GW already exists: {name}")
    if asked.get("insane_mode") and asked.flag("insane_mode") != primary["insane_mode"]:
        raise Refused(f"insane_mode must be that of gateway {primary['name']}")
    account = gateways.account_of(store, primary)
    network = network_of(store, account, primary["vpc_id"], primary["region"])
    seat = _seat(asked, network, primary["insane_mode"])
    if network.cloud_type == GCP_TYPE and _region(asked, GCP_TYPE) != primary["region"]:
        raise Refused(
            f"zone {asked['zone']} is not in {primary['region']}, that of {primary['name']}"
        )
    gateway = {
        **primary,
        **_common(asked, name, seat, primary["role"]),
        "primary": primary["name"],
        "insane_mode": primary["insane_mode"],
    }
    if primary["bgp_lan"]:
        gateway |= {"lan_ips": _lan_ips(seat, primary["bgp_lan_intf_count"])}
    extra = {"ha_gw_name": name}
    return _launch(
        store, gateway, seat, HA_CREATION, f"Successfully created Gateway {name}.", extra
    )


def _check_name(store: Store, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Refused(
            f"gw_name {name} must start with a letter, and have at most 50 letters, digits, - and _"
        )
    if name.endswith(gateways.HA_SUFFIX):
        raise Refused(f"gw_name {name} must not end with {gateways.HA_SUFFIX}")
    if records.get(store, records.GATEWAYS, name) is not None:
        raise Refused(f"Gateway {name} already exists")


def _region(asked: Asked, cloud_type: int) -> str:
    if cloud_type != GCP_TYPE:
        if not asked.get("vpc_region"):
            raise Refused("vpc_region is required")
        return asked["vpc_region"]
    if not asked.get("zone"):
        raise Refused("zone is required")
    zone = _ZONE.fullmatch(asked["zone"])
    if zone is None:
        raise Refused(f"zone {asked['zone']} must be the name of a zone, such as us-east1-b")
    return zone[1]


def _seat(asked: Asked, network: CloudNetwork, insane_mode: bool) -> _Seat:
    """The subnet of a gateway. Its field may have a zone behind the block."""
    given, cloud_type = asked["gw_subnet"], network.cloud_type
    if cloud_type == AZURE_TYPE and "~~" in given:
        match = _AZURE_SUBNET.fullmatch(given)
        if match is None:
            raise Refused(f"gw_subnet {given} must be <cidr>~~az-<1 to 3>~~")
        return _Seat(network, subnet_of(network, match[1]), match[1], match[2])
    if cloud_type == AWS_TYPE and insane_mode:
        block, _, zone = given.partition("~~")
        subnet = subnet_of(network, block)
        if zone != zone_of(subnet):
            raise Refused(f"gw_subnet {given} must end with ~~{zone_of(subnet)}, its zone")
        return _Seat(network, subnet, block, zone)
    subnet = subnet_of(network, given)
    zone = asked["zone"] if cloud_type == GCP_TYPE and asked.get("zone") else ""
    if cloud_type == AWS_TYPE:
        zone = zone_of(subnet)
    return _Seat(network, subnet, given, zone or "AvailabilitySet")


def _check_firenet(asked: Asked, network: CloudNetwork) -> None:
    """FireNet is chosen at creation in Azure and GCP, and enabled later in AWS."""
    firenet = asked.flag("firenet")
    if firenet and network.cloud_type == AWS_TYPE:
        raise Refused("firenet is chosen at creation in Azure and GCP only")
    names = ("lan_vpc", "lan_subnet")
    if firenet and network.cloud_type == GCP_TYPE:
        for name in names:
            if not asked.get(name):
                raise Refused(f"{name} is required for FireNet in GCP")
        _lan_network(asked, network, asked["lan_vpc"], asked["lan_subnet"], "lan_subnet")
    elif any(asked.get(name) for name in names):
        raise Refused("lan_vpc and lan_subnet are fields of FireNet in GCP")


def _lan_network(asked: Asked, of: CloudNetwork, vpc: str, block: str, field: str) -> None:
    """Raise Refused unless a second network of a gateway in GCP exists, with this subnet."""
    account = accounts.find(asked.store, asked["account_name"])
    vpc_id = vpc if "~-~" in vpc else f"{vpc}~-~{account['project']}"
    subnet_of(network_of(asked.store, account, vpc_id, of.region), block, field)


def _bgp_lan(asked: Asked, network: CloudNetwork, seat: _Seat) -> Body:
    """BGP over LAN: interfaces for connections without IPsec, in Azure and GCP."""
    count = asked.whole("bgp_lan_intf_count", 1, 5)
    fields = ("bgp_lan_intf_count", "bgp_lan_vpc", "bgp_lan_subnet")
    if not asked.flag("bgp_lan"):
        for field in fields:
            if asked.get(field):
                raise Refused(f"{field} needs bgp_lan true")
        return {"bgp_lan": False, "bgp_lan_intf_count": 0, "lan_ips": []}
    if network.cloud_type == AWS_TYPE:
        raise Refused("bgp_lan is for gateways in Azure and GCP")
    if network.cloud_type == AZURE_TYPE and count is None:
        raise Refused("bgp_lan_intf_count is required for BGP over LAN in Azure")
    if network.cloud_type == GCP_TYPE:
        vpcs, blocks = asked.listed("bgp_lan_vpc"), asked.listed("bgp_lan_subnet")
        if not vpcs or len(vpcs) != len(blocks):
            raise Refused("bgp_lan_vpc and bgp_lan_subnet must list as many networks as subnets")
        for vpc, block in zip(vpcs, blocks, strict=True):
            _lan_network(asked, network, vpc, block, "bgp_lan_subnet")
        count = len(vpcs)
    assert count is not None
    return {"bgp_lan": True, "bgp_lan_intf_count": count, "lan_ips": _lan_ips(seat, count)}


def _lan_ips(seat: _Seat, count: int) -> list[str]:
    """The addresses of the BGP LAN interfaces, from the low end of the gateway's subnet."""
    taken = {
        address
        for _, user in seat.network.world.store.users(seat.subnet)
        for address in user.body.get("lan_ips", ())
    }
    first = int(IPv4Address(seat.block.partition("/")[0])) + 4
    addresses: list[str] = []
    while len(addresses) < count:
        address = str(IPv4Address(first))
        if address not in taken:
            addresses.append(address)
        first += 1
    return addresses


def _common(asked: Asked, name: str, seat: _Seat, role: str) -> Body:
    """The fields of a new gateway, with the controller's defaults of those that are left out."""
    store, cloud_type = asked.store, seat.network.cloud_type
    number = store.serial("aviatrix:instance")
    return {
        "name": name,
        "role": role,
        "primary": "",
        "state": records.LAUNCHING,
        "cloud_type": cloud_type,
        "region": seat.network.region,
        "zone": seat.zone,
        "size": asked["gw_size"],
        "subnet": seat.block,
        "insane_mode": asked.flag("insane_mode"),
        "enable_nat": asked.flag("enable_nat"),
        "single_az_ha": asked.flag("single_az_ha"),
        "connected_transit": asked.flag("connected_transit"),
        "tgw_enabled": asked.flag("enable_hybrid_connection"),
        "enable_bgp": asked.flag("enable_bgp"),
        "private_oob": asked.flag("private_oob"),
        "learned_cidrs_approval": asked.flag("learned_cidrs_approval"),
        "firenet_at_creation": asked.flag("firenet"),
        "enable_transit_firenet": asked.flag("firenet"),
        "eip": _eip(asked, cloud_type),
        "tags": _tags(asked, cloud_type),
        "private_ip": "",
        "public_ip": "",
        "instance_id": f"i-0{number:016x}" if cloud_type == AWS_TYPE else name,
        "security_group_id": f"sg-0{number:016x}" if cloud_type == AWS_TYPE else "",
        "firenet": {},
        "local_as_number": "",
        "prepend_as_path": "",
        "bgp_polling_time": 50,
        "bgp_neighbor_status_polling_time": 5,
        "bgp_hold_time": 180,
        "learned_cidrs_approval_mode": "gateway",
        "approved_learned_cidrs": [],
        "bgp_manual_spoke_advertise_cidrs": [],
        "customized_cidr_list": [],
        "filtering_cidr_list": [],
        "advertise_cidr_list": [],
        **dict.fromkeys(_OFF, False),
        "jumbo_frame": True,
        "gro_gso": True,
    }


_OFF = (
    *("bgp_ecmp", "enable_segmentation", "enable_firenet", "enable_egress_transit_firenet"),
    *("enable_gateway_load_balancer", "enable_advertise_transit_cidr", "multitier_transit"),
    *("summarize_cidr_to_tgw", "preserve_as_path", "monitor_gateway_subnets", "vpc_dns_server"),
    *("s2c_rx_balancing", "active_standby"),
)
"""The settings that are off on a new gateway."""


def _tags(asked: Asked, cloud_type: int) -> Body:
    given = asked.get("json_tags") or asked.get("tag_json")
    if not given:
        return {}
    if cloud_type == GCP_TYPE:
        raise Refused("json_tags are for gateways in AWS and Azure")
    try:
        tags = json.loads(given)
    except ValueError:
        tags = None
    if not isinstance(tags, dict) or not all(isinstance(one, str) for one in tags.values()):
        raise Refused(f"json_tags {given} must be a JSON object of strings")
    return tags


def _eip(asked: Asked, cloud_type: int) -> str:
    """The address that a gateway reuses; empty when it gets a new one."""
    eip = asked.get("eip")
    if asked.flag("reuse_eip") and not eip:
        raise Refused("eip is required with reuse_eip on")
    if eip and not asked.get("primary_gw_name") and not asked.flag("reuse_eip"):
        raise Refused(f"eip {eip} needs reuse_eip on")
    if not eip:
        return ""
    match = _AZURE_EIP.fullmatch(eip)
    if cloud_type == AZURE_TYPE and match is None:
        raise Refused(f"eip {eip} must be <eip name>:<resource group>:<ip> in Azure")
    address = eip if match is None else match[1]
    try:
        IPv4Address(address)
    except ValueError:
        raise Refused(f"eip {eip} is not an IPv4 address") from None
    for other in records.every(asked.store, records.GATEWAYS):
        if address in (other["public_ip"], other["eip"].rpartition(":")[2]):
            raise Refused(f"eip {eip} is in use by gateway {other['name']}")
    return eip


def _launch(
    store: Store, gateway: Body, seat: _Seat, seconds: float, text: str, extra: Body
) -> Work:
    """Store a gateway with its place in the cloud, and begin its launch."""
    name, cloud_type = gateway["name"], seat.network.cloud_type
    gateway["private_ip"] = free_address(store, seat.subnet, cloud_type, seat.block)
    records.put(store, records.GATEWAYS, name, gateway)
    holder = records.found(records.GATEWAYS, name, gateway)
    occupy(store, holder, seat.network, seat.subnet)
    return Work("create", records.GATEWAYS, name, seconds, text, extra=extra)


def _launched(store: Store, gateway: Body, at: float) -> Body:
    """A gateway has its public address once it runs."""
    address = gateway["eip"].rpartition(":")[2] or public_address(store, gateway["cloud_type"])
    return {"public_ip": address, "up_at": at + BOOT}


tasks.CREATED[records.GATEWAYS] = _launched
