"""The fronts of regional internal Network Load Balancers: target proxy and forwarding rule.

The Envoy proxies of a proxy load balancer have addresses of a proxy-only subnetwork of the network
and region. A passthrough load balancer has no proxy: its rule leads to the backend service itself.
Source: ``regionTargetTcpProxies`` and ``forwardingRules`` of Compute Engine, and the page on
proxy-only subnets. The text about a missing proxy-only subnetwork is Google's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from sandbox.clouds.declare import Call
from sandbox.clouds.gcp.backends import INTERNAL, INTERNAL_MANAGED, REGION_BACKEND_SERVICE
from sandbox.clouds.gcp.cloud import gcp, invalid, linked, network_path
from sandbox.clouds.gcp.instance_groups import GROUP_MANAGER, TEMPLATE, group_at
from sandbox.clouds.gcp.load_balancing import same_ports
from sandbox.clouds.gcp.network import (
    PROXY_ONLY,
    SUBNETWORK,
    in_own_project,
    network_ref,
    own_network,
)
from sandbox.clouds.inputs import Failure, flag, ref, text, text_set
from sandbox.clouds.wire import Values

_subnetwork = linked("regions/{region}/subnetworks")


TCP_PROXY = gcp(
    "gcp:compute/regionTargetTcpProxy:RegionTargetTcpProxy",
    {
        "backendService": ref(
            REGION_BACKEND_SERVICE,
            find=linked("regions/{region}/backendServices"),
            fixed=True,
        ),
        "description": text(fixed=True),
        "proxyHeader": text(default="NONE", fixed=True, choices=("NONE", "PROXY_V1")),
        "proxyBind": flag(computed=True, fixed=True),
    },
    id="projects/{project}/regions/{region}/targetTcpProxies/{name}",
    regional=True,
    self_link=True,
    stamped=True,
    outputs=("proxyId",),
    made=lambda call: {"proxyId": call.store.serial("gcp:number"), "proxyBind": False},
)


def _behind_proxies(call: Call) -> None:
    """A rule: the scheme is that of the backends, and the network has proxies in the region."""
    values = call.values
    if "target" not in values:
        return
    service_path = call.target("target").get("backendService", "")
    service = call.world.get(
        REGION_BACKEND_SERVICE, linked("regions/{region}/backendServices")(call, service_path)
    )
    if service and service["loadBalancingScheme"] != values["loadBalancingScheme"]:
        why = (
            "The load balancing scheme of the backend service, "
            f"{service['loadBalancingScheme']}, must be that of the forwarding rule."
        )
        raise invalid(call, "resource.target", values["target"], why)
    network = own_network(call)
    for found in call.world.every(SUBNETWORK):
        subnetwork = found.body
        in_network = subnetwork["network"].endswith(network)
        if in_network and subnetwork["purpose"] == PROXY_ONLY and subnetwork["role"] == "ACTIVE":
            return
    why = (
        "An active proxy-only subnetwork is required in the same region and VPC as the "
        "forwarding rule."
    )
    raise invalid(call, "resource.network", network, why)


def _one_end(values: Values) -> Iterator[Failure]:
    """A check of a preview: a rule has a target with a range, or a backend service with ports."""
    if ("target" in values) == ("backendService" in values):
        yield "target", "exactly one of `backend_service,target` must be specified"
    if "ports" in values and "portRange" in values:
        yield "ports", "only one of `all_ports,port_range,ports` can be specified"


def _passes_through(call: Call) -> None:
    """A rule: the rule of a backend service has its scheme, one to five ports, and its network."""
    values, service = call.values, call.target("backendService")
    if not service:
        return
    scheme = service["loadBalancingScheme"]
    if not scheme == values["loadBalancingScheme"] == INTERNAL:
        why = f"The scheme of a rule with a backend service, {scheme}, must be {INTERNAL} for both."
        raise invalid(call, "resource.loadBalancingScheme", values["loadBalancingScheme"], why)
    if not 1 <= len(values.get("ports", [])) <= 5:
        why = "A passthrough load balancer has one to five ports."
        raise invalid(call, "resource.ports", values.get("ports", []), why)
    for backend in service.get("backends", []):
        network = network_of_group(call, backend["group"])
        if network and network != own_network(call):
            why = f"The instances of {backend['group']} are in the network {network}."
            raise invalid(call, "resource.network", own_network(call), why)


def network_of_group(call: Call, group: str) -> str:
    """The path of the network of a group's first interfaces; empty for a group that is gone."""
    manager = call.world.get(GROUP_MANAGER, group_at(call, group))
    if manager is None:
        return ""
    of_template = linked("regions/{region}/instanceTemplates")
    template = call.world.get(
        TEMPLATE, of_template(call, manager["versions"][0]["instanceTemplate"])
    )
    for interface in (template or {}).get("networkInterfaces", [])[:1]:
        subnetwork = call.world.get(SUBNETWORK, _subnetwork(call, interface["subnetwork"]))
        return network_path(call.tenant, subnetwork["network"]) if subnetwork else ""
    return ""


