"""External device connections: from a transit to a device or hub that the controller does not own.

Tunnels are always up here: the sandbox does not look at the other end.
"""

from __future__ import annotations

from sandbox.aviatrix import gateways, records
from sandbox.aviatrix.actions import TRUE_FALSE, Asked, Failed, Refused, Work, action
from sandbox.aviatrix.connection_rules import (
    ALGORITHMS,
    GRE,
    IPSEC,
    LAN,
    bfd,
    check,
    device_addresses,
    interfaces,
    is_bgp,
)
from sandbox.store import Body, Store

CONNECTING = 30.0
DISCONNECTING = 15.0
"""Simulated seconds."""

_NOT_UP = "aviatrix:not-up"
_FIELDS = (
    *("bgp_local_as_number", "external_device_as_number", "external_device_ip_address"),
    *("remote_subnet", "local_subnet", "pre_shared_key", "auth_type"),
    *("local_tunnel_ip", "remote_tunnel_ip", "backup_external_device_as_number"),
    *("backup_pre_shared_key", "backup_local_tunnel_ip", "backup_remote_tunnel_ip"),
    *("remote_lan_ip", "local_lan_ip", "backup_remote_lan_ip", "backup_local_lan_ip"),
    *("peer_vnet_id", "bgp_md5_key", "local_device_ip"),
    *("bfd_transmit_interval", "bfd_receive_interval", "bfd_detect_multiplier"),
    *ALGORITHMS,
)
_WORDS = {
    "routing_protocol": ("bgp", "static"),
    "tunnel_protocol": (IPSEC, GRE, LAN),
    "auth_type": ("psk",),
    **dict.fromkeys(
        (
            *("direct_connect", "enable_ha", "backup_direct_connect", "connection_policy"),
            *("enable_ikev2", "bgp_lan_activemesh", "jumbo_frame", "enable_bfd"),
            *("enable_bgp_multihop", "disable_activemesh", "proxy_id_enabled"),
        ),
        TRUE_FALSE,
    ),
}


def id_of(name: str, gateway: str) -> str:
    """The id of a connection. Its name is unique in the network of the gateway."""
    return f"{name}~{gateway}"


def keep_down(store: Store, gateway: str, tries: int) -> None:
    """Let the next tries to connect from a gateway find that it is not up."""
    store.set_meta(_NOT_UP, {**_kept_down(store), gateway: tries})


def _kept_down(store: Store) -> dict[str, int]:
    found: dict[str, int] = store.meta(_NOT_UP) or {}
    return found


def _use_try(store: Store, gateway: str) -> bool:
    """Whether a gateway is kept down for one more try; counts the try."""
    left = _kept_down(store).get(gateway, 0)
    if left:
        keep_down(store, gateway, left - 1)
    return bool(left)


@action(
    "connect_transit_gw_to_external_device",
    ("vpc_id", "connection_name", "transit_gw", "routing_protocol"),
    _FIELDS,
    words=_WORDS,
)
def create(asked: Asked) -> Work | Failed:
    """Connect a transit with an external device by IPsec, GRE or LAN."""
    store, name = asked.store, asked["connection_name"]
    gateway = gateways.find_primary(store, asked["transit_gw"], gateways.TRANSIT)
    if asked["vpc_id"] not in gateways.vpc_ids(gateway):
        raise Refused(f"vpc_id {asked['vpc_id']} is not that of gateway {gateway['name']}")
    for other in _of_network(store, gateway):
        if other["name"] == name:
            raise Refused(f"Connection {name} already exists in {asked['vpc_id']}")
    if _use_try(store, gateway["name"]) or gateway["up_at"] > store.clock.now():
        return Failed(f"Gateway {gateway['name']} is not up")
    check(asked, gateway)
    _refuse_taken_blocks(asked, gateway)
    if is_bgp(asked) and not gateway["local_as_number"]:
        number = asked["bgp_local_as_number"]
        records.update(store, records.GATEWAYS, gateway["name"], local_as_number=number)
    id_ = id_of(name, gateway["name"])
    records.put(store, records.CONNECTIONS, id_, _body(asked, gateway))
    text = f"Successfully created connection {name}"
    return Work("create", records.CONNECTIONS, id_, CONNECTING, text)


