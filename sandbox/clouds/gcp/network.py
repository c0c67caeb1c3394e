"""Networks and subnetworks, and the address ranges that a network and its peers use.

A subnetwork's range can grow in place. It can never shrink or move.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Any

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import (
    GCP,
    gcp,
    invalid,
    network_path,
    path,
    project_in,
    same_link,
)
from sandbox.clouds.inputs import Failure, Input, blocks, flag, ref, text, whole
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found

PRIVATE = IPv4Network("10.0.0.0/8")
"""The block in which GCP looks for a free range."""
AUTO_MODE = IPv4Network("10.128.0.0/9")
"""The range of the subnetworks of a network in auto mode."""
PROXY_ONLY = "REGIONAL_MANAGED_PROXY"
"""The purpose of a subnetwork with the addresses of Envoy proxies."""
_LINK = re.compile(r"projects/[^/]+/global/networks/[a-z](?:[-a-z0-9]*[a-z0-9])?$")
_CONFLICT: Error = ("invalidIPCidrRange", "Invalid IPCidrRange: {block} conflicts with {what}.")
_PEER_CONFLICT: Error = (
    "invalidIPCidrRange",
    "An IP range in the local network ({block}) overlaps with an IP range ({other}) in an active "
    "peer ({peer}) of the local network.",
)


def _network(call: Call) -> Values:
    number = f"{7_000_000_000_000_000_000 + call.store.serial('gcp:number')}"
    return {"networkId": number, "numericId": number, "gatewayIpv4": ""}


def _ranges_of_network(body: Values) -> Iterator[tuple[str, IPv4Network]]:
    if body.get("autoCreateSubnetworks"):
        yield "an auto mode subnetwork", AUTO_MODE
    if "_cidrBlock" in body:
        yield "the block of the network", IPv4Network(body["_cidrBlock"])


NETWORK = gcp(
    "gcp:compute/network:Network",
    {
        "autoCreateSubnetworks": flag(default=True, fixed=True),
        "deleteDefaultRoutesOnCreate": flag(default=False),
        "description": text(fixed=True),
        "mtu": whole(computed=True, fixed=True),
        "networkFirewallPolicyEnforcementOrder": text(
            default="AFTER_CLASSIC_FIREWALL",
            choices=("AFTER_CLASSIC_FIREWALL", "BEFORE_CLASSIC_FIREWALL"),
        ),
        "routingMode": text(computed=True, choices=("REGIONAL", "GLOBAL")),
    },
    id="projects/{project}/global/networks/{name}",
    self_link=True,
    fills={"routingMode": "REGIONAL", "mtu": 1460},
    outputs=("gatewayIpv4", "networkId", "numericId"),
    made=_network,
    ranges=_ranges_of_network,
)


def network_ref(*, fixed: bool = True, **how: Any) -> Input:
    """An input that names a network, of this project or another."""
    return ref(
        NETWORK,
        elsewhere=True,
        find=lambda call, value: network_path(call.tenant, value),
        same=same_link,
        fixed=fixed,
        **how,
    )


def own_network(call: Call) -> str:
    """The path of the network that a request names; without one, of the network ``default``."""
    values = call.values
    return network_path(
        call.tenant, values.get("network") or values.get("authorizedNetwork", "default")
    )


def is_link(at: str, value: str) -> Iterator[Failure]:
    """The provider's error about a network that is given by its bare name."""
    if not _LINK.search(value):
        yield at, f'"{at}" ("{value}") doesn\'t match regexp "{_LINK.pattern}"'


def network_at(world: World, network: str) -> Found | None:
    """The network at a path, in any project."""
    return world.of(project_in(network)).find(NETWORK, network)


def in_own_project(call: Call, prop: str = "network") -> None:
    """A rule: the network is in the project of the resource, where the resource needs that.

    ``prop`` is the input that names the network.
    """
    if prop in call.values:
        network = network_path(call.tenant, call.values[prop])
        if project_in(network) != call.tenant:
            why = "Cross project referencing is not allowed for this resource."
            raise invalid(call, f"resource.{prop}", network, why)


def users(world: World, network: str) -> Iterator[Found]:
    """The objects on a network: those that refer to it, except peerings of other networks."""
    found = network_at(world, network)
    if found is not None:
        for prop, user in world.store.users(found):
            if prop != "peerNetwork":
                yield user


def ranges_of(world: World, network: str, but: str = "") -> Iterator[tuple[str, IPv4Network]]:
    """(description, block) for every address range that a network uses.

    ``but`` is the id of an object whose ranges are left out: the one that is being changed.
    """
    found = network_at(world, network)
    if found is None:
        return
    for user in (found, *users(world, network)):
        of_type = GCP.ranges.get(user.kind)
        if of_type is not None and user.id != but:
            yield from of_type(user.body)


def peer_ranges(world: World, network: str, but: str = "") -> Iterator[tuple[str, IPv4Network]]:
    """(name of the peering, block) for every address range of the active peers of a network.

    ``but`` is the path of a peer to leave out.
    """
    for user in users(world, network):
        peer = path(user.body.get("peerNetwork", ""))
        if peer and peer != but and user.body["state"] == "ACTIVE":
            for _, block in ranges_of(world, peer):
                yield user.body["name"], block


