"""FireNets: the inspection of what crosses a transit, by firewalls beside it.

A FireNet is not created: it exists with a gateway on which FireNet is enabled, and is named by the
network of that gateway.
"""

from __future__ import annotations

from sandbox.aviatrix import gateways, records
from sandbox.aviatrix.actions import TRUE_FALSE, Asked, Refused, action
from sandbox.store import Body, Store

_EGRESS_TRANSIT = "[AVXERR-FIRENET-0011] Unsupported for Egress Transit."
_HASHINGS = ("2-Tuple", "5-Tuple")
_DEFAULTS: Body = {
    "inspection": True,
    "firewall_egress": False,
    "firewall_hashing": "5-Tuple",
    "egress_static_cidr": [],
    "exclude_cidr": [],
}


def find(store: Store, vpc_id: str) -> Body:
    """The primary gateway whose FireNet is in a network. Raises Refused without one."""
    for gateway in records.every(store, records.GATEWAYS, primary="", state=records.UP):
        if vpc_id in gateways.vpc_ids(gateway) and is_enabled(gateway):
            return gateway
    raise Refused(f"FireNet {vpc_id} not found in DB")


def is_enabled(gateway: Body) -> bool:
    """Whether a gateway has FireNet, of the transit or of a Transit Gateway of AWS."""
    return bool(gateway["enable_transit_firenet"] or gateway["enable_firenet"])


def of_gateway(store: Store, name: str) -> tuple[Body, Body]:
    """(gateway of this name, its primary) with FireNet. Raises Refused without FireNet."""
    gateway = gateways.find_up(store, name)
    primary = gateways.find(store, gateway["primary"]) if gateway["primary"] else gateway
    if not is_enabled(primary):
        raise Refused(f"Gateway {name} is not enabled for FireNet")
    return gateway, primary


@action(
    "edit_firenet",
    ("vpc_id",),
    words={"inspection": TRUE_FALSE, "firewall_egress": TRUE_FALSE, "firewall_hashing": _HASHINGS},
)
def edit(asked: Asked) -> str:
    """Change what a FireNet inspects, or how it spreads flows over firewalls."""
    wanted: Body = {
        name: asked.flag(name) for name in ("inspection", "firewall_egress") if asked.get(name)
    }
    if asked.get("firewall_hashing"):
        wanted["firewall_hashing"] = asked["firewall_hashing"]
    if not wanted:
        raise Refused("inspection, firewall_egress or firewall_hashing is required")
    gateway = find(asked.store, asked["vpc_id"])
    if gateway["enable_egress_transit_firenet"] and "firewall_hashing" not in wanted:
        raise Refused(_EGRESS_TRANSIT)
    return _change(asked, gateway, wanted)


@action("edit_firenet_egress_static_cidr", ("vpc_id",), ("egress_static_cidr",))
def edit_static(asked: Asked) -> str:
    """Set the static blocks of the egress."""
    gateway = find(asked.store, asked["vpc_id"])
    return _change(asked, gateway, {"egress_static_cidr": asked.cidrs("egress_static_cidr")})


@action("edit_firenet_excluded_cidr", ("vpc_id",), ("exclude_cidr",))
def edit_excluded(asked: Asked) -> str:
    """Set the blocks that are not inspected."""
    gateway = find(asked.store, asked["vpc_id"])
    return _change(asked, gateway, {"exclude_cidr": asked.cidrs("exclude_cidr")})


def _change(asked: Asked, gateway: Body, wanted: Body) -> str:
    settings = {**_DEFAULTS, **gateway["firenet"]}
    if settings | wanted == settings:
        lists = all(isinstance(value, list) for value in wanted.values())
        kind = "list is not changed" if lists else "configuration not changed"
        raise Refused(f"FireNet {asked['vpc_id']}: {kind}")
    changed = {**settings, **wanted}
    records.update(asked.store, records.GATEWAYS, gateway["name"], firenet=changed)
    return f"Successfully changed FireNet {asked['vpc_id']}"