def _of_network(store: Store, gateway: Body) -> list[Body]:
    """The connections of all gateways in the network of a gateway."""
    return [
        connection
        for connection in records.every(store, records.CONNECTIONS)
        if connection["vpc_id"] == gateway["shown_vpc_id"]
    ]


def _inside(asked: Asked) -> list[str]:
    fields = ("local_tunnel_ip", "backup_local_tunnel_ip")
    return [str(one.network) for field in fields for one in interfaces(asked, field)]


def _refuse_taken_blocks(asked: Asked, gateway: Body) -> None:
    """A gateway has one tunnel per block of inside addresses."""
    wanted = _inside(asked)
    for other in records.every(asked.store, records.CONNECTIONS, gateway=gateway["name"]):
        for block in wanted:
            if block in other["inside"]:
                raise Refused(
                    f"local_tunnel_ip: {block} is in use by connection {other['name']} of gateway "
                    f"{gateway['name']}"
                )


def _body(asked: Asked, gateway: Body) -> Body:
    return {
        "name": asked["connection_name"],
        "gateway": gateway["name"],
        "vpc_id": gateway["shown_vpc_id"],
        "state": records.LAUNCHING,
        "bgp": is_bgp(asked),
        "protocol": asked.get("tunnel_protocol", IPSEC),
        "local_asn": asked.get("bgp_local_as_number"),
        "remote_asn": asked.get("external_device_as_number"),
        "backup_asn": asked.get("backup_external_device_as_number"),
        "addresses": device_addresses(asked),
        "enable_ha": asked.flag("enable_ha"),
        "remote_cidr": asked.get("remote_subnet"),
        "local_cidr": asked.get("local_subnet"),
        "local_tunnel_ip": asked.get("local_tunnel_ip"),
        "remote_tunnel_ip": asked.get("remote_tunnel_ip"),
        "backup_local_tunnel_ip": asked.get("backup_local_tunnel_ip"),
        "backup_remote_tunnel_ip": asked.get("backup_remote_tunnel_ip"),
        "inside": _inside(asked),
        "algorithms": {
            field: asked.get(field, default) for field, (default, _) in ALGORITHMS.items()
        },
        "ikev2": asked.flag("enable_ikev2"),
        "direct_connect": asked.flag("direct_connect"),
        "edge_segmentation": asked.flag("connection_policy"),
        "jumbo_frame": asked.flag("jumbo_frame"),
        "peer_vnet_id": asked.get("peer_vnet_id"),
        "remote_lan_ip": asked.get("remote_lan_ip"),
        "local_lan_ip": asked.get("local_lan_ip"),
        "backup_remote_lan_ip": asked.get("backup_remote_lan_ip"),
        "bfd": bfd(asked) if asked.flag("enable_bfd") else {},
        "multihop": asked.flag("enable_bgp_multihop"),
        "manual_cidrs": [],
        "prepend_as_path": "",
        "cidr_approval": False,
        "approved_cidrs": [],
        "send_communities": False,
    }


@action(
    "disconnect_transit_gw", ("vpc_id", "connection_name"), ("transit_gw", *_FIELDS), words=_WORDS
)
def delete(asked: Asked) -> Work:
    """Delete a connection that no policy and no network domain names."""
    store = asked.store
    connection = find(store, asked["connection_name"], asked["vpc_id"])
    name, gateway = connection["name"], connection["gateway"]
    if records.get(store, records.POLICIES, f"{gateway}~SITE2CLOUD:{name}") is not None:
        raise Refused(f"Connection {name} has an inspection policy on {gateway}")
    domain = records.get(store, records.DOMAIN_ASSOCIATIONS, name)
    if domain is not None and domain["transit"] == gateway:
        raise Refused(f"Connection {name} is associated with network domain {domain['domain']}")
    text = f"Successfully deleted connection {name}"
    id_ = id_of(name, gateway)
    return Work("delete", records.CONNECTIONS, id_, DISCONNECTING, text)


def find(store: Store, name: str, vpc_id: str) -> Body:
    """The connection of this name in a network. Raises Refused without one."""
    for connection in records.every(store, records.CONNECTIONS, name=name, state=records.UP):
        gateway = gateways.find(store, connection["gateway"])
        if vpc_id in gateways.vpc_ids(gateway):
            return connection
    raise Refused(f"Connection {name} does not exist in {vpc_id}")


