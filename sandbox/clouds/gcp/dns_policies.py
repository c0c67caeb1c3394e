"""The routing policies of Cloud DNS record sets: by location and by weight.

A record set has plain data or one policy. Each item of a policy has data, or targets whose health
is checked, which must be addresses. So a CNAME never fails over by health.

Source: ``RRSetRoutingPolicy`` of the Cloud DNS API, and the page "Manage DNS routing policies and
health checks". Google documents these rules but few of their error texts; here they have the form
of its other errors about a record set. The policy ``primaryBackup`` is not modelled.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import linked
from sandbox.clouds.gcp.health_check import HEALTH_CHECK
from sandbox.clouds.gcp.network import network_ref
from sandbox.clouds.gcp.regions import REGIONS
from sandbox.clouds.inputs import Failure, block, blocks, flag, number, ref, text, text_set
from sandbox.clouds.wire import Values, is_unknown

INVALID: Error = ("invalid", "Invalid value for 'entity.{field}': '{value}'")
_IN_PUBLIC_ZONE: Error = (
    "internalLoadBalancerDisallowedInPublicZone",
    "Routing policies referencing internal load balancers cannot be added to public zones",
)
_RRSET = "change.additions[0]"
_VERSIONS = {"A": 4, "AAAA": 6}
"""Type of a record -> the version of the IP addresses in it."""
_NAMES_A_HOST = ("ALIAS", "CNAME", "NS", "PTR")
"""Types whose data are full names."""
_KINDS = {"geos": "geo", "wrrs": "wrr"}
"""The inputs of a policy, of which one is given -> their name in the API."""

_TARGETS = block(
    {
        "externalEndpoints": text_set(),
        "internalLoadBalancers": blocks(
            {
                "ipAddress": text(required=True),
                "ipProtocol": text(required=True, choices=("tcp", "udp")),
                "networkUrl": network_ref(required=True, fixed=False, on_delete="keep"),
                "port": text(required=True),
                "project": text(required=True),
                "region": text(),
                "loadBalancerType": text(choices=("regionalL4ilb", "regionalL7ilb", "globalL7ilb")),
            }
        ),
    }
)
_ITEM = {"rrdatas": text_set(), "healthCheckedTargets": _TARGETS}

ROUTING_POLICY = block(
    {
        "geos": blocks({"location": text(required=True), **_ITEM}),
        "wrrs": blocks({"weight": number(required=True), **_ITEM}),
        "enableGeoFencing": flag(),
        "healthCheck": ref(HEALTH_CHECK, find=linked("global/healthChecks")),
    }
)


def one_policy(values: Values) -> Iterator[Failure]:
    """A check of a preview: a record set has data or a policy, and a policy is of one kind."""
    if "rrdatas" in values and "routingPolicy" in values:
        yield (
            "routingPolicy",
            "only one of `routing_policy,rrdatas` can be specified, but `routing_policy,rrdatas` "
            "were specified.",
        )
    policy = values.get("routingPolicy")
    if policy is None or is_unknown(policy):
        return
    given = [f"routing_policy.0.{kind}" for name, kind in _KINDS.items() if name in policy]
    if len(given) != 1:
        every = ",".join(f"routing_policy.0.{kind}" for kind in ("geo", "primary_backup", "wrr"))
        said = f"but `{','.join(given)}` were specified." if given else "but none was specified."
        yield "routingPolicy", f"only one of `{every}` can be specified, {said}"


def good_data(call: Call) -> None:
    """A rule: the data and targets of a record set fit its type, and its policy is complete."""
    _fit(call, f"{_RRSET}.rrdata", call.values.get("rrdatas", []))
    for at, item in _items(call.values):
        _fit(call, f"{at}.rrdata", item.get("rrdatas", []))
        _good_item(call, at, item)
    policy = call.values.get("routingPolicy", {})
    places = [item["location"] for item in policy.get("geos", [])]
    for index, place in enumerate(places):
        if place not in REGIONS or place in places[:index]:
            field = f"{_RRSET}.routingPolicy.geo.items[{index}].location"
            raise call.error(INVALID, field=field, value=place)


def _items(values: Values) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path in the API, item) of each item of a policy."""
    policy = values.get("routingPolicy", {})
    for name, kind in _KINDS.items():
        for index, item in enumerate(policy.get(name, [])):
            yield f"{_RRSET}.routingPolicy.{kind}.items[{index}]", item


def _good_item(call: Call, at: str, item: dict[str, Any]) -> None:
    values, targets = call.values, item.get("healthCheckedTargets") or {}
    if item.get("weight", 0) < 0:
        raise call.error(INVALID, field=f"{at}.weight", value=item["weight"])
    data = item.get("rrdatas", [])
    if not data and not targets:
        raise call.error(INVALID, field=f"{at}.rrdata", value="<empty>")
    if values["type"] == "CNAME" and len(data) > 1:
        raise call.error(INVALID, field=f"{at}.rrdata[1]", value=data[1])
    if not targets:
        return
    checked = f"{at}.healthCheckedTargets"
    if values["type"] not in _VERSIONS:
        raise call.error(INVALID, field=checked, value=values["type"])
    if targets.get("internalLoadBalancers") and _is_public(call):
        raise call.error(_IN_PUBLIC_ZONE)
    endpoints = targets.get("externalEndpoints", [])
    _fit(call, f"{checked}.externalEndpoints", endpoints)
    if endpoints:
        _checked_from_three_regions(call)


def _checked_from_three_regions(call: Call) -> None:
    """Endpoints on the internet need a health check that names its three source regions."""
    check = call.target("routingPolicy.healthCheck")
    if not check.get("sourceRegions"):
        given = call.values["routingPolicy"].get("healthCheck", "<empty>")
        raise call.error(INVALID, field=f"{_RRSET}.routingPolicy.healthCheck", value=given)


def _is_public(call: Call) -> bool:
    return bool(call.target("managedZone")["visibility"] == "public")


def _fit(call: Call, field: str, data: list[str]) -> None:
    """Refuse data that are no addresses of the record's type, and names without a final dot."""
    type_ = call.values["type"]
    version = _VERSIONS.get(type_)
    for index, value in enumerate(data):
        address = version is not None and not _is_address(value, version)
        if address or (type_ in _NAMES_A_HOST and not value.endswith(".")):
            raise call.error(INVALID, field=f"{field}[{index}]", value=value)


def _is_address(value: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(value).version == version
    except ValueError:
        return False