@action("show_firenet_detail", ("vpc_id",), reads=True)
def show(asked: Asked) -> Body:
    """A FireNet with its gateways and firewalls."""
    store, gateway = asked.store, find(asked.store, asked["vpc_id"])
    settings = {**_DEFAULTS, **gateway["firenet"]}
    ha = gateways.ha_of(store, gateway)
    names = [gateway["name"], *([] if ha is None else [ha["name"]])]
    return {
        "cloud_type": str(gateway["cloud_type"]),
        "region": gateway["region"],
        "vpc_id": gateway["shown_vpc_id"],
        "firewall": [
            _firewall(store, one)
            for one in records.every(store, records.ASSOCIATIONS, primary=gateway["name"])
        ],
        "gateway": [
            {"name": name, "tgw_id": "", "domain_name": "", "ha_status": role}
            for name, role in zip(names, ("primary", "ha"), strict=False)
        ],
        "inspection": _yes(settings["inspection"]),
        "firewall_egress": _yes(settings["firewall_egress"]),
        "firewall_hashing": settings["firewall_hashing"],
        "native_gwlb": gateway["enable_gateway_load_balancer"],
        "tgw_segmentation": "no",
        "egress_static_cidr": settings["egress_static_cidr"],
        "exclude_cidr": settings["exclude_cidr"],
    }


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _firewall(store: Store, associated: Body) -> Body:
    instance = records.get(store, records.FIREWALLS, associated["firewall_id"]) or {}
    return {
        "id": associated["firewall_id"],
        "name": associated["firewall_name"] or instance.get("name", ""),
        "gateway": associated["gateway_name"],
        "enabled": associated["attached"],
        "lan_interface_id": associated["lan_interface"],
        "management_interface_id": associated["management_interface"],
        "egress_interface_id": associated["egress_interface"],
        "vendor": associated["vendor"],
    }


# Inspection policies

PREFIXES = ("SPOKE", "TRANSIT", "SITE2CLOUD", "PEERING")
_POLICY = ("firenet_gateway_name", "spoke_gateway_name")


@action("add_spoke_to_transit_firenet_inspection", _POLICY)
def add_policy(asked: Asked) -> str:
    """Inspect what goes to and from a resource: ``SPOKE:<gateway>``, for example."""
    store, resource = asked.store, asked["spoke_gateway_name"]
    transit = gateways.find_primary(store, asked["firenet_gateway_name"], gateways.TRANSIT)
    name = transit["name"]
    if not transit["enable_transit_firenet"]:
        raise Refused(f"Gateway {name} is not enabled for transit FireNet")
    if not _is_joined(store, name, resource):
        raise Refused(f"{resource} is not attached to gateway {name}")
    if records.get(store, records.POLICIES, f"{name}~{resource}") is not None:
        raise Refused(f"{resource} is inspected by gateway {name}: it already exists")
    body = {"transit": name, "resource": resource}
    records.put(store, records.POLICIES, f"{name}~{resource}", body)
    return f"Successfully added {resource} to the inspection of {name}"


def _is_joined(store: Store, transit: str, resource: str) -> bool:
    prefix, separator, name = resource.partition(":")
    if not separator or prefix not in PREFIXES:
        raise Refused(f"spoke_gateway_name {resource} must start with {': or '.join(PREFIXES)}:")
    if prefix == "SPOKE":
        found = records.get(store, records.ATTACHMENTS, f"{name}~{transit}")
    elif prefix == "SITE2CLOUD":
        connections = records.every(store, records.CONNECTIONS, gateway=transit, name=name)
        found = next(connections, None)
    else:
        found = records.get(store, records.PEERINGS, "~".join(sorted((transit, name))))
    return found is not None and found["state"] == records.UP


@action("delete_spoke_from_transit_firenet_inspection", _POLICY)
def delete_policy(asked: Asked) -> str:
    """Stop the inspection of a resource."""
    id_ = f"{asked['firenet_gateway_name']}~{asked['spoke_gateway_name']}"
    if records.get(asked.store, records.POLICIES, id_) is None:
        raise Refused(
            f"{asked['spoke_gateway_name']} not found in the inspection of "
            f"{asked['firenet_gateway_name']}"
        )
    records.delete(asked.store, records.POLICIES, id_)
    return "Successfully deleted the inspection"


@action("list_transit_firenet_spoke_policies", optional=("gateway_name",), reads=True)
def list_policies(asked: Asked) -> list[Body]:
    """By transit with FireNet: the resources that it inspects."""
    wanted, store = asked.get("gateway_name"), asked.store
    return [
        {
            "gw_name": gateway["name"],
            "inspected": [
                policy["resource"]
                for policy in records.every(store, records.POLICIES, transit=gateway["name"])
            ],
            "management_access": "no",
        }
        for gateway in records.every(store, records.GATEWAYS, primary="")
        if gateway["enable_transit_firenet"] and wanted in ("", gateway["name"])
    ]