def taken_blocks(world: World, network: str) -> list[IPv4Network]:
    """The address ranges of a network and its active peers."""
    found = [*ranges_of(world, network), *peer_ranges(world, network)]
    return [block for _, block in found]


def first_free(
    pools: Iterable[IPv4Network], length: int, taken: list[IPv4Network]
) -> IPv4Network | None:
    """The first block of a prefix length in ``pools`` that overlaps with none of ``taken``."""
    for pool in pools:
        for candidate in pool.subnets(new_prefix=length):
            if not any(candidate.overlaps(block) for block in taken):
                return candidate
    return None


def ip_block(call: Call, field: str, value: str) -> IPv4Network:
    """Parse a block. GCP refuses one that does not begin with its network address."""
    try:
        return IPv4Network(value)
    except ValueError:
        why = "Must be a CIDR address range that is contained by the RFC1918 private address blocks"
        raise invalid(call, field, value, why) from None


def refuse_overlap(call: Call, network: str, wanted: IPv4Network) -> None:
    """Refuse a block that overlaps with a range of the network, or of an active peer of it.

    The ranges of the object that the request updates are left out.
    """
    for what, block in ranges_of(call.world, network, but=call.id):
        if block.overlaps(wanted):
            raise call.error(_CONFLICT, block=wanted, what=what)
    for name, block in peer_ranges(call.world, network):
        if block.overlaps(wanted):
            raise call.error(_PEER_CONFLICT, block=wanted, other=block, peer=name)


def _free_ranges(call: Call) -> None:
    """A rule: the ranges of a subnetwork are free, and do not overlap with each other."""
    network = own_network(call)
    earlier: list[IPv4Network] = []
    for value in [call.values.get("ipCidrRange"), *_secondary(call.values)]:
        if value is None:
            raise invalid(call, "resource.ipCidrRange", "", "It must be set")
        wanted = ip_block(call, "resource.ipCidrRange", value)
        if wanted.prefixlen > 29:
            raise invalid(call, "resource.ipCidrRange", value, "At least a /29")
        refuse_overlap(call, network, wanted)
        if any(wanted.overlaps(other) for other in earlier):
            raise call.error(_CONFLICT, block=wanted, what="a range of the same subnetwork")
        earlier.append(wanted)


def _for_proxies(call: Call) -> None:
    """A rule: only a proxy-only subnetwork has a role; a network has one active per region."""
    values, role = call.values, call.values.get("role")
    if (values.get("purpose") == PROXY_ONLY) != (role is not None):
        why = f"A role is required for, and only for, the purpose {PROXY_ONLY}."
        raise invalid(call, "resource.role", role or "", why)
    if role is None:
        return
    if IPv4Network(values["ipCidrRange"]).prefixlen > 26:
        why = "A proxy-only subnetwork must be a /26 or larger."
        raise invalid(call, "resource.ipCidrRange", values["ipCidrRange"], why)
    network = own_network(call)
    for other in call.world.every(SUBNETWORK, purpose=PROXY_ONLY, role="ACTIVE"):
        same = network_path(call.tenant, other.body["network"]) == network
        if role == "ACTIVE" and same and other.id != call.id:
            why = f"The network already has an active proxy-only subnetwork: '{other.id}'."
            raise invalid(call, "resource.role", role, why)


def _secondary(values: Values) -> list[str]:
    found = [second.get("ipCidrRange") for second in values.get("secondaryIpRanges") or []]
    return [value for value in found if value is not None]


def _subnetwork(call: Call) -> Values:
    return {
        "subnetworkId": 6_000_000_000_000 + call.store.serial("gcp:number"),
        "gatewayAddress": str(IPv4Network(call.values["ipCidrRange"])[1]),
        "fingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
    }


def _ranges_of_subnetwork(body: Values) -> Iterator[tuple[str, IPv4Network]]:
    where = f"existing subnetwork '{body['name']}' in region '{body['region']}'"
    for value in [body["ipCidrRange"], *_secondary(body)]:
        yield where, IPv4Network(value)


def _moves(old: str, new: str) -> bool:
    """Whether a range changes in another way than growing."""
    try:
        return not IPv4Network(old).subnet_of(IPv4Network(new))
    except ValueError:
        return True


SUBNETWORK = gcp(
    "gcp:compute/subnetwork:Subnetwork",
    {
        "network": network_ref(required=True),
        "ipCidrRange": text(fixed=_moves),
        "description": text(fixed=True),
        "privateIpGoogleAccess": flag(computed=True),
        "purpose": text(fixed=True, computed=True, choices=("PRIVATE", PROXY_ONLY)),
        "role": text(choices=("ACTIVE", "BACKUP")),
        "secondaryIpRanges": blocks({"rangeName": text(required=True), "ipCidrRange": text()}),
        "stackType": text(computed=True, choices=("IPV4_ONLY", "IPV4_IPV6", "IPV6_ONLY")),
    },
    id="projects/{project}/regions/{region}/subnetworks/{name}",
    links=("network",),
    self_link=True,
    stamped=True,
    regional=True,
    rules=(in_own_project, _free_ranges, _for_proxies),
    fills={"purpose": "PRIVATE", "privateIpGoogleAccess": False, "stackType": "IPV4_ONLY"},
    outputs=("fingerprint", "gatewayAddress", "subnetworkId"),
    made=_subnetwork,
    ranges=_ranges_of_subnetwork,
)
