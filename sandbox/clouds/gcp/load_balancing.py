"""The front of a global external Application Load Balancer: URL map, proxy and forwarding rule.

Source: ``urlMaps``, ``targetHttpsProxies`` and ``globalForwardingRules`` of Compute Engine. Path
rules and route rules, certificates of Compute Engine and HTTP proxies are not modelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.clouds.declare import Call
from sandbox.clouds.gcp.address import ADDRESS
from sandbox.clouds.gcp.backends import BACKEND_SERVICE
from sandbox.clouds.gcp.certificates import CERTIFICATE_MAP
from sandbox.clouds.gcp.cloud import gcp, invalid, linked
from sandbox.clouds.inputs import Failure, block, blocks, flag, ref, text, texts, whole
from sandbox.clouds.wire import Values, is_unknown

_MAP_LINK = "//certificatemanager.googleapis.com/"


def _service_ref() -> Any:
    return ref(BACKEND_SERVICE, find=linked("global/backendServices"))


_ROUTE_ACTION = block(
    {
        "weightedBackendServices": blocks(
            {"backendService": _service_ref(), "weight": whole(between=(0, 1000))}
        ),
        "retryPolicy": block(
            {
                "numRetries": whole(computed=True),
                "retryConditions": texts(),
                "perTryTimeout": block({"seconds": text(), "nanos": whole()}),
            }
        ),
        "timeout": block({"seconds": text(), "nanos": whole()}, computed=True),
    }
)


def _one_default(values: Values) -> Iterator[Failure]:
    """A check of a preview: requests that match no host go to one service, or to shares."""
    at = "defaultService"
    for found in (values, *_known(values.get("pathMatchers"))):
        action = found.get("defaultRouteAction") or {}
        unknown = is_unknown(action) or ("defaultRouteAction" in found and not action)
        shared = unknown or "weightedBackendServices" in action
        if ("defaultService" in found) == shared:
            yield (
                at,
                "exactly one of `default_service,default_route_action.weighted_backend_services` "
                "must be specified",
            )
        at = "pathMatchers"


def _known(items: Any) -> list[dict[str, Any]]:
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []


def _good_hosts(call: Call) -> None:
    """A rule: host rules name matchers of the map, and a host is in one rule."""
    names = {matcher["name"] for matcher in call.values.get("pathMatchers", [])}
    seen: set[str] = set()
    for index, rule in enumerate(call.values.get("hostRules", [])):
        field = f"resource.hostRules[{index}]"
        if rule["pathMatcher"] not in names:
            why = "The path matcher does not exist."
            raise invalid(call, f"{field}.pathMatcher", rule["pathMatcher"], why)
        for host in rule["hosts"]:
            if host in seen:
                raise invalid(call, f"{field}.hosts", host, "The host is in another host rule.")
            seen.add(host)


def _good_shares(call: Call) -> None:
    """A rule: at least one of the shares is not 0."""
    matchers = call.values.get("pathMatchers", [])
    for found in (call.values, *matchers):
        shares = (found.get("defaultRouteAction") or {}).get("weightedBackendServices") or []
        if shares and not any(share.get("weight", 0) for share in shares):
            why = "At least one weight must be greater than 0."
            raise invalid(call, "resource.defaultRouteAction.weightedBackendServices", "", why)


URL_MAP = gcp(
    "gcp:compute/uRLMap:URLMap",
    {
        "description": text(),
        "defaultService": _service_ref(),
        "defaultRouteAction": _ROUTE_ACTION,
        "hostRules": blocks(
            {
                "hosts": texts(required=True),
                "pathMatcher": text(required=True),
                "description": text(),
            },
            unordered=True,
        ),
        "pathMatchers": blocks(
            {
                "name": text(required=True),
                "description": text(),
                "defaultService": _service_ref(),
                "defaultRouteAction": _ROUTE_ACTION,
            }
        ),
    },
    id="projects/{project}/global/urlMaps/{name}",
    self_link=True,
    stamped=True,
    checks=(_one_default,),
    rules=(_good_hosts, _good_shares),
    outputs=("fingerprint", "mapId"),
    made=lambda call: {
        "fingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "mapId": call.store.serial("gcp:number"),
    },
)


def _certificate_map(call: Call, value: str) -> str:
    del call
    return value.removeprefix(_MAP_LINK)


def _full_link(at: str, value: str) -> Iterator[Failure]:
    if not value.startswith(_MAP_LINK):
        form = "//certificatemanager.googleapis.com/projects/{project}/locations/{location}/"
        yield at, f'"{at}" ("{value}") is not of the form {form}certificateMaps/{{name}}'


def _with_certificates(call: Call) -> None:
    """A rule: an HTTPS proxy has certificates."""
    if "certificateMap" not in call.values:
        why = "An HTTPS proxy needs SSL certificates or a certificate map."
        raise invalid(call, "resource.sslCertificates", "", why)


HTTPS_PROXY = gcp(
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
    {
        "urlMap": ref(URL_MAP, find=linked("global/urlMaps"), required=True),
        "certificateMap": ref(CERTIFICATE_MAP, find=_certificate_map, form=_full_link),
        "description": text(fixed=True),
        "httpKeepAliveTimeoutSec": whole(fixed=True, between=(5, 1200)),
        "quicOverride": text(default="NONE", choices=("NONE", "ENABLE", "DISABLE")),
    },
    id="projects/{project}/global/targetHttpsProxies/{name}",
    self_link=True,
    stamped=True,
    rules=(_with_certificates,),
    outputs=("fingerprint", "proxyId"),
    made=lambda call: {
        "fingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "proxyId": call.store.serial("gcp:number"),
    },
)


def address_at(call: Call, value: str) -> str:
    """The path of a global address, which is given by its path or by the address itself."""
    if "/" in value:
        return linked("global/addresses")(call, value)
    return next((found for found, _ in call.world.where(ADDRESS, address=value)), "")


def same_ports(one: str, other: str) -> bool:
    """Whether two port ranges are equal: ``443`` is ``443-443``."""
    return _range(one) == _range(other)


def _range(value: str) -> tuple[str, str]:
    first, _, last = value.partition("-")
    return first, last or first


def _schemes_agree(call: Call) -> None:
    """A rule: the services behind the rule have its load balancing scheme."""
    scheme = call.values["loadBalancingScheme"]
    of_proxy = linked("global/urlMaps")(call, call.target("target")["urlMap"])
    url_map = call.world.get(URL_MAP, of_proxy)
    for service in services_of(url_map or {}):
        body = call.world.get(BACKEND_SERVICE, linked("global/backendServices")(call, service))
        if body and body["loadBalancingScheme"] != scheme:
            why = (
                "The load balancing scheme of the backend service, "
                f"{body['loadBalancingScheme']}, must be that of the forwarding rule, {scheme}."
            )
            raise invalid(call, "resource.target", call.values["target"], why)


def services_of(url_map: Mapping[str, Any]) -> Iterator[str]:
    """The backend services that a URL map leads to."""
    for found in (url_map, *url_map.get("pathMatchers", [])):
        if "defaultService" in found:
            yield found["defaultService"]
        action = found.get("defaultRouteAction") or {}
        for share in action.get("weightedBackendServices", []):
            yield share["backendService"]


def _free_address(call: Call) -> None:
    """A rule: no other rule has the address and the port."""
    address, ports = call.values.get("ipAddress"), call.values.get("portRange", "")
    for other, body in call.world.where(call.world.cloud.types[call.token]):
        its = body.get("ipAddress")
        if other == call.id or not address or not its:
            continue
        same_address = (address_at(call, its) or its) == (address_at(call, address) or address)
        if same_address and same_ports(body.get("portRange", ""), ports):
            why = "Specified IP address is in-use and would result in a conflict."
            raise invalid(call, "resource.IPAddress", address, why)


def _forwarding_rule(call: Call) -> Values:
    return {
        "forwardingRuleId": call.store.serial("gcp:number"),
        "labelFingerprint": f"{call.store.serial('gcp:fingerprint'):012x}",
        "baseForwardingRule": "",
        "pscConnectionId": "",
        "pscConnectionStatus": "",
        "networkTier": "PREMIUM",
    }


GLOBAL_FORWARDING_RULE = gcp(
    "gcp:compute/globalForwardingRule:GlobalForwardingRule",
    {
        "target": ref(HTTPS_PROXY, find=linked("global/targetHttpsProxies"), required=True),
        "ipAddress": ref(
            ADDRESS,
            find=address_at,
            names_object=lambda call, value: "/" in value or bool(address_at(call, value)),
            fixed=True,
        ),
        "ipProtocol": text(computed=True, fixed=True, choices=("TCP",)),
        "portRange": text(fixed=True, same=same_ports),
        "loadBalancingScheme": text(
            default="EXTERNAL", fixed=True, choices=("EXTERNAL", "EXTERNAL_MANAGED")
        ),
        "networkTier": text(computed=True, fixed=True, choices=("PREMIUM", "STANDARD")),
        "description": text(fixed=True),
        "allowPscGlobalAccess": flag(),
    },
    id="projects/{project}/global/forwardingRules/{name}",
    labelled=True,
    self_link=True,
    rules=(_schemes_agree, _free_address),
    outputs=(
        "baseForwardingRule",
        "forwardingRuleId",
        "labelFingerprint",
        "pscConnectionId",
        "pscConnectionStatus",
    ),
    fills={"ipProtocol": "TCP"},
    made=_forwarding_rule,
)