def find_of_gateway(store: Store, name: str, gateway: str) -> Body:
    """The connection of this name of a gateway. Raises Refused without one."""
    connection = records.get(store, records.CONNECTIONS, id_of(name, gateway))
    if connection is None or connection["state"] != records.UP:
        raise Refused(f"Connection {name} of gateway {gateway} does not exist")
    return connection


# Read


@action("get_site2cloud_conn_detail", ("conn_name", "vpc_id"), reads=True)
def detail(asked: Asked) -> Body:
    """A connection with its tunnels. Its keys are never shown."""
    store = asked.store
    connection = find(store, asked["conn_name"], asked["vpc_id"])
    gateway = gateways.find(store, connection["gateway"])
    ha = gateways.ha_of(store, gateway)
    algorithms = connection["algorithms"]
    return {
        "connections": {
            "name": [connection["name"]],
            "vpc_id": [connection["vpc_id"]],
            "gw_name": connection["gateway"],
            "bgp_status": "enabled" if connection["bgp"] else "disabled",
            "bgp_local_asn_number": connection["local_asn"],
            "bgp_remote_asn_number": connection["remote_asn"],
            "bgp_remote_backup_asn_number": connection["backup_asn"],
            "peer_ip": ",".join(connection["addresses"]),
            "remote_cidr": connection["remote_cidr"],
            "local_cidr": connection["local_cidr"],
            "bgp_local_ip": connection["local_tunnel_ip"],
            "bgp_remote_ip": connection["remote_tunnel_ip"],
            "bgp_backup_local_ip": connection["backup_local_tunnel_ip"],
            "bgp_backup_remote_ip": connection["backup_remote_tunnel_ip"],
            "tunnels": _tunnels(connection, gateway, ha),
            "ha_status": "disabled" if ha is None else "enabled",
            "algorithm": {
                "ph1_auth": [algorithms["phase1_authentication"]],
                "ph1_dh": [algorithms["phase1_dh_groups"]],
                "ph1_encr": [algorithms["phase1_encryption"]],
                "ph2_auth": [algorithms["phase2_authentication"]],
                "ph2_dh": [algorithms["phase2_dh_groups"]],
                "ph2_encr": [algorithms["phase2_encryption"]],
            },
            "ike_ver": "2" if connection["ikev2"] else "1",
            "direct_connect_primary": connection["direct_connect"],
            "conn_bgp_manual_advertise_cidrs": connection["manual_cidrs"],
            "conn_bgp_prepend_as_path": connection["prepend_as_path"],
            "enable_edge_segmentation": connection["edge_segmentation"],
            "jumbo_frame": connection["jumbo_frame"],
            "peer_vnet_id": connection["peer_vnet_id"],
            "remote_lan_ip": connection["remote_lan_ip"],
            "local_lan_ip": connection["local_lan_ip"],
            "bgp_bfd_enabled": bool(connection["bfd"]),
            "bgp_bfd_params": connection["bfd"],
            "bgp_multihop_enabled": connection["multihop"],
        }
    }


def _tunnels(connection: Body, gateway: Body, ha: Body | None) -> list[Body]:
    """The tunnels: from each local gateway to each address of the device.

    Two addresses without ``enable_ha`` are one for each local gateway.
    """
    locals_ = [gateway, *([] if ha is None else [ha])]
    peers = connection["addresses"] or [
        one for one in (connection["remote_lan_ip"], connection["backup_remote_lan_ip"]) if one
    ]
    pairs = [(one, peer) for one in locals_ for peer in peers]
    if len(peers) == 2 and len(locals_) == 2 and not connection["enable_ha"]:
        pairs = list(zip(locals_, peers, strict=True))
    protocol = "N/A(LAN)" if connection["protocol"] == LAN else connection["protocol"]
    return [
        {
            "status": "Up",
            "tunnel_status": "Up",
            "name": f"{connection['name']}-{index}",
            "ip_addr": local["public_ip"],
            "peer_ip": peer,
            "gw_name": local["name"],
            "tunnel_protocol": protocol,
        }
        for index, (local, peer) in enumerate(pairs, 1)
    ]
