"""Networks, subnetworks, firewalls and global addresses.

A subnetwork's range can grow in place. It can never shrink or move. A range that is reserved with
``purpose: VPC_PEERING`` and without an address gets any free block of the network.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from sandbox.clouds import tokens
from sandbox.clouds.gcp_common import (
    API,
    block_or_refuse,
    free_or_refuse,
    gcp_type,
    network_input,
    network_or_refuse,
    on_network,
    peer_ranges,
    project_of,
    ranges_of,
    refuse,
    region_of,
    same_link,
    stamp,
)
from sandbox.clouds.inputs import block, blocks, flag, text, text_set, texts, whole
from sandbox.clouds.model import Call, Failure
from sandbox.clouds.wire import Values

_USERS = (
    tokens.GCP_SUBNETWORK,
    tokens.GCP_FIREWALL,
    tokens.GCP_PEERING,
    tokens.GCP_ADDRESS,
    tokens.GCP_CONNECTION,
    tokens.GCP_REDIS,
)

_PRIORITY_MAX = 65535
_PORT_MAX = 65535
_PROTOCOLS = frozenset({"tcp", "udp", "icmp", "esp", "ah", "ipip", "sctp", "all"})
"""The protocols of a firewall rule that have a name; others are given by number."""
_WITH_PORTS = frozenset({"tcp", "udp", "sctp", "6", "17", "132"})
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)


def _create_network(call: Call, inputs: Values) -> tuple[str, Values]:
    id_ = f"projects/{project_of(call, inputs)}/global/networks/{inputs['name']}"
    number = f"{7_000_000_000_000_000_000 + call.store.serial('gcp:number')}"
    return id_, {
        "selfLink": API + id_,
        "networkId": number,
        "numericId": number,
        "gatewayIpv4": "",
        "routingMode": inputs.get("routingMode", "REGIONAL"),
        "mtu": inputs.get("mtu", 1460),
    }


def _delete_network(call: Call, id_: str, body: Values) -> None:
    del body
    for token in _USERS:
        for user, _ in on_network(call.store, token, id_):
            message = f"The network resource '{id_}' is already being used by '{user}'"
            raise refuse(400, "resourceInUseByAnotherResource", message)


def _create_subnetwork(call: Call, inputs: Values) -> tuple[str, Values]:
    project, region = project_of(call, inputs), region_of(call, inputs)
    network = network_or_refuse(call, project, inputs["network"])
    if "ipCidrRange" not in inputs:
        message = "Invalid value for field 'resource.ipCidrRange': ''. It must be set"
        raise refuse(400, "invalid", message)
    wanted = _subnet_block(inputs["ipCidrRange"])
    free_or_refuse(call.store, network, wanted)
    taken = [wanted]
    for second in inputs.get("secondaryIpRanges", []):
        extra = _subnet_block(second["ipCidrRange"])
        free_or_refuse(call.store, network, extra)
        if any(extra.overlaps(other) for other in taken):
            message = f"Invalid IPCidrRange: {extra} conflicts with a range of the same subnetwork"
            raise refuse(400, "invalidIPCidrRange", message)
        taken.append(extra)
    id_ = f"projects/{project}/regions/{region}/subnetworks/{inputs['name']}"
    return id_, {
        "network": API + network,
        "region": region,
        "selfLink": API + id_,
        "subnetworkId": 6_000_000_000_000 + call.store.serial("gcp:number"),
        "gatewayAddress": str(wanted[1]),
        "fingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "creationTimestamp": stamp(call.store),
        "purpose": inputs.get("purpose", "PRIVATE"),
        "privateIpGoogleAccess": inputs.get("privateIpGoogleAccess", False),
        "stackType": inputs.get("stackType", "IPV4_ONLY"),
        "_networkPath": network,
    }


def _subnet_block(value: str) -> ipaddress.IPv4Network:
    found = block_or_refuse("resource.ipCidrRange", value)
    if found.prefixlen > 29:
        message = f"Invalid value for field 'resource.ipCidrRange': '{value}'. At least a /29"
        raise refuse(400, "invalid", message)
    return found


def _update_subnetwork(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del id_
    if inputs["ipCidrRange"] != body["ipCidrRange"]:
        itself = f"existing subnetwork '{body['name']}' in region '{body['region']}'"
        wanted = _subnet_block(inputs["ipCidrRange"])
        free_or_refuse(call.store, body["_networkPath"], wanted, but=itself)
    return {"network": body["network"]}


def _moves(old: str, new: str) -> bool:
    """Whether a range changes in another way than growing."""
    try:
        return not ipaddress.IPv4Network(old).subnet_of(ipaddress.IPv4Network(new))
    except ValueError:
        return True


def _check_firewall(inputs: Values) -> Iterator[Failure]:
    priority = inputs["priority"]
    if not 0 <= priority <= _PRIORITY_MAX:
        yield "priority", f"expected priority to be in the range (0 - 65535), got {priority}"
    if ("allows" in inputs) and ("denies" in inputs):
        yield "allows", '"allows": conflicts with denies'
    for prop in ("sourceRanges", "destinationRanges"):
        for value in inputs.get(prop, []):
            try:
                ipaddress.ip_network(value)
            except ValueError:
                yield prop, f"{value} is not a valid IP CIDR range"


def _firewall_or_refuse(inputs: Values) -> None:
    if not inputs.get("allows") and not inputs.get("denies"):
        raise refuse(400, "required", "Required field 'resource.allowed' or 'denied' not specified")
    ingress = inputs.get("direction", "INGRESS") == "INGRESS"
    if ingress and not inputs.get("sourceRanges") and not inputs.get("sourceTags"):
        message = (
            "one of source_ranges, source_tags, or source_service_accounts must be defined for "
            "an INGRESS rule"
        )
        raise refuse(400, "invalid", message)
    if not ingress and (inputs.get("sourceRanges") or inputs.get("sourceTags")):
        raise refuse(400, "invalid", "source ranges and tags cannot be set on an EGRESS rule")
    for side, field in (("allows", "allowed"), ("denies", "denied")):
        for index, rule in enumerate(inputs.get(side, [])):
            _rule_or_refuse(f"resource.{field}[{index}]", rule)


def _rule_or_refuse(field: str, rule: Values) -> None:
    """Refuse an unknown protocol (name, or number 0 to 255), and ports it does not have."""
    protocol, ports = rule["protocol"].lower(), rule.get("ports", [])
    numbered = protocol.isdecimal() and int(protocol) <= 255
    if protocol not in _PROTOCOLS and not numbered:
        message = f"Invalid value for field '{field}.IPProtocol': '{protocol}'. Invalid IP protocol"
        raise refuse(400, "invalid", f"{message} specification.")
    if ports and protocol not in _WITH_PORTS:
        message = f"Invalid value for field '{field}.ports': '{ports}'. Ports may only be specified"
        raise refuse(
            400, "invalid", f"{message} on rules whose protocol is one of [TCP, UDP, SCTP]"
        )
    for index, value in enumerate(ports):
        found = _PORTS.fullmatch(value)
        low, high = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if not low <= high <= _PORT_MAX:
            message = f"Invalid value for field '{field}.ports[{index}]': '{value}'."
            raise refuse(400, "invalid", f"{message} Invalid port range specification.")


def _create_firewall(call: Call, inputs: Values) -> tuple[str, Values]:
    project = project_of(call, inputs)
    network = network_or_refuse(call, project, inputs["network"])
    _firewall_or_refuse(inputs)
    id_ = f"projects/{project}/global/firewalls/{inputs['name']}"
    return id_, {
        "network": API + network,
        "direction": inputs.get("direction", "INGRESS"),
        "selfLink": API + id_,
        "creationTimestamp": stamp(call.store),
        "_networkPath": network,
    }


def _update_firewall(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del call, id_
    _firewall_or_refuse(inputs)
    return {"network": body["network"]}


def _allocated(call: Call, network: str, length: int) -> ipaddress.IPv4Network:
    """The first free block of this prefix length in 10.0.0.0/8."""
    taken = [found for _, found in ranges_of(call.store, network)]
    taken += [found for _, found in peer_ranges(call.store, network)]
    for candidate in ipaddress.IPv4Network("10.0.0.0/8").subnets(new_prefix=length):
        if not any(candidate.overlaps(block) for block in taken):
            return candidate
    message = f"Couldn't find free blocks of /{length} in network '{network}'"
    raise refuse(400, "RESOURCE_EXHAUSTED", message)


def _create_address(call: Call, inputs: Values) -> tuple[str, Values]:
    project = project_of(call, inputs)
    id_ = f"projects/{project}/global/addresses/{inputs['name']}"
    outputs: Values = {
        "selfLink": API + id_,
        "creationTimestamp": stamp(call.store),
        "labelFingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "prefixLength": inputs.get("prefixLength", 0),
    }
    if inputs["addressType"] == "EXTERNAL":
        address = ipaddress.IPv4Address("203.0.113.0") + call.store.serial("gcp:external") % 256
        return id_, {**outputs, "address": inputs.get("address", str(address))}
    if "network" not in inputs or "purpose" not in inputs:
        message = "An INTERNAL global address needs 'resource.network' and 'resource.purpose'"
        raise refuse(400, "required", message)
    network = network_or_refuse(call, project, inputs["network"])
    length = inputs.get("prefixLength", 32)
    if inputs["purpose"] == "VPC_PEERING" and not 8 <= length <= 29:
        message = f"Invalid value for field 'resource.prefixLength': '{length}'. Must be 8 to 29"
        raise refuse(400, "invalid", message)
    if "address" in inputs:
        wanted = block_or_refuse("resource.address", f"{inputs['address']}/{length}")
        free_or_refuse(call.store, network, wanted)
    else:
        wanted = _allocated(call, network, length)
    return id_, {
        **outputs,
        "network": API + network,
        "address": str(wanted.network_address),
        "prefixLength": length,
        "_networkPath": network,
    }


def _delete_address(call: Call, id_: str, body: Values) -> None:
    for token in (tokens.GCP_CONNECTION, tokens.GCP_REDIS):
        for user, other in on_network(call.store, token, body.get("_networkPath", "")):
            named = other.get("reservedPeeringRanges") or [other.get("reservedIpRange")]
            if body["name"] in named:
                message = f"The global_address resource '{id_}' is already being used by '{user}'"
                raise refuse(400, "resourceInUseByAnotherResource", message)


_RULE = {"protocol": text(required=True), "ports": texts()}

TYPES = (
    gcp_type(
        tokens.GCP_NETWORK,
        {
            "autoCreateSubnetworks": flag(default=True, replace=True),
            "deleteDefaultRoutesOnCreate": flag(default=False),
            "description": text(replace=True),
            "mtu": whole(computed=True, replace=True),
            "networkFirewallPolicyEnforcementOrder": text(
                default="AFTER_CLASSIC_FIREWALL",
                choices=("AFTER_CLASSIC_FIREWALL", "BEFORE_CLASSIC_FIREWALL"),
            ),
            "routingMode": text(computed=True, choices=("REGIONAL", "GLOBAL")),
        },
        ("gatewayIpv4", "networkId", "numericId", "selfLink"),
        _create_network,
        delete=_delete_network,
    ),
    gcp_type(
        tokens.GCP_SUBNETWORK,
        {
            "network": network_input(),
            "ipCidrRange": text(replace=_moves),
            "region": text(replace=True, computed=True),
            "description": text(replace=True),
            "privateIpGoogleAccess": flag(computed=True),
            "purpose": text(replace=True, computed=True),
            "role": text(choices=("ACTIVE", "BACKUP")),
            "secondaryIpRanges": blocks({"rangeName": text(required=True), "ipCidrRange": text()}),
            "stackType": text(computed=True, choices=("IPV4_ONLY", "IPV4_IPV6", "IPV6_ONLY")),
        },
        ("creationTimestamp", "fingerprint", "gatewayAddress", "selfLink", "subnetworkId"),
        _create_subnetwork,
        update=_update_subnetwork,
    ),
    gcp_type(
        tokens.GCP_FIREWALL,
        {
            "network": network_input(),
            "direction": text(replace=True, computed=True, choices=("INGRESS", "EGRESS")),
            "priority": whole(default=1000),
            "allows": blocks(_RULE, unordered=True),
            "denies": blocks(_RULE, unordered=True),
            "sourceRanges": text_set(),
            "destinationRanges": text_set(),
            "sourceTags": text_set(),
            "targetTags": text_set(),
            "description": text(),
            "disabled": flag(),
            "logConfig": block({"metadata": text(required=True)}),
        },
        ("creationTimestamp", "selfLink"),
        _create_firewall,
        update=_update_firewall,
        check=_check_firewall,
    ),
    gcp_type(
        tokens.GCP_ADDRESS,
        {
            "address": text(replace=True, computed=True),
            "addressType": text(default="EXTERNAL", choices=("EXTERNAL", "INTERNAL"), replace=True),
            "description": text(replace=True),
            "ipVersion": text(choices=("IPV4", "IPV6"), replace=True),
            "network": text(replace=True, same=same_link),
            "prefixLength": whole(replace=True, computed=True),
            "purpose": text(choices=("VPC_PEERING", "PRIVATE_SERVICE_CONNECT"), replace=True),
        },
        ("creationTimestamp", "labelFingerprint", "selfLink"),
        _create_address,
        delete=_delete_address,
        labelled=True,
    ),
)
