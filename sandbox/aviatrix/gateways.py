"""Gateways: find, read, resize and delete them. ``gateway_creation`` has the rest of their life."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.aviatrix import accounts, records
from sandbox.aviatrix.actions import Asked, Refused, Work, action
from sandbox.aviatrix.cloud_networks import AWS_TYPE
from sandbox.store import Body, Store

MINUTE = 60.0
RESIZE = 4 * MINUTE
DELETION = 2 * MINUTE
"""Simulated seconds. Aviatrix documents no durations; creating a gateway takes minutes."""

_UP_TO_3_INTERFACES = ("nano", "micro", "small", "medium", "large")
"""How sizes in AWS end that have fewer than 4 network interfaces."""

TRANSIT, SPOKE = "transit", "spoke"
HA_SUFFIX = "-hagw"


def find(store: Store, name: str) -> Body:
    """The gateway of this name, primary or HA. Raises Refused without one."""
    gateway = records.get(store, records.GATEWAYS, name)
    if gateway is None:
        said = "not found" if name.endswith(HA_SUFFIX) else "does not exist"
        raise Refused(f"Gateway {name} {said}")
    return gateway


def find_up(store: Store, name: str) -> Body:
    """The gateway of this name, which no task is creating or deleting."""
    gateway = find(store, name)
    if gateway["state"] != records.UP:
        raise Refused(f"Gateway {name} is not up: it is {gateway['state']}")
    return gateway


def find_primary(store: Store, name: str, role: str) -> Body:
    """The transit or spoke gateway of this name, which is up. HA gateways follow their primary."""
    gateway = find_up(store, name)
    if gateway["role"] != role or gateway["primary"]:
        raise Refused(f"Gateway {name} is not a {role} gateway")
    return gateway


def ha_of(store: Store, gateway: Body) -> Body | None:
    """The HA gateway of a primary, or None."""
    return records.get(store, records.GATEWAYS, gateway["name"] + HA_SUFFIX)


def same_cloud_type(asked: Asked, gateway: Body) -> None:
    """Raise Refused when a request names another cloud type than the gateway has."""
    if asked.get("cloud_type", str(gateway["cloud_type"])) != str(gateway["cloud_type"]):
        name, own = gateway["name"], gateway["cloud_type"]
        raise Refused(f"cloud_type {asked['cloud_type']} is not that of gateway {name}: {own}")


def require_size_for_firenet(gateway: Body, size: str) -> None:
    """Raise Refused for a size in AWS with less than 4 interfaces: FireNet has one of its own.

    Sources: Aviatrix, "Transit FireNet FAQ" (the smallest size); AWS, "Maximum IP addresses per
    network interface".
    """
    if gateway["cloud_type"] == AWS_TYPE and size.rpartition(".")[2] in _UP_TO_3_INTERFACES:
        name = gateway["name"]
        raise Refused(f"gw_size {size} of gateway {name} has no interface for FireNet")


@action("edit_gw_config", ("gw_name", "gw_size"), ("cloud_type",), may_be_async=True)
def edit_gw_config(asked: Asked) -> Work:
    """Resize a gateway."""
    gateway = find_up(asked.store, asked["gw_name"])
    same_cloud_type(asked, gateway)
    primary = find(asked.store, gateway["primary"]) if gateway["primary"] else gateway
    if primary["enable_transit_firenet"] or primary["enable_firenet"]:
        require_size_for_firenet(gateway, asked["gw_size"])
    name, fields = gateway["name"], {"size": asked["gw_size"]}
    text = f"Gateway {name} has been resized"
    return Work("update", records.GATEWAYS, name, RESIZE, text, fields)


@action("delete_container", ("cloud_type", "gw_name"), may_be_async=True)
def delete_container(asked: Asked) -> Work:
    """Delete a gateway that nothing uses. The HA gateway is deleted first."""
    gateway = find_up(asked.store, asked["gw_name"])
    same_cloud_type(asked, gateway)
    name = gateway["name"]
    for user in users(asked.store, gateway):
        raise Refused(f"Gateway {name} cannot be deleted: it is in use by {user}")
    text = f"Gateway {name} has been deleted"
    return Work("delete", records.GATEWAYS, name, DELETION, text)


def users(store: Store, gateway: Body) -> Iterator[str]:
    """What must be deleted or disabled before a gateway."""
    name = gateway["name"]
    for firewall in records.every(store, records.ASSOCIATIONS, gateway_name=name):
        yield f"firewall {firewall['firewall_id']}, which is associated with it"
    if gateway["primary"]:
        return
    if ha_of(store, gateway) is not None:
        yield f"HA gateway {name}{HA_SUFFIX}"
    for attached in records.every(store, records.ATTACHMENTS):
        if name in (attached["spoke"], attached["transit"]):
            yield f"the attachment of {attached['spoke']} to {attached['transit']}"
    for peered in records.every(store, records.PEERINGS):
        if name in (peered["gateway1"], peered["gateway2"]):
            yield f"the peering of {peered['gateway1']} and {peered['gateway2']}"
    for connection in records.every(store, records.CONNECTIONS, gateway=name):
        yield f"connection {connection['name']}"
    for policy in records.every(store, records.POLICIES, transit=name):
        yield f"the inspection policy of {policy['resource']}"
    for instance in records.every(store, records.FIREWALLS, gateway=name):
        yield f"firewall instance {instance['id']}"
    for setting, what in (
        ("enable_egress_transit_firenet", "egress transit FireNet"),
        ("enable_firenet", "its FireNet interfaces"),
        ("enable_transit_firenet", "transit FireNet"),
    ):
        if gateway[setting] and not gateway["firenet_at_creation"]:
            yield f"{what}: disable it"


# Reads


@action("list_vpcs_summary", optional=("gateway_name",), reads=True)
def list_vpcs_summary(asked: Asked) -> list[Body]:
    """Every gateway, or that of one name; an empty list without it."""
    wanted = asked.get("gateway_name")
    return [
        shown(asked.store, gateway)
        for gateway in records.every(asked.store, records.GATEWAYS)
        if wanted in ("", gateway["name"])
    ]


@action("get_gateway_info", ("gateway_name",), reads=True)
def get_gateway_info(asked: Asked) -> Body:
    """The details of one gateway."""
    gateway = find(asked.store, asked["gateway_name"])
    return {
        **shown(asked.store, gateway),
        "bgp_enabled": gateway["role"] == TRANSIT or gateway["enable_bgp"],
        "advertise_transit_cidr": _yes(gateway["enable_advertise_transit_cidr"]),
        "bgp_manual_spoke_advertise_cidrs": gateway["bgp_manual_spoke_advertise_cidrs"],
        "transit_firenet_enabled": gateway["enable_transit_firenet"],
        "firenet_enabled": gateway["enable_firenet"],
        "egress_transit": gateway["enable_egress_transit_firenet"],
        "learned_cidrs_approval": _yes(gateway["learned_cidrs_approval"]),
    }


def _yes(value: bool) -> str:
    return "yes" if value else "no"


_FLAGS = (
    "bgp_ecmp",
    "enable_segmentation",
    "enable_firenet",
    "enable_transit_firenet",
    "enable_egress_transit_firenet",
    "enable_gateway_load_balancer",
    "enable_advertise_transit_cidr",
    "multitier_transit",
    "jumbo_frame",
    "private_oob",
)


def shown(store: Store, gateway: Body) -> Body:
    """A gateway as the controller lists it."""
    ha = None if gateway["primary"] else ha_of(store, gateway)
    return {
        "vpc_name": gateway["name"],
        "group_name": gateway["primary"] or gateway["name"],
        "cloud_type": gateway["cloud_type"],
        "account_name": gateway["account"],
        "vpc_id": gateway["shown_vpc_id"],
        "vpc_region": gateway["region"],
        "vpc_size": gateway["size"],
        "public_subnet": gateway["subnet"],
        "gateway_zone": gateway["zone"],
        "high_perf": _yes(gateway["insane_mode"]),
        "enable_nat": _yes(gateway["enable_nat"]),
        "snat_target": "primary" if gateway["enable_nat"] else "",
        "single_az_ha": _yes(gateway["single_az_ha"]),
        "connected_transit": _yes(gateway["connected_transit"]),
        "tgw_enabled": gateway["tgw_enabled"],
        "local_as_number": gateway["local_as_number"],
        "bgp_hold_time": gateway["bgp_hold_time"],
        "bgp_polling_time": gateway["bgp_polling_time"],
        "prepend_as_path": gateway["prepend_as_path"],
        **{flag: gateway[flag] for flag in _FLAGS},
        "customized_cidr_list": gateway["customized_cidr_list"],
        "filtering_cidr_list": gateway["filtering_cidr_list"],
        "advertise_cidr_list": gateway["advertise_cidr_list"],
        "newly_allocated_eip": not gateway["eip"],
        "reuse_eip": gateway["eip"],
        "public_ip": gateway["public_ip"],
        "private_ip": gateway["private_ip"],
        "cloudn_gateway_inst_id": gateway["instance_id"],
        "gw_security_group_id": gateway["security_group_id"],
        "gw_image_name": "avx-gw-100",
        "gw_software_version": "10.0.1",
        "inst_state": "running" if gateway["state"] == records.UP else "pending",
        "vpc_state": gateway["state"],
        "is_hagw": _yes(bool(gateway["primary"])),
        "spoke_vpc": _yes(gateway["role"] == SPOKE),
        "tags": gateway["tags"],
        "hagw_details": {} if ha is None else _ha_shown(ha),
        **_transits(store, gateway),
    }


def _ha_shown(ha: Body) -> Body:
    return {
        "vpc_name": ha["name"],
        "vpc_size": ha["size"],
        "public_subnet": ha["subnet"],
        "public_ip": ha["public_ip"],
        "private_ip": ha["private_ip"],
        "gateway_zone": ha["zone"],
        "reuse_eip": ha["eip"],
        "cloudn_gateway_inst_id": ha["instance_id"],
        "gw_security_group_id": ha["security_group_id"],
    }


def _transits(store: Store, gateway: Body) -> Body:
    """The transits of a spoke: one for traffic between networks, and one for egress."""
    found = {"transit_gw_name": "", "egress_transit_gw_name": ""}
    for attached in records.every(store, records.ATTACHMENTS, spoke=gateway["name"]):
        if attached["state"] == records.UP:
            key = "egress_transit_gw_name" if attached["egress"] else "transit_gw_name"
            found[key] = attached["transit"]
    return found


def account_of(store: Store, gateway: Body) -> Body:
    """The access account of a gateway."""
    return accounts.find(store, gateway["account"])


def vpc_ids(gateway: Body) -> tuple[str, ...]:
    """The spellings of the network of a gateway that requests may use."""
    shown_id = gateway["shown_vpc_id"]
    return (gateway["vpc_id"], shown_id) if gateway["cloud_type"] == AWS_TYPE else (shown_id,)
