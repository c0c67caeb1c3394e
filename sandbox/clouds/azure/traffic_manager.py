"""Traffic Manager profiles and their endpoints.

A profile answers DNS queries for ``<relative name>.trafficmanager.net`` with the name of one of its
endpoints. Probes are not simulated: an enabled endpoint is ``Online``.

Sources: Microsoft, "Traffic Manager endpoint monitoring", "Traffic Manager endpoints" and "Traffic
Manager routing methods". The codes of the errors are not documented: they are ``BadRequest`` here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from sandbox.clouds.azure.cloud import (
    AZURE,
    NOT_FOUND,
    TRAFFIC_MANAGER,
    arm_type,
    azure,
    parents,
)
from sandbox.clouds.azure.names import LOCATIONS, same_name
from sandbox.clouds.declare import Call, CloudError, Error, name_of
from sandbox.clouds.inputs import block, blocks, ref, text, texts, whole
from sandbox.clouds.wire import Values
from sandbox.store import Found

_BAD = "BadRequest"
_TAKEN: Error = (
    "Conflict",
    "Domain name {domain} is not available. Please choose a different DNS prefix.",
    409,
)
_FAST, _SLOW = 10, 30
"""The two probing intervals, in seconds."""
_HEADERS = _CODE_RANGES = 8
"""The largest number of custom headers, and of ranges of status codes."""
_KINDS = {kind.lower(): kind for kind in ("azureEndpoints", "externalEndpoints", "nestedEndpoints")}
_SWITCH = ("Enabled", "Disabled")


def _refused(call: Call, said: str) -> CloudError:
    return call.error((_BAD, "{said}"), said=said)


# Profiles


def _domain(values: Values) -> str:
    return f"{values['dnsConfig']['relativeName'].lower()}.trafficmanager.net"


def _own_domain(call: Call) -> None:
    """A rule: a profile has a DNS name that no other profile of Azure has, and keeps it."""
    if not call.values.get("dnsConfig", {}).get("relativeName"):
        raise _refused(call, "The property dnsConfig.relativeName is required.")
    domain = _domain(call.values)
    if call.stored is not None and call.stored["dnsConfig"]["fqdn"] != domain:
        raise _refused(call, "The relative DNS name of a Traffic Manager profile cannot change.")
    it = PROFILE.id(call)
    for other in call.store.anywhere(AZURE.name, PROFILE.token):
        if not same_name(other.id, it) and other.body["dnsConfig"]["fqdn"] == domain:
            raise call.error(_TAKEN, domain=domain)


def _sound_method(call: Call) -> None:
    """A rule: a profile has a routing method, which fits its endpoints."""
    method = call.values.get("trafficRoutingMethod")
    if method is None:
        raise _refused(call, "The property trafficRoutingMethod is required.")
    if method == "MultiValue" and not call.values.get("maxReturn"):
        raise _refused(call, "The property maxReturn is required for the MultiValue method.")
    profile = call.world.find(PROFILE, PROFILE.id(call))
    for endpoint in _endpoints(call, profile) if profile is not None else ():
        _refuse_unfit(call, method, name_of(endpoint.id), endpoint.body)


def _sound_monitor(call: Call) -> None:
    """A rule: the probe has a protocol and port, a path for HTTP, and times that fit together."""
    monitor = call.values.get("monitorConfig", {})
    for name in ("protocol", "port"):
        if name not in monitor:
            raise _refused(call, f"The property monitorConfig.{name} is required.")
    is_tcp, path = monitor["protocol"] == "TCP", monitor.get("path")
    if is_tcp and path:
        raise _refused(call, "The property monitorConfig.path must not be set for TCP.")
    if not is_tcp and not (path or "").startswith("/"):
        raise _refused(call, f"monitorConfig.path must begin with '/', got '{path or ''}'.")
    interval = monitor.get("intervalInSeconds", _SLOW)
    longest = 9 if interval == _FAST else 10
    if interval not in (_FAST, _SLOW):
        raise _refused(call, f"monitorConfig.intervalInSeconds must be 10 or 30, got {interval}.")
    timeout = monitor.get("timeoutInSeconds", longest)
    if not 5 <= timeout <= longest:
        said = f"must be 5 to {longest} with an interval of {interval} seconds, got {timeout}."
        raise _refused(call, f"monitorConfig.timeoutInSeconds {said}")
    if len(monitor.get("customHeaders", [])) > _HEADERS:
        raise _refused(call, f"monitorConfig.customHeaders has more than {_HEADERS} items.")
    if len(monitor.get("expectedStatusCodeRanges", [])) > _CODE_RANGES:
        said = f"monitorConfig.expectedStatusCodeRanges has more than {_CODE_RANGES} items."
        raise _refused(call, said)


def _profile(call: Call) -> Values:
    """What Azure fills in: the full name, defaults of the probe, and the state."""
    values = call.values
    enabled = values.get("profileStatus", "Enabled") == "Enabled"
    interval = values["monitorConfig"].get("intervalInSeconds", _SLOW)
    return {
        "profileStatus": values.get("profileStatus", "Enabled"),
        "dnsConfig": {"ttl": 60, **values["dnsConfig"], "fqdn": _domain(values)},
        "monitorConfig": {
            "intervalInSeconds": interval,
            "timeoutInSeconds": 9 if interval == _FAST else 10,
            "toleratedNumberOfFailures": 3,
            **values["monitorConfig"],
            "profileMonitorStatus": "Online" if enabled else "Disabled",
        },
        "trafficViewEnrollmentStatus": values.get("trafficViewEnrollmentStatus", "Disabled"),
    }


_HEADER = {"name": text(), "value": text()}

PROFILE = azure(
    TRAFFIC_MANAGER,
    "Profile",
    {
        "dnsConfig": block({"relativeName": text(), "ttl": whole(computed=True)}, computed=True),
        "trafficRoutingMethod": text(
            choices=("Performance", "Priority", "Weighted", "Geographic", "MultiValue", "Subnet")
        ),
        "monitorConfig": block(
            {
                "protocol": text(choices=("HTTP", "HTTPS", "TCP")),
                "port": whole(between=(1, 65535)),
                "path": text(),
                "intervalInSeconds": whole(computed=True),
                "timeoutInSeconds": whole(computed=True),
                "toleratedNumberOfFailures": whole(between=(0, 9), computed=True),
                "customHeaders": blocks(_HEADER),
                "expectedStatusCodeRanges": blocks({"min": whole(), "max": whole()}),
                "profileMonitorStatus": text(computed=True),
            },
            computed=True,
        ),
        "maxReturn": whole(between=(1, 8)),
        "profileStatus": text(choices=_SWITCH, computed=True),
        "trafficViewEnrollmentStatus": text(choices=_SWITCH, computed=True),
    },
    kind="trafficManagerProfiles",
    is_global=True,
    common=(),
    rules=(_own_domain, _sound_method, _sound_monitor),
    made=lambda call, id_: _profile(call),
    changed=_profile,
)

# Endpoints


def _kind(call: Call) -> str:
    """The type of an endpoint as its id says it: ``externalEndpoints``."""
    given = str(call.values["endpointType"])
    return _KINDS.get(given.lower(), given)


def _known_kind(call: Call) -> None:
    """A rule: an endpoint is of one of the three types."""
    if _kind(call) not in _KINDS.values():
        raise _refused(call, f"The endpoint type '{_kind(call)}' is not one of {[*_KINDS]}.")


def _refuse_unfit(call: Call, method: str, name: str, endpoint: Values) -> None:
    """Refuse an endpoint that the routing method cannot use."""
    is_azure = "targetResourceId" in endpoint and "minChildEndpoints" not in endpoint
    if method == "Performance" and not is_azure and not endpoint.get("endpointLocation"):
        raise _refused(
            call,
            f"The 'endpointLocation' property of endpoint '{name}' is missing. The location must "
            "be specified for external and nested endpoints in a profile with the Performance "
            "method.",
        )
    if method == "MultiValue" and not _is_address(endpoint.get("target", "")):
        raise _refused(
            call, f"Endpoint '{name}' of a profile with the MultiValue method must be an address."
        )
    if method == "Geographic" and not endpoint.get("geoMapping"):
        raise _refused(
            call, f"Endpoint '{name}' of a profile with the Geographic method needs a geoMapping."
        )


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _complete(call: Call) -> None:
    """A rule: an external endpoint has a target, the others a resource, a nested one a minimum."""
    values, kind, name = call.values, _kind(call), call.values["endpointName"]
    wanted, other = "target", "targetResourceId"
    if kind != "externalEndpoints":
        wanted, other = other, wanted
    if not values.get(wanted) or (kind == "externalEndpoints" and values.get(other)):
        said = f"The '{wanted}' property of endpoint '{name}' is invalid or missing"
        raise _refused(call, f"{said}; {kind} have no '{other}'.")
    if kind == "nestedEndpoints" and not values.get("minChildEndpoints"):
        raise _refused(call, f"Endpoint '{name}' needs minChildEndpoints.")
    if "/" in values.get("target", "") or ":" in values.get("target", ""):
        raise _refused(call, f"The target '{values['target']}' must be a domain name, not a URL.")
    location = values.get("endpointLocation")
    if location and location.replace(" ", "").lower() not in LOCATIONS:
        raise _refused(
            call,
            f"The following locations specified in the endpointLocation property for endpoints of "
            f"types ExternalEndpoints, NestedEndpoints are not supported: {location}.",
        )
    _refuse_unfit(
        call, call.found["profileName"][0].body["trafficRoutingMethod"], name, call.values
    )


def _endpoints(call: Call, profile: Found) -> Iterator[Found]:
    """The endpoints of a profile. A nested endpoint of another profile refers to it too."""
    for path, user in call.store.users(profile):
        if path == "profileName":
            yield user


def _others(call: Call) -> Iterator[Found]:
    """The other endpoints of the profile."""
    it = ENDPOINT.id(call)
    for endpoint in _endpoints(call, call.found["profileName"][0]):
        if not same_name(endpoint.id, it):
            yield endpoint


def _alone(call: Call) -> None:
    """A rule: no two endpoints of a profile have the same target or priority."""
    values = call.values
    for other in _others(call):
        for prop in ("target", "targetResourceId"):
            mine, theirs = values.get(prop), other.body.get(prop)
            if mine and theirs and same_name(mine, theirs):
                said = f"Endpoints '{values['endpointName']}' and '{name_of(other.id)}' have the "
                raise _refused(call, f"{said}same {prop} '{mine}'.")
        if values.get("priority") == other.body["priority"]:
            said = f"Endpoints '{values['endpointName']}' and '{name_of(other.id)}' have the "
            raise _refused(call, f"{said}same priority {other.body['priority']}.")


def _free_priority(call: Call) -> int:
    """The first priority that no other endpoint of the profile has."""
    taken = {other.body["priority"] for other in _others(call)}
    return next(number for number in range(1, 1001) if number not in taken)


def _monitor_status(call: Call) -> Values:
    """The body of an endpoint with its state, which is that of its profile too."""
    assert call.stored is not None
    profile = call.world.get(PROFILE, call.id.rsplit("/", 2)[0]) or {}
    return {**call.stored, "endpointMonitorStatus": _status(call.stored, profile)}


def _status(endpoint: Values, profile: Values) -> str:
    if endpoint.get("endpointStatus", "Enabled") == "Disabled":
        return "Disabled"
    if profile.get("profileStatus") == "Disabled":
        return "Inactive"
    return "Unmonitored" if endpoint.get("alwaysServe") == "Enabled" else "Online"


def _endpoint(call: Call) -> Values:
    """What Azure fills in."""
    values, stored = call.values, call.stored or {}
    profile = call.found["profileName"][0].body
    return {
        "endpointStatus": values.get("endpointStatus", "Enabled"),
        "endpointMonitorStatus": _status(values, profile),
        "weight": values.get("weight", stored.get("weight", 1)),
        "priority": values.get("priority") or stored.get("priority") or _free_priority(call),
        "alwaysServe": values.get("alwaysServe", "Disabled"),
    }


ENDPOINT = arm_type(
    TRAFFIC_MANAGER,
    "Endpoint",
    {
        **parents(PROFILE, "cascade", "Microsoft.Network/trafficManagerProfiles/endpoints"),
        "endpointType": text(required=True, fixed=True, path=True, same=same_name),
        "target": text(same=same_name),
        "targetResourceId": ref(elsewhere=True, same=same_name),
        "endpointStatus": text(choices=_SWITCH, computed=True),
        "endpointMonitorStatus": text(computed=True),
        "endpointLocation": text(),
        "weight": whole(between=(1, 1000), computed=True),
        "priority": whole(between=(1, 1000), computed=True),
        "geoMapping": texts(),
        "minChildEndpoints": whole(),
        "customHeaders": blocks(_HEADER),
        "alwaysServe": text(choices=_SWITCH, computed=True),
    },
    kind="Microsoft.Network/trafficManagerProfiles/endpoints",
    named="endpointName",
    digits=0,
    typed=False,
    id=lambda call: f"{PROFILE.id(call)}/{_kind(call)}/{call.values['endpointName']}",
    missing=NOT_FOUND,
    rules=(_known_kind, _complete, _alone),
    outputs=("type",),
    made=lambda call, id_: {
        "type": f"Microsoft.Network/trafficManagerProfiles/{_kind(call)}",
        **_endpoint(call),
    },
    changed=_endpoint,
    read=_monitor_status,
)
AZURE.kinds[ENDPOINT.token] = tuple(
    f"Microsoft.Network/trafficManagerProfiles/{kind}" for kind in _KINDS.values()
)
