"""Route 53 Resolver: endpoints in a VPC, forwarding rules, and the VPCs that use them.

Source: CreateResolverEndpoint, CreateResolverRule and AssociateResolverRule of the Amazon Route 53
Resolver API. An endpoint without an address for a subnet gets the first free one. No duration of
an endpoint's creation is documented, so it takes none. Shared rules are not modelled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from sandbox.clouds.aws.cloud import aws, new_id
from sandbox.clouds.aws.route53 import domain_name
from sandbox.clouds.aws.security import SECURITY_GROUP
from sandbox.clouds.aws.vpc import SUBNET, VPC
from sandbox.clouds.declare import Autoname, Call
from sandbox.clouds.inputs import Failure, blocks, ref, refs, text, text_set, whole
from sandbox.clouds.rules import siblings
from sandbox.clouds.wire import Values

_REQUEST = "InvalidRequestException"
_PARAMETER = "InvalidParameterException"
_MISSING = "ResourceNotFoundException"
_NAME = re.compile(r"(?!^[0-9]+$)[a-zA-Z0-9\-_' ]{1,64}")
_RESERVED = 4
"""How many of the first addresses of a subnet AWS keeps. It keeps the last one too."""


def _name(at: str, value: str) -> Iterator[Failure]:
    if not _NAME.fullmatch(value):
        yield (
            at,
            f'"{at}" ({value}) takes 1 to 64 letters, digits, hyphens, underscores and spaces, and '
            "not digits only",
        )


def _ipv4(at: str, value: str) -> Iterator[Failure]:
    try:
        IPv4Address(value)
    except ValueError:
        yield at, f"expected {at} to contain a valid IPv4 address, got: {value}"


# Endpoints


def _enough_addresses(values: Values) -> Iterator[Failure]:
    """The provider's own error about the number of addresses."""
    given = values.get("ipAddresses")
    if isinstance(given, list) and not 2 <= len(given) <= 10:
        said = f"Attribute ip_address takes 2 to 10 items, but config has {len(given)} declared"
        yield "ipAddresses", said


def _in_one_vpc(call: Call) -> None:
    """A rule: the subnets and security groups of an endpoint are in one VPC."""
    first, *others = call.found["ipAddresses.subnetId"]
    for found in (*others, *call.found.get("securityGroupIds", [])):
        if found.body["vpcId"] != first.body["vpcId"]:
            said = f"{{id}} is not in VPC {first.body['vpcId']}, which {first.id} is in"
            raise call.error((_REQUEST, said), id=found.id)


def _usable(call: Call) -> None:
    """A rule: each address that is given is free, and is one that its subnet gives out."""
    taken = _taken(call)
    for given, subnet in zip(
        call.values["ipAddresses"], call.found["ipAddresses.subnetId"], strict=True
    ):
        value = given.get("ip")
        if value is None:
            continue
        if int(IPv4Address(value)) not in _given_out(subnet.body["cidrBlock"]):
            said = (
                f"IP address '{value}' is either not in subnet '{{id}}' CIDR range or is reserved"
            )
            raise call.error((_REQUEST, said), id=subnet.id)
        if (subnet.id, value) in taken:
            said = f"The IP address '{value}' in subnet '{{id}}' is already in use"
            raise call.error(("ResourceExistsException", said), id=subnet.id)
        taken.add((subnet.id, value))


def _given_out(block: str) -> range:
    """The addresses of a subnet that its network interfaces may have, as numbers."""
    network = IPv4Network(block)
    return range(int(network[_RESERVED]), int(network.broadcast_address))


def _taken(call: Call) -> set[tuple[str, str]]:
    """(subnet, address) of the other endpoints."""
    return {
        (item["subnetId"], item["ip"])
        for _, body in siblings(call, None)
        for item in body["ipAddresses"]
    }