def _good_address(call: Call) -> None:
    """A rule: a given address is of the subnetwork, and no other rule has it with the port."""
    subnetwork = call.target("subnetwork")
    if not subnetwork:
        why = "A subnetwork must be specified for a network in custom mode."
        raise invalid(call, "resource.subnetwork", "", why)
    if subnetwork.get("purpose") == PROXY_ONLY:
        why = "The subnetwork is reserved for proxies."
        raise invalid(call, "resource.subnetwork", call.values["subnetwork"], why)
    address = call.values.get("ipAddress")
    if address is None:
        return
    if IPv4Address(address) not in IPv4Network(subnetwork["ipCidrRange"]):
        why = f"The IP address must be in the range of the subnetwork {subnetwork['name']}."
        raise invalid(call, "resource.IPAddress", address, why)
    for other, body in call.world.where(call.world.cloud.types[call.token], ipAddress=address):
        if other != call.id and _share_ports(body, call.values):
            why = "Specified IP address is in-use and would result in a conflict."
            raise invalid(call, "resource.IPAddress", address, why)


def _share_ports(one: Values, other: Values) -> bool:
    """Whether two rules have a port in common."""
    if "portRange" in one and "portRange" in other:
        return same_ports(one["portRange"], other["portRange"])
    return bool(set(one.get("ports", [])) & set(other.get("ports", [])))


def _forwarding_rule(call: Call) -> Values:
    made: Values = {
        "forwardingRuleId": call.store.serial("gcp:number"),
        "labelFingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "baseForwardingRule": "",
        "pscConnectionId": "",
        "pscConnectionStatus": "",
        "serviceName": "",
        "networkTier": "PREMIUM",
    }
    if "ipAddress" not in call.values:
        made["ipAddress"] = _free_address(call)
    return made


def _free_address(call: Call) -> str:
    """An address of the subnetwork that no forwarding rule has."""
    block = IPv4Network(call.target("subnetwork")["ipCidrRange"])
    type_ = call.world.cloud.types[call.token]
    taken = {body["ipAddress"] for _, body in call.world.where(type_)}
    return next(str(one) for one in list(block.hosts())[1:-1] if str(one) not in taken)


FORWARDING_RULE = gcp(
    "gcp:compute/forwardingRule:ForwardingRule",
    {
        "target": ref(TCP_PROXY, find=linked("regions/{region}/targetTcpProxies")),
        "backendService": ref(
            REGION_BACKEND_SERVICE, find=linked("regions/{region}/backendServices")
        ),
        "ports": text_set(fixed=True),
        "network": network_ref(),
        "subnetwork": ref(SUBNETWORK, find=_subnetwork, fixed=True),
        "ipAddress": text(computed=True, fixed=True),
        "ipProtocol": text(computed=True, fixed=True, choices=("TCP",)),
        "portRange": text(fixed=True, same=same_ports),
        "loadBalancingScheme": text(
            default="EXTERNAL", fixed=True, choices=("EXTERNAL", INTERNAL, INTERNAL_MANAGED)
        ),
        "allowGlobalAccess": flag(),
        "networkTier": text(computed=True, fixed=True, choices=("PREMIUM", "STANDARD")),
        "description": text(fixed=True),
    },
    id="projects/{project}/regions/{region}/forwardingRules/{name}",
    regional=True,
    labelled=True,
    links=("network",),
    self_link=True,
    stamped=True,
    checks=(_one_end,),
    rules=(in_own_project, _behind_proxies, _passes_through, _good_address),
    outputs=(
        "baseForwardingRule",
        "forwardingRuleId",
        "labelFingerprint",
        "pscConnectionId",
        "pscConnectionStatus",
        "serviceName",
    ),
    fills={"ipProtocol": "TCP"},
    made=_forwarding_rule,
)
