"""Network endpoint groups (NEGs): a name on the internet, or private addresses outside Google.

A global internet NEG has one endpoint. A hybrid NEG (``NON_GCP_PRIVATE_IP_PORT``) is of a zone and
has addresses that its network reaches.
Source: ``globalNetworkEndpointGroups`` and ``networkEndpointGroups`` of Compute Engine, and the
pages on internet and hybrid NEGs of Cloud Load Balancing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address

from sandbox.clouds.declare import Call
from sandbox.clouds.gcp.cloud import API, NOT_FOUND, gcp, invalid, linked
from sandbox.clouds.gcp.network import in_own_project, network_ref
from sandbox.clouds.gcp.regions import REGIONS
from sandbox.clouds.inputs import Failure, blocks, ref, text, whole
from sandbox.clouds.wire import Values, is_unknown

FQDN = "INTERNET_FQDN_PORT"
HYBRID = "NON_GCP_PRIVATE_IP_PORT"
_ZONE = re.compile(r"(?P<region>[a-z]+-[a-z]+\d+)-[a-f]")
_PORTS = (1, 65535)

GLOBAL_GROUP = gcp(
    "gcp:compute/globalNetworkEndpointGroup:GlobalNetworkEndpointGroup",
    {
        "networkEndpointType": text(required=True, fixed=True, choices=(FQDN, "INTERNET_IP_PORT")),
        "defaultPort": whole(fixed=True, between=_PORTS),
        "description": text(fixed=True),
    },
    id="projects/{project}/global/networkEndpointGroups/{name}",
    self_link=True,
)


def _one_address(values: Values) -> Iterator[Failure]:
    """A check of a preview: an endpoint has a name or an address."""
    if ("fqdn" in values) == ("ipAddress" in values):
        yield "fqdn", "one of `fqdn,ip_address` must be specified"


def _of_the_type(call: Call) -> None:
    """A rule: the endpoint is what the type of its group says, and the only one of the group."""
    values, group = call.values, call.target("globalNetworkEndpointGroup")
    field = "fqdn" if "fqdn" in values else "ipAddress"
    if (group["networkEndpointType"] == FQDN) != (field == "fqdn"):
        why = f"Not valid for the network endpoint type {group['networkEndpointType']}."
        raise invalid(call, f"resource.{field}", values[field], why)
    of_group = linked("global/networkEndpointGroups")
    mine = of_group(call, values["globalNetworkEndpointGroup"])
    for other, body in call.world.where(call.world.cloud.types[call.token]):
        if other != call.id and of_group(call, body["globalNetworkEndpointGroup"]) == mine:
            why = "A global internet network endpoint group can have only one endpoint."
            raise invalid(call, "resource.networkEndpoints", other, why)


def _endpoint_id(call: Call) -> str:
    group = call.values["globalNetworkEndpointGroup"].rsplit("/", 1)[-1]
    address, name = call.values.get("ipAddress", ""), call.values.get("fqdn", "")
    return f"{call.tenant}/{group}/{address}/{name}/{call.values['port']}"


GLOBAL_ENDPOINT = gcp(
    "gcp:compute/globalNetworkEndpoint:GlobalNetworkEndpoint",
    {
        "globalNetworkEndpointGroup": ref(
            GLOBAL_GROUP,
            find=linked("global/networkEndpointGroups"),
            on_delete="cascade",
            required=True,
            fixed=True,
        ),
        "port": whole(required=True, fixed=True, between=_PORTS),
        "fqdn": text(fixed=True),
        "ipAddress": text(fixed=True),
    },
    id=_endpoint_id,
    named=False,
    checks=(_one_address,),
    rules=(_of_the_type,),
)


def region_of_zone(zone: str) -> str:
    """The region of a zone; empty for what is no zone. Google has zones a to f."""
    found = _ZONE.fullmatch(zone)
    return found["region"] if found and found["region"] in REGIONS else ""


def _zone(call: Call) -> str:
    """The zone of a request, from its input or its provider. Raises CloudError without one."""
    zone = str(call.values.get("zone") or call.config.get("zone") or "").rsplit("/", 1)[-1]
    if not zone:
        said = "Cannot determine zone: set in this resource, or set provider-level 'zone'"
        raise call.error(("MissingZone", said))
    if not region_of_zone(zone):
        raise call.error(NOT_FOUND, id=f"projects/{call.tenant}/zones/{zone}")
    return zone


def _without_subnetwork(call: Call) -> None:
    """A rule: a hybrid NEG has no subnetwork."""
    if call.values["networkEndpointType"] == HYBRID and "subnetwork" in call.values:
        why = f"Subnetwork must be empty for the network endpoint type {HYBRID}."
        raise invalid(call, "resource.subnetwork", call.values["subnetwork"], why)


GROUP = gcp(
    "gcp:compute/networkEndpointGroup:NetworkEndpointGroup",
    {
        "network": network_ref(required=True),
        "networkEndpointType": text(
            default="GCE_VM_IP_PORT",
            fixed=True,
            choices=("GCE_VM_IP", "GCE_VM_IP_PORT", HYBRID),
        ),
        "zone": text(fixed=True, computed=True),
        "defaultPort": whole(fixed=True, between=_PORTS),
        "description": text(fixed=True),
        "subnetwork": text(fixed=True),
    },
    id=lambda call: (
        f"projects/{call.tenant}/zones/{_zone(call)}/networkEndpointGroups/{call.values['name']}"
    ),
    links=("network",),
    self_link=True,
    rules=(in_own_project, _without_subnetwork),
    outputs=("generatedId", "size"),
    made=lambda call: {
        "zone": _zone(call),
        "generatedId": call.store.serial("gcp:number"),
        "size": 0,
    },
)


def _group_of(call: Call, value: str) -> str:
    """The path of a zonal NEG, which is given by its name, path or URL."""
    if "/" in value:
        return value.removeprefix(API)
    return f"projects/{call.tenant}/zones/{_zone(call)}/networkEndpointGroups/{value}"


def _good_addresses(call: Call) -> None:
    """A rule: endpoints of a hybrid NEG are IPv4 addresses, each once, with a port."""
    seen = set()
    group = call.target("networkEndpointGroup")
    for index, endpoint in enumerate(call.values.get("networkEndpoints", [])):
        field = f"resource.networkEndpoints[{index}]"
        address, port = endpoint.get("ipAddress", ""), endpoint.get("port")
        try:
            IPv4Address(address)
        except AddressValueError:
            raise invalid(call, f"{field}.ipAddress", address, "Must be an IPv4 address.") from None
        if port is None and "defaultPort" not in group:
            why = "A port is required: the network endpoint group has no default port."
            raise invalid(call, f"{field}.port", "", why)
        if group["networkEndpointType"] == HYBRID and "instance" in endpoint:
            why = f"Not valid for the network endpoint type {HYBRID}."
            raise invalid(call, f"{field}.instance", endpoint["instance"], why)
        if (address, port) in seen:
            raise invalid(call, f"{field}.ipAddress", address, "The endpoint is given twice.")
        seen.add((address, port))


def _ports_in_range(values: Values) -> Iterator[Failure]:
    """A check of a preview: ports are those of TCP."""
    endpoints = values.get("networkEndpoints", [])
    for endpoint in [] if is_unknown(endpoints) else endpoints:
        port = {} if is_unknown(endpoint) else endpoint.get("port")
        if isinstance(port, int) and not _PORTS[0] <= port <= _PORTS[1]:
            yield "networkEndpoints", f"expected port to be in the range {_PORTS}, got {port}"


ENDPOINT_LIST = gcp(
    "gcp:compute/networkEndpointList:NetworkEndpointList",
    {
        "networkEndpointGroup": ref(
            GROUP, find=_group_of, on_delete="cascade", required=True, fixed=True
        ),
        "networkEndpoints": blocks(
            {"ipAddress": text(), "port": whole(), "instance": text()}, unordered=True
        ),
        "zone": text(fixed=True, computed=True),
    },
    id=lambda call: (
        f"{call.tenant}/{_zone(call)}/"
        f"{call.values['networkEndpointGroup'].rsplit('/', 1)[-1]}/endpoints"
    ),
    named=False,
    checks=(_ports_in_range,),
    rules=(_good_addresses,),
    made=lambda call: {"zone": _zone(call)},
)
