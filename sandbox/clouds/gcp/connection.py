"""Private service connections: the peering of a network with a network of Google's services."""

from __future__ import annotations

from urllib.parse import quote

from sandbox.clouds.declare import Call, CloudError, Error
from sandbox.clouds.gcp.address import ADDRESS, allocated_range
from sandbox.clouds.gcp.cloud import API, gcp, path
from sandbox.clouds.gcp.network import network_ref, own_network, users
from sandbox.clouds.gcp.peering import PEERING
from sandbox.clouds.inputs import refs, text
from sandbox.clouds.wire import Values

_SERVICE = "servicenetworking.googleapis.com"
_PEERING = "servicenetworking-googleapis-com"
_GOOGLES = f"{API}projects/google-services/global/networks/servicenetworking"
_NO_RANGE: Error = ("badRequest", "Cannot find allocated range '{value}' in network '{network}'")
_NO_SERVICE: Error = ("notFound", "Service '{service}' was not found", 404)
_USED: Error = (
    "failedPrecondition",
    "Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) are "
    "still using this connection ({by}).",
)


def _known_service(call: Call) -> None:
    if call.values["service"] != _SERVICE:
        raise call.error(_NO_SERVICE, service=call.values["service"])


def _ranges_of_network(call: Call) -> None:
    """A rule: each range is allocated in the network of the connection."""
    network = own_network(call)
    for found in call.found.get("reservedPeeringRanges", []):
        of_network = path(found.body.get("network", ""))
        if of_network != network or found.body.get("purpose") != "VPC_PEERING":
            raise call.error(_NO_RANGE, value=found.body["name"], network=network)


def _leftover(call: Call) -> str:
    """The id of the peering that an abandoned connection leaves in its network."""
    return f"{own_network(call).rsplit('/', 1)[-1]}/{_PEERING}"


def _disconnect(call: Call) -> None:
    """Do what ``deletionPolicy`` says. Refuse while an instance uses the connection.

    ``ABANDON`` leaves the peering of the connection in the network. The network cannot be deleted
    then (Pulumi's documentation of ``gcp.servicenetworking.Connection``).
    """
    policy = call.values.get("deletionPolicy", "DELETE")
    if policy == "PREVENT":
        text = "cannot destroy a connection with deletion_policy PREVENT; set DELETE or ABANDON"
        raise CloudError("deletionPolicy", text)
    if policy == "ABANDON":
        body: Values = {
            "name": _PEERING,
            "network": API + own_network(call),
            "peerNetwork": _GOOGLES,
            "state": "ACTIVE",
            "stateDetails": "Connected.",
        }
        call.world.put(PEERING, _leftover(call), body)
        return
    for user in users(call.world, own_network(call)):
        if user.body.get("connectMode") == "PRIVATE_SERVICE_ACCESS":
            raise call.error(_USED, by=user.id)


CONNECTION = gcp(
    "gcp:servicenetworking/connection:Connection",
    {
        "network": network_ref(required=True),
        "reservedPeeringRanges": refs(
            ADDRESS, find=allocated_range, missing=_NO_RANGE, required=True
        ),
        "service": text(required=True, fixed=True),
        "deletionPolicy": text(choices=("DELETE", "ABANDON", "PREVENT")),
    },
    id=lambda call: f"{quote(own_network(call), safe='')}:{call.values['service']}",
    named=False,
    in_project=False,
    rules=(_known_service, _ranges_of_network),
    outputs=("peering",),
    made=lambda call: {"peering": _PEERING},
    created=lambda call: call.world.remove_all(PEERING, _leftover(call)),
    deleted=_disconnect,
)
