"""The front of a regional internal proxy Network Load Balancer: target proxy and forwarding rule.

Its Envoy proxies have addresses of a proxy-only subnetwork of the network and region.
Source: ``regionTargetTcpProxies`` and ``forwardingRules`` of Compute Engine, and the page on
proxy-only subnets. The text about a missing proxy-only subnetwork is Google's own.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from sandbox.clouds.declare import Call
from sandbox.clouds.gcp.backends import INTERNAL_MANAGED, REGION_BACKEND_SERVICE
from sandbox.clouds.gcp.cloud import gcp, invalid, linked
from sandbox.clouds.gcp.load_balancing import same_ports
from sandbox.clouds.gcp.network import (
    PROXY_ONLY,
    SUBNETWORK,
    in_own_project,
    network_ref,
    own_network,
)
from sandbox.clouds.inputs import flag, ref, text
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
        if other != call.id and same_ports(body["portRange"], call.values["portRange"]):
            why = "Specified IP address is in-use and would result in a conflict."
            raise invalid(call, "resource.IPAddress", address, why)


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
        "network": network_ref(),
        "subnetwork": ref(SUBNETWORK, find=_subnetwork, fixed=True),
        "ipAddress": text(computed=True, fixed=True),
        "ipProtocol": text(computed=True, fixed=True, choices=("TCP",)),
        "portRange": text(fixed=True, same=same_ports),
        "loadBalancingScheme": text(
            default="EXTERNAL", fixed=True, choices=("EXTERNAL", INTERNAL_MANAGED)
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
    rules=(in_own_project, _behind_proxies, _good_address),
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
