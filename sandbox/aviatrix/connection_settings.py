"""Settings of connections that exist, and AS numbers that a peering prepends."""

from __future__ import annotations

from sandbox.aviatrix import attachments, connections, gateways, peerings, records
from sandbox.aviatrix.actions import TRUE_FALSE, YES_NO, Asked, Refused, action
from sandbox.store import Body

_NAMES = ("gateway_name", "connection_name")
_PEERING = "-peering"
"""The end of the name of a peering or attachment as a connection: ``<other gateway>-peering``."""


def _bgp(asked: Asked) -> Body:
    """The connection that a request names, which has BGP."""
    gateway = gateways.find_up(asked.store, asked["gateway_name"])
    found = connections.find_of_gateway(asked.store, asked["connection_name"], gateway["name"])
    if not found["bgp"]:
        raise Refused(f"Connection {found['name']} has no BGP")
    return found


def _set(asked: Asked, connection: Body, **wanted: object) -> str:
    name = connection["name"]
    if all(connection[key] == value for key, value in wanted.items()):
        raise Refused(f"Connection {name}: configuration not changed")
    id_ = connections.id_of(name, connection["gateway"])
    records.update(asked.store, records.CONNECTIONS, id_, **wanted)
    return f"Successfully changed connection {name}"


@action(
    "edit_site2cloud_conn",
    ("vpc_id", "conn_name"),
    ("remote_cidr", "cloud_subnet_cidr", "network_type"),
)
def edit_subnets(asked: Asked) -> str:
    """Set the remote or local blocks of a static connection."""
    connection = connections.find(asked.store, asked["conn_name"], asked["vpc_id"])
    fields = {"remote_cidr": "remote_cidr", "cloud_subnet_cidr": "local_cidr"}
    wanted = {
        key: ",".join(asked.cidrs(field)) for field, key in fields.items() if asked.given(field)
    }
    if not wanted:
        raise Refused("remote_cidr or cloud_subnet_cidr is required")
    if connection["bgp"] and "remote_cidr" in wanted:
        raise Refused(f"remote_cidr is not a field of connection {connection['name']}: it has BGP")
    return _set(asked, connection, **wanted)


_MANUAL = "connection_bgp_manual_advertise_cidrs"


@action("edit_transit_connection_bgp_manual_advertise_cidrs", _NAMES, (_MANUAL,))
def edit_manual(asked: Asked) -> str:
    """Set the blocks that a connection advertises."""
    return _set(asked, _bgp(asked), manual_cidrs=asked.cidrs(_MANUAL))


_PREPEND = "connection_as_path_prepend"


@action("edit_transit_connection_as_path_prepend", _NAMES, (_PREPEND,))
def edit_prepend(asked: Asked) -> str:
    """Set the AS numbers that a connection, a peering or an attachment prepends."""
    numbers = " ".join(asked.listed(_PREPEND))
    for number in numbers.split():
        if not number.isdecimal():
            raise Refused(f"{_PREPEND} {number} is not an AS number")
    if not asked["connection_name"].endswith(_PEERING):
        return _set(asked, _bgp(asked), prepend_as_path=numbers)
    other = asked["connection_name"].removesuffix(_PEERING)
    return _prepend_on_peering(asked, asked["gateway_name"], other, numbers)


def _prepend_on_peering(asked: Asked, own: str, other: str, numbers: str) -> str:
    store = asked.store
    peering = records.get(store, records.PEERINGS, peerings.id_of(own, other))
    if peering is not None:
        site = "site_1" if peering["gateway1"] == own else "site_2"
        changed = {**peering[site], peerings.PREPEND: numbers}
        records.update(store, records.PEERINGS, peerings.id_of(own, other), **{site: changed})
        return f"Successfully changed the peering of {own} and {other}"
    for id_ in (attachments.id_of(own, other), attachments.id_of(other, own)):
        attached = records.get(store, records.ATTACHMENTS, id_)
        if attached is not None:
            prepends = {**attached["prepends"], own: numbers}
            records.update(store, records.ATTACHMENTS, id_, prepends=prepends)
            return f"Successfully changed the attachment of {own} and {other}"
    raise Refused(f"Connection {other}{_PEERING} of gateway {own} does not exist")


_CIDR_APPROVAL = "bgp_connection_cidr_approval"


@action(f"enable_{_CIDR_APPROVAL}", _NAMES)
def enable_approval(asked: Asked) -> str:
    """Learn only approved blocks from a connection."""
    return _set(asked, _bgp(asked), cidr_approval=True)


@action(f"disable_{_CIDR_APPROVAL}", _NAMES)
def disable_approval(asked: Asked) -> str:
    """Learn every block from a connection."""
    return _set(asked, _bgp(asked), cidr_approval=False)


@action("set_bgp_connection_approved_cidr_rules", _NAMES, ("cidr_rules",))
def set_approved(asked: Asked) -> str:
    """Set the approved blocks of a connection."""
    return _set(asked, _bgp(asked), approved_cidrs=asked.cidrs("cidr_rules"))


_BFD = "connection_bgp_bfd"
_TIMERS = ("receive_interval", "transmit_interval", "detect_multiplier")


@action(
    "edit_connection_bgp_bfd",
    (*_NAMES, _BFD),
    tuple(f"{_BFD}_{timer}" for timer in _TIMERS),
    words={_BFD: (*TRUE_FALSE, *YES_NO)},
)
def edit_bfd(asked: Asked) -> str:
    """Enable BFD with its timers in milliseconds, or disable it."""
    connection = _bgp(asked)
    if not asked.flag(_BFD):
        return _set(asked, connection, bfd={})
    receive, transmit, multiplier = (asked.whole(f"{_BFD}_{timer}", 1, 60000) for timer in _TIMERS)
    params = {
        "tx_interval": transmit or 300,
        "rx_interval": receive or 300,
        "multiplier": multiplier or 3,
    }
    return _set(asked, connection, bfd=params)


@action("enable_connection_bgp_multihop", _NAMES)
def enable_multihop(asked: Asked) -> str:
    """Allow BGP neighbours that are several hops away."""
    return _set(asked, _bgp(asked), multihop=True)


@action("disable_connection_bgp_multihop", _NAMES)
def disable_multihop(asked: Asked) -> str:
    """Allow only BGP neighbours that are one hop away."""
    return _set(asked, _bgp(asked), multihop=False)


@action("update_bgp_connection_md5_signature", _NAMES, ("bgp_md5_key",))
def update_md5(asked: Asked) -> str:
    """Set the MD5 key of a connection. It is not kept."""
    return f"Successfully changed connection {_bgp(asked)['name']}"


@action(
    "edit_connection_bgp_send_communities",
    _NAMES,
    words={"connection_bgp_send_communities": (*TRUE_FALSE, *YES_NO)},
)
def edit_send_communities(asked: Asked) -> str:
    """Whether a connection sends BGP communities."""
    wanted = asked.flag("connection_bgp_send_communities")
    return _set(asked, _bgp(asked), send_communities=wanted)


@action("active_standby_connection_switchover", _NAMES)
def switch_over(asked: Asked) -> str:
    """Let the standby connection of a gateway take over."""
    connection = _bgp(asked)
    gateway = gateways.find(asked.store, connection["gateway"])
    if not gateway["active_standby"]:
        raise Refused(f"Gateway {gateway['name']} is not enabled for active-standby")
    return f"Successfully switched over to {connection['name']}"
