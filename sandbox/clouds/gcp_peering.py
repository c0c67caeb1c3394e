"""VPC network peerings and private service connections.

A peering is INACTIVE until the other network has a peering with this one. In another project of
the customer that is another object here. Kong's own peering is reported through
``sandbox.handshake``. Google runs one peering operation at a time on a network and refuses a
second; the provider waits for its own. The provider's id is ``network/name``, without the project.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from urllib.parse import quote

from sandbox.accounts import KONG_GCP_PROJECT
from sandbox.clouds import tokens
from sandbox.clouds.gcp_common import (
    API,
    CLOUD,
    find,
    gcp_type,
    network_input,
    network_or_refuse,
    network_path,
    not_found,
    on_network,
    peer_ranges,
    project_in,
    project_of,
    ranges_of,
    refuse,
    stamp,
)
from sandbox.clouds.inputs import flag, text, texts
from sandbox.clouds.model import Call, CloudError, Operation, ResourceType
from sandbox.clouds.wire import Values
from sandbox.store import Store

_SERVICE = "servicenetworking.googleapis.com"


def peerings(store: Store, network: str, peer: str) -> Iterator[tuple[str, Values]]:
    """The peering objects of ``network`` with ``peer``; both are paths."""
    for id_, body in on_network(store, tokens.GCP_PEERING, network):
        if body["_peerPath"] == peer:
            yield id_, body


def set_state(
    store: Store, network: str, peer: str, *, active: bool, block: str | None = None
) -> None:
    """Set the peerings of ``network`` with ``peer`` to ACTIVE or INACTIVE.

    ``block`` is the range of a peer that is not stored here: of Kong's network.
    """
    known = {} if block is None else {"_peerBlock": block}
    for id_, body in peerings(store, network, peer):
        if (body["state"] == "ACTIVE") != active:
            store.put(CLOUD, tokens.GCP_PEERING, id_, {**body, **known, **_state(store, active)})


def _state(store: Store, active: bool) -> Values:
    details = "Connected." if active else "Waiting for peer network to connect."
    return {
        "state": "ACTIVE" if active else "INACTIVE",
        "stateDetails": f"[{stamp(store)}]: {details}",
    }


def apart_or_refuse(store: Store, network: str, peer: str, theirs: Iterable[IPv4Network]) -> None:
    """Refuse a peer whose ranges overlap with the network or with its other peers."""
    for block in theirs:
        for _, ours in ranges_of(store, network):
            if ours.overlaps(block):
                message = (
                    f"An IP range in the peer network ({block}) overlaps with an IP range "
                    f"({ours}) in the local network."
                )
                raise refuse(400, "invalidIPCidrRange", message)
        for name, taken in peer_ranges(store, network, but=peer):
            if taken.overlaps(block):
                message = (
                    f"An IP range in the peer network ({block}) overlaps with an IP range "
                    f"({taken}) in an active peer ({name}) of the local network."
                )
                raise refuse(400, "invalidIPCidrRange", message)


def _networks(call: Call, values: Values) -> tuple[str, str]:
    """The two networks of a peering. Only one operation at a time can run on each."""
    own = project_of(call, {})
    return network_path(own, values["network"]), network_path(own, values["peerNetwork"])


def _busy() -> CloudError:
    message = "There is a peering operation in progress on the local or peer network."
    return refuse(400, "badRequest", f"{message} Try again later.")


_PEERING_SECONDS = 15.0
"""Duration of a peering operation, in simulated seconds. Not documented."""


def _create(call: Call, inputs: Values) -> tuple[str, Values]:
    own = project_of(call, {})
    network = network_or_refuse(call, own, inputs["network"])
    peer = network_path(own, inputs["peerNetwork"])
    ours = project_in(peer) != KONG_GCP_PROJECT
    if network == peer:
        raise refuse(400, "invalid", "Cannot peer network with itself")
    if ours and find(call.store, tokens.GCP_NETWORK, peer) is None:
        raise not_found(peer)
    for other_id, other in on_network(call.store, tokens.GCP_PEERING, network):
        if other["name"] == inputs["name"] or other["_peerPath"] == peer:
            message = f"There is already a peering '{other_id}' from '{network}' to '{peer}'"
            raise refuse(409, "alreadyExists", message)
    apart_or_refuse(call.store, network, peer, [block for _, block in ranges_of(call.store, peer)])
    id_ = f"{network.rsplit('/', 1)[-1]}/{inputs['name']}"
    if find(call.store, tokens.GCP_PEERING, id_) is not None:
        message = f"the sandbox holds one peering {id_}; give that of {network} another name"
        raise CloudError("peeringIdTaken", message)
    active = any(peerings(call.store, peer, network))
    set_state(call.store, peer, network, active=active)
    return id_, {
        "network": API + network,
        "peerNetwork": API + peer,
        **_state(call.store, active),
        "_networkPath": network,
        "_peerPath": peer,
    }


def _update(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del call, id_, inputs
    return {"network": body["network"], "peerNetwork": body["peerNetwork"]}


def _delete(call: Call, id_: str, body: Values) -> None:
    del id_
    set_state(call.store, body["_peerPath"], body["_networkPath"], active=False)


def _ranges_or_refuse(call: Call, network: str, inputs: Values) -> None:
    reserved = {
        body["name"]
        for _, body in on_network(call.store, tokens.GCP_ADDRESS, network)
        if body.get("purpose") == "VPC_PEERING"
    }
    for name in inputs["reservedPeeringRanges"]:
        if name not in reserved:
            message = f"Cannot find allocated range '{name}' in network '{network}'"
            raise refuse(400, "badRequest", message)


def _connect(call: Call, inputs: Values) -> tuple[str, Values]:
    network = network_or_refuse(call, project_of(call, {}), inputs["network"])
    if inputs["service"] != _SERVICE:
        raise refuse(404, "notFound", f"Service '{inputs['service']}' was not found")
    _ranges_or_refuse(call, network, inputs)
    return f"{quote(network, safe='')}:{inputs['service']}", {
        "peering": "servicenetworking-googleapis-com",
        "_networkPath": network,
    }


def _update_connection(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del id_
    _ranges_or_refuse(call, body["_networkPath"], inputs)
    return {}


def _disconnect(call: Call, id_: str, body: Values) -> None:
    del id_
    if body.get("deletionPolicy") == "ABANDON":
        return
    for user, instance in on_network(call.store, tokens.GCP_REDIS, body["_networkPath"]):
        if instance["connectMode"] == "PRIVATE_SERVICE_ACCESS":
            message = (
                "Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, "
                f"etc.) are still using this connection ({user})."
            )
            raise refuse(400, "failedPrecondition", message)


def _unnamed(type_: ResourceType) -> ResourceType:
    """The type without a name: a connection is identified by its network and service."""
    inputs = {name: spec for name, spec in type_.inputs.items() if name != "name"}
    return replace(type_, inputs=inputs, autoname=None)


TYPES = (
    gcp_type(
        tokens.GCP_PEERING,
        {
            "network": network_input(),
            "peerNetwork": network_input(),
            "exportCustomRoutes": flag(default=False),
            "importCustomRoutes": flag(default=False),
            "exportSubnetRoutesWithPublicIp": flag(default=True, replace=True),
            "importSubnetRoutesWithPublicIp": flag(replace=True),
            "stackType": text(default="IPV4_ONLY", choices=("IPV4_ONLY", "IPV4_IPV6")),
        },
        ("state", "stateDetails"),
        _create,
        update=_update,
        delete=_delete,
        in_project=False,
        operation=Operation(_networks, _PEERING_SECONDS, _busy),
    ),
    _unnamed(
        gcp_type(
            tokens.GCP_CONNECTION,
            {
                "network": network_input(),
                "reservedPeeringRanges": texts(required=True),
                "service": text(required=True, replace=True),
                "deletionPolicy": text(choices=("ABANDON",)),
            },
            ("peering",),
            _connect,
            update=_update_connection,
            delete=_disconnect,
            in_project=False,
        )
    ),
)
