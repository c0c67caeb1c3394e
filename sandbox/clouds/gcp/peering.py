"""VPC network peerings.

A peering is INACTIVE until the other network has a peering with this one. Google runs one peering
operation at a time on a network and refuses a second; the provider waits for its own. The id that
the provider gives a peering is ``NETWORK/NAME``, without the project. The project is that of the
network.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from sandbox.accounts import KONG_GCP_PROJECT
from sandbox.clouds.declare import Call, Error, Operation
from sandbox.clouds.gcp.cloud import gcp, network_path, path, project_in, stamp
from sandbox.clouds.gcp.network import is_link, network_ref, peer_ranges, ranges_of, users
from sandbox.clouds.inputs import flag, text
from sandbox.clouds.rules import when_new
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found, Store

_SECONDS = 15.0
"""Duration of a peering operation, in simulated seconds. Not documented."""
_ITSELF: Error = ("invalid", "Cannot peer network with itself")
_TAKEN: Error = (
    "alreadyExists",
    "There is already a peering '{by}' from '{network}' to '{peer}'",
    409,
)
_BUSY: Error = (
    "badRequest",
    "There is a peering operation in progress on the local or peer network. Try again later.",
)
_OVERLAP: Error = (
    "invalidIPCidrRange",
    "An IP range in the peer network ({block}) overlaps with an IP range ({other}) in the local "
    "network.",
)
_OVERLAP_OF_PEERS: Error = (
    "invalidIPCidrRange",
    "An IP range in the peer network ({block}) overlaps with an IP range ({other}) in an active "
    "peer ({peering}) of the local network.",
)


def peerings(world: World, network: str, peer: str) -> Iterator[Found]:
    """The peerings of ``network`` with ``peer``; both are paths."""
    for user in users(world, network):
        if path(user.body.get("peerNetwork", "")) == peer:
            yield user


def refuse_overlapping_peer(call: Call, network: str, peer: str, theirs: list[IPv4Network]) -> None:
    """Refuse a peer whose blocks overlap with the network or with its other active peers."""
    for block in theirs:
        for _, ours in ranges_of(call.world, network):
            if ours.overlaps(block):
                raise call.error(_OVERLAP, block=block, other=ours)
        for name, taken in peer_ranges(call.world, network, but=peer):
            if taken.overlaps(block):
                raise call.error(_OVERLAP_OF_PEERS, block=block, other=taken, peering=name)


def _ends(call: Call) -> tuple[str, str]:
    """The paths of the network of a peering and of its peer."""
    own, peer = call.values["network"], call.values["peerNetwork"]
    return network_path(call.tenant, own), network_path(call.tenant, peer)


def _one_with_each(call: Call) -> None:
    """A rule: a network has one peering with another network, and each has its own name."""
    network, peer = _ends(call)
    if network == peer:
        raise call.error(_ITSELF)
    for user in users(call.world, network):
        if user.kind != call.token or user.id == call.id:
            continue
        if user.body["name"] == call.values["name"] or path(user.body["peerNetwork"]) == peer:
            raise call.error(_TAKEN, by=user.id, network=network, peer=peer)


def _apart(call: Call) -> None:
    network, peer = _ends(call)
    theirs = [block for _, block in ranges_of(call.world, peer)]
    refuse_overlapping_peer(call, network, peer, theirs)


def _state(store: Store, *, active: bool) -> Values:
    details = "Connected." if active else "Waiting for peer network to connect."
    return {
        "state": "ACTIVE" if active else "INACTIVE",
        "stateDetails": f"[{stamp(store)}]: {details}",
    }


def _peering(call: Call) -> Values:
    network, peer = _ends(call)
    return _state(call.store, active=any(peerings(call.world, peer, network)))


def _set_other_side(call: Call, *, active: bool) -> None:
    network, peer = _ends(call)
    for other in peerings(call.world, peer, network):
        body = {**other.body, **_state(call.store, active=active)}
        call.world.of(other.tenant).put(PEERING, other.id, body)


def _not_kongs(call: Call, value: str) -> bool:
    return project_in(network_path(call.tenant, value)) != KONG_GCP_PROJECT


PEERING = gcp(
    "gcp:compute/networkPeering:NetworkPeering",
    {
        "network": network_ref(required=True, form=is_link),
        "peerNetwork": network_ref(
            required=True, form=is_link, on_delete="keep", names_object=_not_kongs
        ),
        "exportCustomRoutes": flag(default=False),
        "importCustomRoutes": flag(default=False),
        "exportSubnetRoutesWithPublicIp": flag(default=True, fixed=True),
        "importSubnetRoutesWithPublicIp": flag(fixed=True),
        "stackType": text(default="IPV4_ONLY", choices=("IPV4_ONLY", "IPV4_IPV6")),
    },
    id=lambda call: f"{_ends(call)[0].rsplit('/', 1)[-1]}/{call.values['name']}",
    links=("network", "peerNetwork"),
    in_project=False,
    rules=(_one_with_each, when_new(_apart)),
    outputs=("state", "stateDetails"),
    made=_peering,
    created=lambda call: _set_other_side(call, active=True),
    deleted=lambda call: _set_other_side(call, active=False),
    operation=Operation(_ends, _SECONDS, _BUSY),
)
