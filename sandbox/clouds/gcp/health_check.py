"""Health checks of load balancers and of Cloud DNS, global and of a region.

A check of Cloud DNS names the three regions that it runs in. Such a check has limits of its own,
and no backend service can use it.
Source: the REST resources ``healthChecks`` and ``regionHealthChecks`` of Compute Engine.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.clouds.declare import Call
from sandbox.clouds.gcp.cloud import gcp, invalid
from sandbox.clouds.gcp.regions import REGIONS
from sandbox.clouds.inputs import Failure, block, text, texts, whole
from sandbox.clouds.wire import Values

PROTOCOLS = {
    "httpHealthCheck": "HTTP",
    "httpsHealthCheck": "HTTPS",
    "tcpHealthCheck": "TCP",
    "sslHealthCheck": "SSL",
}
"""The block of a health check -> its type."""


_PORTS = {
    "httpHealthCheck": 80,
    "httpsHealthCheck": 443,
    "tcpHealthCheck": 80,
    "sslHealthCheck": 443,
}
_OF_HTTP_ONLY = ("httpHealthCheck", "httpsHealthCheck")
_OF_ALL = {
    "port": whole(computed=True, between=(1, 65535)),
    "portSpecification": text(choices=("USE_FIXED_PORT", "USE_SERVING_PORT")),
    "proxyHeader": text(computed=True, choices=("NONE", "PROXY_V1")),
    "response": text(),
}
_OF_HTTP = {**_OF_ALL, "host": text(), "requestPath": text(computed=True)}
_INPUTS = {
    "description": text(),
    "checkIntervalSec": whole(default=5, between=(1, 300)),
    "timeoutSec": whole(default=5, between=(1, 300)),
    "healthyThreshold": whole(default=2, between=(1, 10)),
    "unhealthyThreshold": whole(default=2, between=(1, 10)),
    "httpHealthCheck": block(_OF_HTTP, computed=True),
    "httpsHealthCheck": block(_OF_HTTP, computed=True),
    "tcpHealthCheck": block({**_OF_ALL, "request": text()}, computed=True),
    "sslHealthCheck": block({**_OF_ALL, "request": text()}, computed=True),
}


def _one_protocol(values: Values) -> Iterator[Failure]:
    """The provider's own error about a health check with no block, or with two."""
    given = [name for name in PROTOCOLS if name in values]
    if len(given) != 1:
        said = ",".join(PROTOCOLS)
        yield "httpsHealthCheck", f"one of `{said}` must be specified, but {given} were"


def _ends_in_time(call: Call) -> None:
    """A rule: a request ends before the next one begins."""
    interval, timeout = call.values["checkIntervalSec"], call.values["timeoutSec"]
    if timeout > interval:
        why = "Timeout must be less than or equal to the check interval."
        raise invalid(call, "resource.timeoutSec", timeout, why)


def _of_cloud_dns(call: Call) -> None:
    """A rule: a check with source regions has three of them and an interval of at least 30."""
    regions = call.values.get("sourceRegions") or []
    if not regions:
        return
    if len(set(regions)) != 3:
        why = "Source regions must be exactly 3 distinct regions."
        raise invalid(call, "resource.sourceRegions", ", ".join(regions), why)
    for region in regions:
        if region not in REGIONS:
            raise invalid(call, "resource.sourceRegions", region, "The region does not exist.")
    interval = call.values["checkIntervalSec"]
    if interval < 30:
        why = "It must be at least 30 when source regions are specified."
        raise invalid(call, "resource.checkIntervalSec", interval, why)


def _described(call: Call) -> Values:
    """The type of a check, and its block with what Google chooses."""
    name = next(name for name in PROTOCOLS if name in call.values)
    chosen: Values = {"proxyHeader": "NONE"}
    if "portSpecification" not in call.values[name]:
        chosen["port"] = _PORTS[name]
    if name in _OF_HTTP_ONLY:
        chosen["requestPath"] = "/"
    return {"type": PROTOCOLS[name], name: {**chosen, **call.values[name]}}


HEALTH_CHECK = gcp(
    "gcp:compute/healthCheck:HealthCheck",
    {**_INPUTS, "sourceRegions": texts()},
    id="projects/{project}/global/healthChecks/{name}",
    self_link=True,
    stamped=True,
    checks=(_one_protocol,),
    rules=(_ends_in_time, _of_cloud_dns),
    outputs=("type",),
    changed=_described,
)

REGION_HEALTH_CHECK = gcp(
    "gcp:compute/regionHealthCheck:RegionHealthCheck",
    _INPUTS,
    id="projects/{project}/regions/{region}/healthChecks/{name}",
    regional=True,
    self_link=True,
    stamped=True,
    checks=(_one_protocol,),
    rules=(_ends_in_time,),
    outputs=("type", "healthCheckId"),
    made=lambda call: {"healthCheckId": call.store.serial("gcp:number")},
    changed=_described,
)