def _addresses(call: Call) -> Values:
    """The addresses of an endpoint. Those that it has stay; new ones are the first free."""
    old = list((call.stored or {}).get("ipAddresses", []))
    named = {(item["subnetId"], item["ip"]) for item in call.values["ipAddresses"] if "ip" in item}
    taken, found = _taken(call) | named, []
    for given, subnet in zip(
        call.values["ipAddresses"], call.found["ipAddresses.subnetId"], strict=True
    ):
        kept = next((item for item in old if _is_same(item, given, named)), None)
        if kept is not None:
            old.remove(kept)
            found.append(kept)
            taken.add((kept["subnetId"], kept["ip"]))
            continue
        ip = given.get("ip") or _first_free(call, subnet.id, subnet.body["cidrBlock"], taken)
        taken.add((subnet.id, ip))
        found.append({"subnetId": subnet.id, "ip": ip, "ipId": new_id(call.store, "rni")})
    return {"ipAddresses": found}


def _is_same(item: Values, given: Values, named: set[tuple[str, str]]) -> bool:
    """Whether an address of an endpoint is the one that the inputs ask for.

    One that other inputs name is not for an input without an address.
    """
    if item["subnetId"] != given["subnetId"]:
        return False
    if "ip" in given:
        return bool(item["ip"] == given["ip"])
    return (item["subnetId"], item["ip"]) not in named


def _first_free(call: Call, subnet: str, block: str, taken: set[tuple[str, str]]) -> str:
    for number in _given_out(block):
        if (subnet, str(IPv4Address(number))) not in taken:
            return str(IPv4Address(number))
    raise call.error((_REQUEST, "Subnet '{id}' has no free IP address"), id=subnet)


def _endpoint(call: Call, id_: str) -> Values:
    del id_
    first = call.found["ipAddresses.subnetId"][0]
    chosen = {
        "protocols": call.values.get("protocols", ["Do53"]),
        "resolverEndpointType": call.values.get("resolverEndpointType", "IPV4"),
    }
    return {"hostVpcId": first.body["vpcId"], **chosen, **_addresses(call)}


ENDPOINT = aws(
    "aws:route53/resolverEndpoint:ResolverEndpoint",
    {
        "name": text(form=_name),
        "direction": text(
            required=True, choices=("INBOUND", "OUTBOUND", "INBOUND_DELEGATION"), fixed=True
        ),
        "ipAddresses": blocks(
            {
                "subnetId": ref(
                    SUBNET,
                    required=True,
                    missing=(_PARAMETER, "The subnet ID '{id}' does not exist"),
                ),
                "ip": text(computed=True, form=_ipv4),
                "ipId": text(computed=True),
            },
            required=True,
            computed=True,
            unordered=True,
        ),
        "securityGroupIds": refs(
            SECURITY_GROUP,
            required=True,
            fixed=True,
            missing=(_MISSING, "The security group '{id}' does not exist"),
        ),
        "protocols": text_set(computed=True),
        "resolverEndpointType": text(choices=("IPV4",), computed=True),
    },
    id=lambda call: new_id(
        call.store, "rslvr-out" if call.values["direction"] == "OUTBOUND" else "rslvr-in"
    ),
    action="Route53Resolver: CreateResolverEndpoint",
    updates="Route53Resolver: AssociateResolverEndpointIpAddress",
    arn_of="route53resolver:resolver-endpoint",
    autoname=Autoname("name", longest=64),
    missing=(_MISSING, "[RSLVR-00703] Resolver endpoint with ID '{id}' does not exist."),
    in_use=(
        _REQUEST,
        "[RSLVR-00600] Cannot delete resolver endpoint unless its related resolver rules are "
        'deleted. The following rules still exist for this resolver endpoint: "{by}"',
    ),
    checks=(_enough_addresses,),
    rules=(_in_one_vpc, _usable),
    outputs=("hostVpcId",),
    made=_endpoint,
    changed=_addresses,
)


# Rules


