"""Backend services of load balancers, global and of a region.

A backend is a network endpoint group, or a managed instance group of the region. What a service may
have depends on the type of its groups.
Source: ``backendServices`` and ``regionBackendServices`` of Compute Engine, and the pages on
backend services, internet NEGs and hybrid NEGs. The text about health checks of internet NEGs is
Google's own. CDN and session affinity by cookies are not modelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.clouds.declare import Call, ResourceType
from sandbox.clouds.gcp.armor import SECURITY_POLICY
from sandbox.clouds.gcp.cloud import gcp, invalid, linked, path
from sandbox.clouds.gcp.endpoint_groups import GLOBAL_GROUP, GROUP, HYBRID, region_of_zone
from sandbox.clouds.gcp.health_check import HEALTH_CHECK, REGION_HEALTH_CHECK
from sandbox.clouds.gcp.instance_groups import GROUP_MANAGER, group_at
from sandbox.clouds.inputs import (
    Failure,
    Input,
    block,
    blocks,
    flag,
    number,
    ref,
    text,
    text_set,
    whole,
)
from sandbox.clouds.wire import Values, is_unknown

EXTERNAL_MANAGED, INTERNAL_MANAGED = "EXTERNAL_MANAGED", "INTERNAL_MANAGED"
INTERNAL = "INTERNAL"
"""The scheme of an internal passthrough Network Load Balancer."""
_INSTANCES = "instance group"
_SCHEMES = ("EXTERNAL", EXTERNAL_MANAGED, INTERNAL_MANAGED, "INTERNAL_SELF_MANAGED")
_PROTOCOLS = ("HTTP", "HTTPS", "HTTP2", "TCP", "SSL")
_INTERNET_WITH_CHECK = (
    "Health checks are not allowed for GLOBAL HTTP backend services with {scheme} load balancing "
    "scheme that have an Internet NEG."
)
_CAPACITY: Mapping[str, tuple[str, ...]] = {
    "RATE": ("maxRate", "maxRatePerEndpoint"),
    "CONNECTION": ("maxConnections", "maxConnectionsPerEndpoint"),
}
"""Balancing mode -> the inputs of which one says how much a backend takes."""


def _group_of(call: Call, value: str) -> str:
    """The id of a group, which is given by its path or URL."""
    return group_at(call, value) if "/instanceGroups/" in value else path(value)


def _backends(*groups: ResourceType) -> Input:
    """The backends of a service: groups of these types."""
    return blocks(
        {
            "group": ref(*groups, find=_group_of, required=True),
            "balancingMode": text(computed=True, choices=("UTILIZATION", "RATE", "CONNECTION")),
            "capacityScaler": number(computed=True),
            "description": text(),
            "maxConnections": whole(),
            "maxConnectionsPerEndpoint": whole(),
            "maxRate": whole(),
            "maxRatePerEndpoint": number(),
        },
        unordered=True,
    )


_SHARED = {
    "description": text(),
    "protocol": text(computed=True, choices=_PROTOCOLS),
    "timeoutSec": whole(computed=True, between=(1, 2147483647)),
    "sessionAffinity": text(computed=True, choices=("NONE", "CLIENT_IP")),
    "portName": text(computed=True),
    "localityLbPolicy": text(choices=("ROUND_ROBIN", "LEAST_REQUEST", "RANDOM")),
    "logConfig": block(
        {"enable": flag(), "sampleRate": number(computed=True)},
        computed=True,
    ),
}
_FILLS = {"sessionAffinity": "NONE", "timeoutSec": 30}


def _known_headers(values: Values) -> Iterator[Failure]:
    """A check of a preview: a header has a name and a value."""
    headers = values.get("customRequestHeaders", [])
    for header in [] if is_unknown(headers) else headers:
        if not is_unknown(header) and ":" not in header:
            yield "customRequestHeaders", f'"{header}" is no header: expected "Name: value"'


def _fits_its_groups(call: Call) -> None:
    """A rule: all groups are of one type, and the service has what that type needs."""
    values, groups = call.values, call.found.get("backends.group", [])
    types = {found.body.get("networkEndpointType", _INSTANCES) for found in groups}
    if len(types) > 1:
        why = "All backends must be groups of the same type."
        raise invalid(call, "resource.backends", ", ".join(sorted(types)), why)
    internet = any(type_.startswith("INTERNET_") for type_ in types)
    if internet and "healthChecks" in values:
        why = _INTERNET_WITH_CHECK.format(scheme=values["loadBalancingScheme"])
        raise invalid(call, "resource.healthChecks", "", why)
    if not internet and "healthChecks" not in values:
        why = "A backend service needs a health check, unless its backends are internet NEGs."
        raise invalid(call, "resource.healthChecks", "", why)
    if call.target("healthChecks").get("sourceRegions"):
        why = "A health check with source regions cannot be used by a backend service."
        raise invalid(call, "resource.healthChecks", values["healthChecks"], why)
    if HYBRID in types:
        _hybrid_capacity(call)


def _hybrid_capacity(call: Call) -> None:
    """A hybrid NEG is balanced by rate or connections, with a limit, by an Envoy proxy."""
    values = call.values
    if values["loadBalancingScheme"] == "INTERNAL_SELF_MANAGED":
        return
    wanted = "CONNECTION" if values.get("protocol") in ("TCP", "SSL") else "RATE"
    for index, backend in enumerate(values.get("backends", [])):
        field = f"resource.backends[{index}]"
        mode = backend.get("balancingMode", "UTILIZATION")
        if mode != wanted:
            why = (
                f"The balancing mode of a network endpoint group of the type {HYBRID} must be "
                f"{wanted} for the protocol {values.get('protocol', 'HTTP')}."
            )
            raise invalid(call, f"{field}.balancingMode", mode, why)
        if not any(name in backend for name in _CAPACITY[mode]):
            name = _CAPACITY[mode][1]
            why = f"It must be set for the balancing mode {mode}."
            raise invalid(call, f"{field}.{name}", "", why)


def _envoy_only(call: Call) -> None:
    """A rule: outlier detection and TLS settings need the scheme of an Envoy proxy."""
    scheme = call.values["loadBalancingScheme"]
    for name in ("outlierDetection", "tlsSettings"):
        if name in call.values and scheme not in (EXTERNAL_MANAGED, INTERNAL_MANAGED):
            why = f"Not supported with the load balancing scheme {scheme}."
            raise invalid(call, f"resource.{name}", "", why)


def _service(call: Call) -> Values:
    return {
        "fingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "generatedId": call.store.serial("gcp:number"),
    }


def _chosen(call: Call) -> Values:
    """What Google chooses in the backends and for the protocol."""
    found: Values = {"protocol": call.values.get("protocol", "HTTP")}
    if "backends" in call.values:
        found["backends"] = [
            {"balancingMode": "UTILIZATION", "capacityScaler": 1, **backend}
            for backend in call.values["backends"]
        ]
    return found


BACKEND_SERVICE = gcp(
    "gcp:compute/backendService:BackendService",
    {
        **_SHARED,
        "loadBalancingScheme": text(default="EXTERNAL", choices=_SCHEMES, fixed=True),
        "connectionDrainingTimeoutSec": whole(default=300, between=(0, 3600)),
        "backends": _backends(GLOBAL_GROUP, GROUP),
        "healthChecks": ref(HEALTH_CHECK, find=linked("global/healthChecks")),
        "securityPolicy": ref(SECURITY_POLICY, find=linked("global/securityPolicies")),
        "customRequestHeaders": text_set(),
        "customResponseHeaders": text_set(),
        "enableCdn": flag(),
        "outlierDetection": block(
            {
                "baseEjectionTime": block({"seconds": whole(required=True)}),
                "interval": block({"seconds": whole(required=True)}),
                "consecutiveErrors": whole(),
                "consecutiveGatewayFailure": whole(),
                "enforcingConsecutiveErrors": whole(between=(0, 100)),
                "enforcingConsecutiveGatewayFailure": whole(between=(0, 100)),
                "maxEjectionPercent": whole(between=(0, 100)),
            }
        ),
        "tlsSettings": block({"sni": text(), "subjectAltNames": blocks({"dnsName": text()})}),
    },
    id="projects/{project}/global/backendServices/{name}",
    self_link=True,
    stamped=True,
    fills=_FILLS,
    checks=(_known_headers,),
    rules=(_fits_its_groups, _envoy_only),
    outputs=("fingerprint", "generatedId"),
    made=_service,
    changed=_chosen,
)


def _of_its_region(call: Call) -> None:
    """A rule: the groups are in the region, or in its zones."""
    for found in call.found.get("backends.group", []):
        zone = found.body.get("zone")
        region = found.body["region"] if zone is None else region_of_zone(zone)
        if region != call.place:
            why = f"The group must be in the region {call.place}."
            raise invalid(call, "resource.backends[0].group", found.id, why)


def _passes_through(call: Call) -> None:
    """A rule: the service of a passthrough load balancer has TCP, and counts connections.

    Instance groups are for such a load balancer only; proxies before them are not modelled.
    """
    values = call.values
    internal = values["loadBalancingScheme"] == INTERNAL
    for found in call.found.get("backends.group", []):
        if ("networkEndpointType" in found.body) == internal:
            why = f"The scheme {values['loadBalancingScheme']} is not modelled for such a group."
            raise invalid(call, "resource.backends[0].group", found.id, why)
    if not internal:
        return
    if values.get("protocol") != "TCP":
        why = f"The protocol must be TCP for an {INTERNAL} backend service."
        raise invalid(call, "resource.protocol", values.get("protocol", "HTTP"), why)
    for index, backend in enumerate(values.get("backends", [])):
        mode = backend.get("balancingMode", "UTILIZATION")
        if mode != "CONNECTION":
            why = f"Balancing mode must be CONNECTION for an {INTERNAL} backend service."
            raise invalid(call, f"resource.backends[{index}].balancingMode", mode, why)
        for name in (*_CAPACITY["RATE"], *_CAPACITY["CONNECTION"]):
            if name in backend:
                why = f"It cannot be set for an {INTERNAL} backend service."
                raise invalid(call, f"resource.backends[{index}].{name}", backend[name], why)


REGION_BACKEND_SERVICE = gcp(
    "gcp:compute/regionBackendService:RegionBackendService",
    {
        **_SHARED,
        "loadBalancingScheme": text(default=INTERNAL, choices=(INTERNAL, *_SCHEMES), fixed=True),
        "connectionDrainingTimeoutSec": whole(default=0, between=(0, 3600)),
        "backends": _backends(GROUP, GROUP_MANAGER),
        "healthChecks": ref(REGION_HEALTH_CHECK, find=linked("regions/{region}/healthChecks")),
    },
    id="projects/{project}/regions/{region}/backendServices/{name}",
    regional=True,
    self_link=True,
    stamped=True,
    fills=_FILLS,
    rules=(_fits_its_groups, _of_its_region, _passes_through),
    outputs=("fingerprint", "generatedId"),
    made=_service,
    changed=_chosen,
)
