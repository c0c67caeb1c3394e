"""Settings of gateways that exist: each has an action of its own, or one that enables and disables.

A request that changes nothing is a failure whose reason says so. Clients take it as a success.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.aviatrix import gateways, records
from sandbox.aviatrix.actions import YES_NO, Asked, Refused, action
from sandbox.aviatrix.cloud_networks import AWS_TYPE, AZURE_TYPE, GCP_TYPE
from sandbox.store import Body, Store

HIGHEST_ASN = 4_294_967_295
_ANY_ROLE = ""
Rule = Callable[[Store, Body], None]
"""A rule on a gateway, before a setting of it changes. It raises Refused."""


@dataclass(frozen=True)
class Switch:
    """A setting that two actions turn on and off.

    ``actions`` are the names without ``enable_`` and ``disable_``. ``field`` has the gateway's
    name; ``off_field`` if it is another one in the second action. ``role`` is that of the gateways
    that have the setting. ``no_change`` is the reason for a request that changes nothing.
    """

    actions: str
    setting: str
    field: str = "gateway_name"
    off_field: str = ""
    role: str = gateways.TRANSIT
    optional: tuple[str, ...] = ()
    on_rule: Rule | None = None
    off_rule: Rule | None = None
    no_change: str = "no change needed"


def _aws_only(store: Store, gateway: Body) -> None:
    del store
    if gateway["cloud_type"] != AWS_TYPE:
        raise Refused(f"Gateway {gateway['name']} is not in AWS: this is a setting of AWS")


def _has_room_for_firenet(store: Store, gateway: Body) -> None:
    _aws_only(store, gateway)
    for one in (gateway, gateways.ha_of(store, gateway)):
        if one is not None:
            gateways.require_size_for_firenet(one, one["size"])


def _has_asn(store: Store, gateway: Body) -> None:
    del store
    if not gateway["local_as_number"]:
        raise Refused(f"Gateway {gateway['name']} needs a local AS number for multi-tier transit")


def _may_be_egress(store: Store, gateway: Body) -> None:
    if not gateway["enable_transit_firenet"]:
        raise Refused(f"Gateway {gateway['name']} needs transit FireNet for egress transit FireNet")
    _has_no_attachments(store, gateway)


def _has_no_attachments(store: Store, gateway: Body) -> None:
    for attached in records.every(store, records.ATTACHMENTS, transit=gateway["name"]):
        raise Refused(f"Gateway {gateway['name']} has spoke {attached['spoke']} attached")


def _firenet_is_empty(store: Store, gateway: Body) -> None:
    name = gateway["name"]
    if gateway["firenet_at_creation"]:
        raise Refused(
            f"FireNet of gateway {name} was chosen at its creation and cannot be disabled"
        )
    if gateway["enable_egress_transit_firenet"]:
        raise Refused(f"Gateway {name} has egress transit FireNet: disable it first")
    for policy in records.every(store, records.POLICIES, transit=name):
        raise Refused(f"Gateway {name} has an inspection policy for {policy['resource']}")
    for firewall in records.every(store, records.ASSOCIATIONS, primary=name):
        raise Refused(f"Gateway {name} has firewall {firewall['firewall_id']} associated")
    for firewall in records.every(store, records.FIREWALLS, gateway=name):
        raise Refused(f"Gateway {name} has firewall instance {firewall['id']}")


def _no_domain_is_used(store: Store, gateway: Body) -> None:
    for one in records.every(store, records.DOMAIN_ASSOCIATIONS, transit=gateway["name"]):
        raise Refused(
            f"Gateway {gateway['name']} has {one['name']} associated with network domain "
            f"{one['domain']}"
        )


_GENERAL = ("jumbo_frame", "gro_gso", "monitor_gateway_subnets", "vpc_dns_server")

SWITCHES = (
    Switch("bgp_ecmp", "bgp_ecmp"),
    Switch("connected_transit_on_gateway", "connected_transit"),
    Switch(
        "transit_gateway_interface_to_aws_tgw",
        "tgw_enabled",
        on_rule=_aws_only,
        no_change="already enabled tgw interface",
    ),
    Switch(
        "gateway_for_transit_firenet",
        "enable_transit_firenet",
        optional=("mode",),
        on_rule=_has_room_for_firenet,
        off_rule=_firenet_is_empty,
    ),
    Switch(
        "gateway_firenet_interfaces",
        "enable_firenet",
        off_field="gateway",
        optional=("mode",),
        on_rule=_has_room_for_firenet,
        off_rule=_firenet_is_empty,
    ),
    Switch(
        "transit_firenet_on_egress_transit_gateway",
        "enable_egress_transit_firenet",
        on_rule=_may_be_egress,
        off_rule=_has_no_attachments,
    ),
    Switch(
        "transit_gateway_for_multi_cloud_security_domain",
        "enable_segmentation",
        field="transit_gateway_name",
        off_rule=_no_domain_is_used,
    ),
    Switch("multitier_transit", "multitier_transit", on_rule=_has_asn),
    Switch(
        "advertise_transit_cidr",
        "enable_advertise_transit_cidr",
        optional=("advertise_transit_cidr",),
    ),
    Switch("bgp_gateway_cidr_approval", "learned_cidrs_approval", role=_ANY_ROLE),
    Switch("transit_summarize_cidr_to_tgw", "summarize_cidr_to_tgw"),
    Switch("transit_preserve_as_path", "preserve_as_path"),
    Switch("active_standby", "active_standby"),
    Switch("s2c_rx_balancing", "s2c_rx_balancing"),
    *(Switch(name, name, role=_ANY_ROLE) for name in _GENERAL),
)


def _gateway(store: Store, name: str, role: str) -> Body:
    if role:
        return gateways.find_primary(store, name, role)
    gateway = gateways.find_up(store, name)
    if gateway["primary"]:
        raise Refused(f"Gateway {name} is an HA gateway: it has the settings of its primary")
    return gateway


def _declare(switch: Switch) -> None:
    """Register the two actions of a switch."""
    off_field = switch.off_field or switch.field

    @action(f"enable_{switch.actions}", (switch.field,), switch.optional)
    def enable(asked: Asked) -> str:
        return _turn(asked, switch, _gateway(asked.store, asked[switch.field], switch.role), True)

    @action(f"disable_{switch.actions}", (off_field,), switch.optional)
    def disable(asked: Asked) -> str:
        return _turn(asked, switch, _gateway(asked.store, asked[off_field], switch.role), False)


def _turn(asked: Asked, switch: Switch, gateway: Body, wanted: bool) -> str:
    rule, name = switch.on_rule if wanted else switch.off_rule, gateway["name"]
    if gateway[switch.setting] == wanted:
        raise Refused(f"Gateway {name}: {switch.no_change}")
    if rule is not None:
        rule(asked.store, gateway)
    changed: Body = {switch.setting: wanted}
    if "mode" in switch.optional:
        if asked.get("mode", "gwlb") != "gwlb":
            raise Refused(f"mode {asked['mode']} must be gwlb, or left out")
        changed |= {"enable_gateway_load_balancer": wanted and bool(asked.get("mode"))}
        changed |= {} if wanted else {"firenet": {}}
    records.update(asked.store, records.GATEWAYS, name, **changed)
    return f"Successfully {'enabled' if wanted else 'disabled'} {switch.actions} on {name}"


for _switch in SWITCHES:
    _declare(_switch)


def _set(asked: Asked, gateway: Body, setting: str, value: object) -> str:
    """Set a value. Raises Refused when it is that already."""
    if gateway[setting] == value:
        kind = "list is not changed" if isinstance(value, list) else "configuration not changed"
        raise Refused(f"Gateway {gateway['name']}: {kind}")
    records.update(asked.store, records.GATEWAYS, gateway["name"], **{setting: value})
    return f"Successfully changed {setting} of {gateway['name']}"


@action("edit_transit_local_as_number", ("gateway_name", "local_as_num"))
def edit_local_as_number(asked: Asked) -> str:
    """Set the ASN of a transit, or of a spoke with BGP."""
    gateway = _gateway(asked.store, asked["gateway_name"], _ANY_ROLE)
    if gateway["role"] == gateways.SPOKE and not gateway["enable_bgp"]:
        raise Refused(f"Gateway {gateway['name']} has no BGP")
    number = asked.whole("local_as_num", 1, HIGHEST_ASN)
    for connection in records.every(asked.store, records.CONNECTIONS, gateway=gateway["name"]):
        if connection["bgp"]:
            raise Refused(
                f"Gateway {gateway['name']} has BGP connection {connection['name']}: its local AS "
                "number cannot be changed"
            )
    return _set(asked, gateway, "local_as_number", str(number))


_ADVANCED = {
    "bgp_manual_spoke": "bgp_manual_spoke_advertise_cidrs",
    "prepend_as_path": "bgp_prepend_as_path",
}


@action(
    "edit_aviatrix_transit_advanced_config",
    ("gateway_name", "subaction"),
    tuple(_ADVANCED.values()),
    words={"subaction": tuple(_ADVANCED)},
)
def edit_advanced_config(asked: Asked) -> str:
    """Set the CIDR blocks that are advertised by hand, or the AS numbers that are prepended."""
    gateway = gateways.find_primary(asked.store, asked["gateway_name"], gateways.TRANSIT)
    field = _ADVANCED[asked["subaction"]]
    if not asked.given(field):
        raise Refused(f"{field} is required")
    if asked["subaction"] == "bgp_manual_spoke":
        return _set(asked, gateway, field, asked.cidrs(field))
    numbers = asked.get(field).split()
    for number in numbers:
        if number != gateway["local_as_number"]:
            own = gateway["local_as_number"]
            raise Refused(f"{field} {number} must be the local AS number of the gateway: {own}")
    return _set(asked, gateway, "prepend_as_path", " ".join(numbers))


def _declare_time(name: str, setting: str, low: int, high: int) -> None:
    @action(name, ("gateway_name", setting))
    def change(asked: Asked) -> str:
        gateway = _gateway(asked.store, asked["gateway_name"], _ANY_ROLE)
        return _set(asked, gateway, setting, asked.whole(setting, low, high))


_declare_time("change_bgp_polling_time", "bgp_polling_time", 10, 50)
_declare_time("change_bgp_neighbor_status_polling_time", "bgp_neighbor_status_polling_time", 1, 10)
_declare_time("change_bgp_hold_time", "bgp_hold_time", 12, 360)


def _declare_list(name: str, field: str, setting: str, role: str) -> None:
    @action(name, ("gateway_name",), (field,))
    def change(asked: Asked) -> str:
        gateway = _gateway(asked.store, asked["gateway_name"], role)
        return _set(asked, gateway, setting, asked.cidrs(field))


_declare_list(
    "set_bgp_gateway_approved_cidr_rules", "cidr_rules", "approved_learned_cidrs", _ANY_ROLE
)
_declare_list("edit_gateway_custom_routes", "cidr", "customized_cidr_list", _ANY_ROLE)
_declare_list("edit_gateway_filter_routes", "cidr", "filtering_cidr_list", _ANY_ROLE)
_declare_list("edit_gateway_advertised_cidr", "cidr", "advertise_cidr_list", _ANY_ROLE)


@action(
    "set_bgp_gateway_cidr_approval_mode",
    ("gateway_name", "mode"),
    words={"mode": ("gateway", "connection")},
)
def set_approval_mode(asked: Asked) -> str:
    """Whether learned CIDR blocks are approved for a gateway or for each connection."""
    gateway = _gateway(asked.store, asked["gateway_name"], _ANY_ROLE)
    return _set(asked, gateway, "learned_cidrs_approval_mode", asked["mode"])


def _declare_advanced_read(role: str) -> None:
    @action(f"list_aviatrix_{role}_advanced_config", ("gateway_name",), reads=True)
    def read(asked: Asked) -> Body:
        gateway = gateways.find(asked.store, asked["gateway_name"])
        if gateway["role"] != role:
            raise Refused(f"Gateway {gateway['name']} is not a {role} gateway")
        lan_ips, cloud_type = gateway["lan_ips"], gateway["cloud_type"]
        return {
            "bgp_polling_time": gateway["bgp_polling_time"],
            "bgp_neighbor_status_polling_time": gateway["bgp_neighbor_status_polling_time"],
            "bgp_hold_time": gateway["bgp_hold_time"],
            "local_asn_num": gateway["local_as_number"],
            "bgp_ecmp": YES_NO[not gateway["bgp_ecmp"]],
            "active-standby": YES_NO[not gateway["active_standby"]],
            "connection_learned_cidrs_approval_info": _approvals(asked.store, gateway["name"]),
            "approved_learned_cidrs": gateway["approved_learned_cidrs"],
            "peer_vnet_id": [],
            "arm_bgp_lan_all_intf_ip_list": lan_ips if cloud_type == AZURE_TYPE else [],
            "gce_bgp_lan_all_intf_tuple_list": lan_ips if cloud_type == GCP_TYPE else [],
        }


def _approvals(store: Store, gateway: str) -> list[Body]:
    return [
        {
            "conn_name": connection["name"],
            "enabled_approval": YES_NO[not connection["cidr_approval"]],
            "conn_approved_learned_cidrs": connection["approved_cidrs"],
        }
        for connection in records.every(store, records.CONNECTIONS, gateway=gateway)
    ]


for _role in (gateways.TRANSIT, gateways.SPOKE):
    _declare_advanced_read(_role)
