"""Route 53 health checks, of an endpoint or of other health checks.

Source: CreateHealthCheck, UpdateHealthCheck and HealthCheckConfig of the Amazon Route 53 API.
Checks of CloudWatch alarms and of routing controls are not modelled.
"""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterator

from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import Failure, flag, refs, text, text_set, whole
from sandbox.clouds.wire import Values, is_unknown

_TOKEN = "aws:route53/healthCheck:HealthCheck"
_INVALID = "InvalidInput"
_MISSING: Error = ("NoSuchHealthCheck", "No health check exists with the ID {id}.")
_OF_STRINGS = ("HTTP_STR_MATCH", "HTTPS_STR_MATCH")
_OF_ENDPOINTS = ("HTTP", "HTTPS", *_OF_STRINGS, "TCP")
_ENDPOINT_ONLY = ("fqdn", "ipAddress", "port", "resourcePath", "searchString", "requestInterval")
_CHILDREN_ONLY = ("childHealthchecks", "childHealthThreshold")
_REGIONS = (
    *("us-east-1", "us-west-1", "us-west-2", "eu-west-1", "sa-east-1"),
    *("ap-southeast-1", "ap-southeast-2", "ap-northeast-1"),
)
"""The regions that have health checkers."""


def _allowed(values: Values) -> Iterator[Failure]:
    """The provider's own errors about intervals and regions."""
    interval = values.get("requestInterval")
    if isinstance(interval, int) and interval not in (10, 30):
        yield "requestInterval", f"expected request_interval to be one of [10 30], got {interval}"
    regions = values.get("regions")
    if isinstance(regions, list) and len(regions) < 3:
        yield "regions", f"regions requires 3 item minimum, but config has only {len(regions)}"
    for region in regions if isinstance(regions, list) else ():
        if not is_unknown(region) and region not in _REGIONS:
            yield "regions", f"expected regions to be one of {list(_REGIONS)}, got {region}"


def _one_kind(call: Call) -> None:
    """A rule: a check has the inputs of its type, and an endpoint that Route 53 can reach."""
    values, kind = call.values, call.values["type"]
    of_endpoint = kind in _OF_ENDPOINTS
    for name in _CHILDREN_ONLY if of_endpoint else _ENDPOINT_ONLY:
        if name in values:
            raise call.error((_INVALID, f"{name} is not allowed for a health check of type {kind}"))
    if of_endpoint and not (values.get("fqdn") or values.get("ipAddress")):
        said = f"A health check of type {kind} needs an IP address or a fully qualified domain name"
        raise call.error((_INVALID, said))
    if not of_endpoint and not values.get("childHealthchecks"):
        raise call.error((_INVALID, "A calculated health check needs child health checks"))
    if (kind in _OF_STRINGS) != bool(values.get("searchString")):
        said = f"SearchString is for the types {' and '.join(_OF_STRINGS)}, which need it"
        raise call.error((_INVALID, said))
    address = values.get("ipAddress")
    if address is not None and not ipaddress.ip_address(address).is_global:
        said = f"The IP address {address} is in a local, private or non-routable range"
        raise call.error((_INVALID, said))


def _address(at: str, value: str) -> Iterator[Failure]:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        yield at, f"expected {at} to contain a valid IP, got: {value}"


def _filled_in(call: Call) -> Values:
    """What Route 53 chooses: SNI for HTTPS, three failures in a row."""
    values = call.values
    if values["type"] not in _OF_ENDPOINTS:
        return {}
    return {
        "enableSni": values.get("enableSni", values["type"].startswith("HTTPS")),
        "failureThreshold": values.get("failureThreshold", 3),
    }


HEALTH_CHECK = aws(
    _TOKEN,
    {
        "type": text(required=True, choices=(*_OF_ENDPOINTS, "CALCULATED"), fixed=True),
        "fqdn": text(),
        "ipAddress": text(form=_address),
        "port": whole(between=(1, 65535)),
        "resourcePath": text(),
        "searchString": text(),
        "requestInterval": whole(fixed=True),
        "failureThreshold": whole(computed=True, between=(1, 10)),
        "measureLatency": flag(default=False, fixed=True),
        "invertHealthcheck": flag(),
        "disabled": flag(default=False),
        "enableSni": flag(computed=True),
        "regions": text_set(),
        "childHealthchecks": refs(
            _TOKEN, on_delete="keep", missing=(_INVALID, "Child health check {id} does not exist")
        ),
        "childHealthThreshold": whole(between=(0, 256)),
        "referenceName": text(fixed=True),
    },
    id=lambda call: str(uuid.uuid5(uuid.NAMESPACE_OID, str(call.store.serial("aws:healthcheck")))),
    action="Route 53: CreateHealthCheck",
    updates="Route 53: UpdateHealthCheck",
    regional=False,
    missing=_MISSING,
    checks=(_allowed,),
    rules=(_one_kind,),
    outputs=("arn",),
    made=lambda call, id_: {"arn": f"arn:aws:route53:::healthcheck/{id_}", **_filled_in(call)},
)