def _one_kind(call: Call) -> None:
    """A rule: a forwarding rule has targets and an outbound endpoint, a system rule neither."""
    values = call.values
    given = [name for name in ("resolverEndpointId", "targetIps") if values.get(name)]
    if values["ruleType"] == "SYSTEM":
        if given:
            said = "Cannot specify resolver endpoint ID and target IP for SYSTEM type resolver rule"
            raise call.error((_REQUEST, said))
        return
    if len(given) != 2:
        said = "A FORWARD type resolver rule needs a resolver endpoint ID and a target IP"
        raise call.error((_REQUEST, said))
    if call.target("resolverEndpointId")["direction"] != "OUTBOUND":
        said = (
            "Resolver endpoint '{id}' is not OUTBOUND. Only an outbound endpoint forwards queries"
        )
        raise call.error((_REQUEST, said), id=values["resolverEndpointId"])


def _removed(old: str, new: str) -> bool:
    """Whether a change of the endpoint needs a new rule: only its removal does."""
    del old, new
    return False


RULE = aws(
    "aws:route53/resolverRule:ResolverRule",
    {
        "name": text(form=_name),
        "domainName": text(
            required=True,
            fixed=True,
            same=lambda one, other: domain_name(one) == domain_name(other),
        ),
        "ruleType": text(required=True, choices=("FORWARD", "SYSTEM"), fixed=True),
        "resolverEndpointId": ref(ENDPOINT, fixed=_removed),
        "targetIps": blocks(
            {
                "ip": text(form=_ipv4),
                "port": whole(),
                "protocol": text(choices=("Do53", "DoH", "DoH-FIPS")),
            },
            unordered=True,
        ),
    },
    id="rslvr-rr",
    action="Route53Resolver: CreateResolverRule",
    updates="Route53Resolver: UpdateResolverRule",
    arn_of="route53resolver:resolver-rule",
    owned=True,
    autoname=Autoname("name", longest=64),
    missing=(_MISSING, "[RSLVR-00703] Resolver rule with ID '{id}' does not exist."),
    in_use=(
        "ResourceInUseException",
        "Please disassociate this resolver rule from VPC first before deleting ({by})",
    ),
    rules=(_one_kind,),
    outputs=("shareStatus",),
    made=lambda call, id_: {
        "shareStatus": "NOT_SHARED",
        "domainName": call.values["domainName"].rstrip(".") or ".",
    },
)


def _no_conflict(call: Call) -> None:
    """A rule: a VPC uses one rule for a domain, and none that forwards to its own endpoint."""
    values, rule = call.values, call.target("resolverRuleId")
    for _, other in siblings(call, "vpcId"):
        used = call.world.get(RULE, other["resolverRuleId"]) or {}
        if domain_name(used["domainName"]) == domain_name(rule["domainName"]):
            said = (
                "Cannot associate rules with same domain name with same VPC. Conflict with "
                "resolver rule '{id}'"
            )
            raise call.error((_REQUEST, said), id=other["resolverRuleId"])
    targets = {item.get("ip") for item in rule.get("targetIps", [])}
    for _, endpoint in call.world.where(ENDPOINT, hostVpcId=values["vpcId"], direction="INBOUND"):
        if targets & {item["ip"] for item in endpoint["ipAddresses"]}:
            said = (
                "[RSLVR-00804] Cannot associate rule {resolverRuleId} to VPC {vpcId} because the "
                "VPC include an INBOUND resolver endpoints with rule's target IP. Please try a "
                "different rule or update rule's target IP."
            )
            raise call.error((_REQUEST, said), **values)


RULE_ASSOCIATION = aws(
    "aws:route53/resolverRuleAssociation:ResolverRuleAssociation",
    {
        "name": text(form=_name, fixed=True),
        "resolverRuleId": ref(RULE, required=True, fixed=True),
        "vpcId": ref(
            VPC,
            required=True,
            fixed=True,
            missing=(_PARAMETER, "The vpc ID '{id}' does not exist"),
        ),
    },
    id="rslvr-rrassoc",
    action="Route53Resolver: AssociateResolverRule",
    deletes="Route53Resolver: DisassociateResolverRule",
    tagged=False,
    autoname=Autoname("name", longest=64),
    rules=(_no_conflict,),
)
