"""Estimates the monthly cost of an environment at list prices, and lists the costs without a price.

Most of a gateway's bill is not known from a plan. Kong publishes instance prices in a live document
only. Autopilot chooses the number of instances. The price of a managed cache tier is not published.
Traffic is billed by use. So a cost without a price is listed with its reason, and never guessed.
The prices and their sources are in ``prices.json`` beside this file.

AWS bills the hours of a Transit Gateway attachment to the owner of the attached VPC. So the
attachments of landings are counted. Kong pays for its own attachment; whether it charges its
customers for that is not published. A peering of two Transit Gateways is billed at both ends. A VPN
connection is an attachment too, beside its own price.

Policies import this module, so it reads plain properties and imports no components or providers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

SENTINELS: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # of a string
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # of a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # of a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # of an array
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # of an object
    }
)
"""The engine's sentinels for values that are unknown in a preview."""

_CENT: Final = Decimal("0.01")
_KONNECT: Final = "pulumi-python:dynamic/konnect:"


class Costed(Protocol):
    """A resource as a policy sees it, such as ``pulumi_policy.PolicyResource``.

    ``props`` are the properties as the engine names them: camelCase for the clouds, snake_case
    for Konnect. An unknown property may raise the policy SDK's ``UnknownValueError`` or be a
    sentinel. Both make the cost unknown.
    """

    @property
    def resource_type(self) -> str:
        """The type token, as in a URN."""
        ...

    @property
    def urn(self) -> str:
        """The URN of the resource."""
        ...

    @property
    def props(self) -> Mapping[str, Any]:
        """The properties of the resource."""
        ...


@dataclass(frozen=True)
class Source:
    """The source of a price. ``as_of`` is a date, ``live``, or ``not sourced``."""

    title: str
    url: str
    as_of: str


@dataclass(frozen=True)
class Line:
    """One cost item of one resource: USD per month, or the reason why there is no price.

    ``quantity`` is the multiplier of the price, in words. ``why`` ends with ``not known yet`` if a
    property is unknown in the preview but will be known during `up`.
    """

    urn: str
    item: str
    monthly: Decimal | None
    quantity: str
    source: Source
    why: str = ""

    @property
    def name(self) -> str:
        """The logical name of the resource."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class Estimate:
    """The costs of several resources."""

    lines: tuple[Line, ...]
    """Lines with a price, the most expensive first."""
    unknown: tuple[Line, ...]
    """Lines without a price; ``why`` is the reason. They add to the bill but not to ``total``."""

    @property
    def total(self) -> Decimal:
        """USD per month of all lines with a price."""
        return sum((line.monthly for line in self.lines if line.monthly is not None), Decimal(0))


def estimate(resources: Iterable[Costed]) -> Estimate:
    """Estimate the monthly list price of resources, at 730 hours per month."""
    lines = [line for resource in resources for line in _lines(resource)]
    known = [line for line in lines if line.monthly is not None]
    return Estimate(
        tuple(sorted(known, key=lambda line: -(line.monthly or 0))),
        tuple(line for line in lines if line.monthly is None),
    )


@dataclass(frozen=True)
class _Use:
    """A price and how often it applies. If ``count`` is None, ``why`` is the reason."""

    price: str
    count: Decimal | None = Decimal(1)
    words: str = ""
    why: str = ""


def _lines(resource: Costed) -> Iterator[Line]:
    for use in _uses(resource):
        yield _line(resource, use)


def _uses(resource: Costed) -> Iterable[_Use]:
    token = resource.resource_type
    if token in _BY_PROPERTIES:
        return _BY_PROPERTIES[token](resource.props)
    priced: Mapping[str, list[str]] = _prices()["priced"]
    if token in priced:
        return [_Use(price) for price in priced[token]]
    if any(fnmatchcase(token, pattern) for pattern in _prices()["not_billed_by_itself"]):
        return ()
    return [_Use("", None, why=f"no price of {token} is on record in stacks/prices.json")]


def _line(resource: Costed, use: _Use) -> Line:
    if not use.price:
        return Line(resource.urn, "Not on record", None, "", Source("none", "", ""), use.why)
    price = _prices()["prices"][use.price]
    usd, per = price["usd"], price["per"]
    source = Source(**_prices()["sources"][price["source"]])
    item, why, quantity, monthly = price["item"], use.why, use.words, None
    if usd is None:
        why = why or _NO_PRICE.get(source.as_of, "no price is published that could be relied on")
    elif per not in ("hour", "month"):
        why = why or f"{usd} USD per {per}, and a plan does not know the traffic"
    elif use.count is not None:
        hours = _prices()["hours_per_month"] if per == "hour" else 1
        monthly = (Decimal(usd) * use.count * hours).quantize(_CENT)
        times = "" if use.count == 1 else f"{use.count} x "
        spent = f"{hours} h at {usd}" if per == "hour" else f"{usd} a month"
        quantity = f"{times}{spent}"
        quantity += _elsewhere(price.get("region"), resource.props)
    return Line(resource.urn, item, monthly, quantity, source, why)


_NO_PRICE: Final = {
    "not sourced": "the list price is not on record in stacks/prices.json; look it up at its source"
}
"""Why there is no price, by ``Source.as_of``, where the vendor does publish one."""


def _elsewhere(priced_in: str | None, props: Mapping[str, Any]) -> str:
    """A note for the quantity if the price is that of another region than the resource's."""
    region = _read(props, "region")
    other = priced_in and isinstance(region, str) and region != priced_in
    return f" (price of {priced_in})" if other else ""


def _control_plane(props: Mapping[str, Any]) -> Iterator[_Use]:
    kind, dedicated = _read(props, "cluster_type"), _read(props, "cloud_gateway")
    if dedicated is True:
        yield _Use("control-plane-dedicated")
    elif isinstance(dedicated, _Unknown) or isinstance(kind, _Unknown):
        yield _Use("control-plane-other", why="its kind is not known yet")
    else:
        yield _Use(_CONTROL_PLANES.get(kind, "control-plane-other"))
    yield _Use("konnect-requests")


_CONTROL_PLANES: Mapping[str | None, str] = {
    None: "control-plane-hybrid",  # Konnect's default is CLUSTER_TYPE_CONTROL_PLANE
    "CLUSTER_TYPE_CONTROL_PLANE": "control-plane-hybrid",
    "CLUSTER_TYPE_SERVERLESS": "control-plane-serverless",
    "CLUSTER_TYPE_SERVERLESS_V1": "control-plane-serverless",
}


def _configuration(props: Mapping[str, Any]) -> Iterator[_Use]:
    groups = _read(props, "dataplane_groups")
    listed = isinstance(groups, Sequence) and not isinstance(groups, str)
    number = len(groups) if listed else 0
    words = f"{number} data plane group{'s' if number > 1 else ''}" if number else ""
    why = "Konnect's live availability document has the hourly prices, a plan does not"
    yield _Use("gateway-instance", words=words, why=why)
    yield _Use("gateway-egress")


def _addon(props: Mapping[str, Any]) -> Iterator[_Use]:
    tier = _read(props, "config", "capacity_config", "tier")
    words = f"tier {tier}" if isinstance(tier, str) else ""
    yield _Use("managed-cache", words=words, why="Kong does not publish the price of a tier")


def _attachment(props: Mapping[str, Any]) -> Iterator[_Use]:
    yield _Use("konnect-attachment", why="whether Kong charges its side on is not published")
    kind = _read(props, "transit_gateway_attachment_config", "kind")
    if kind == "azure-vnet-peering-attachment":
        yield _Use("azure-peering-data")  # Kong creates the customer's side of the peering too.


def _vpn_connection(props: Mapping[str, Any]) -> Iterator[_Use]:
    yield _Use("aws-vpn-connection")
    if _read(props, "transitGatewayId") is not None:
        yield _Use("aws-transit-gateway-attachment")
        yield _Use("aws-transit-gateway-data")


def _instances(props: Mapping[str, Any]) -> Iterator[_Use]:
    """The VMs of a group. Their machine type is in another resource, and disks are billed too."""
    number = _number(_read(props, "targetSize"))
    yield _Use("gcp-vm", number, words=f"{number} VMs" if number is not None else "")


def _scaled(price: str, *path: str) -> Callable[[Mapping[str, Any]], Iterator[_Use]]:
    def uses(props: Mapping[str, Any]) -> Iterator[_Use]:
        units = _number(_read(props, *path))
        why = "the scale units are not known yet" if units is None else ""
        yield _Use(price, units, why=why)

    return uses


_BY_PROPERTIES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[_Use]]] = {
    f"{_KONNECT}GatewayControlPlane": _control_plane,
    f"{_KONNECT}CloudGatewayConfiguration": _configuration,
    f"{_KONNECT}CloudGatewayAddon": _addon,
    f"{_KONNECT}CloudGatewayTransitGateway": _attachment,
    "aws:ec2/vpnConnection:VpnConnection": _vpn_connection,
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": _instances,
    "azure-native:network:VpnGateway": _scaled("azure-vpn-scale-unit", "vpnGatewayScaleUnit"),
    "azure-native:network:ExpressRouteGateway": _scaled(
        "azure-express-route-scale-unit", "autoScaleConfiguration", "bounds", "min"
    ),
}
"""Types whose cost depends on their properties. The other types are in ``prices.json``."""


def _number(value: object) -> Decimal | None:
    """The number as a Decimal (the engine sends numbers as floats). None for any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return Decimal(str(value)).normalize()


@dataclass(frozen=True)
class _Unknown:
    """A value that is unknown in a preview."""


def _read(props: Mapping[str, Any], *path: str) -> Any:
    """The value at a path: None if it is absent, ``_Unknown`` if it is not known yet."""
    value: Any = props
    try:
        for key in path:
            value = value[key]
            if isinstance(value, str) and value in SENTINELS:
                return _Unknown()
    except (KeyError, TypeError):
        return None
    except Exception as error:
        # This is the policy SDK's UnknownValueError. Programs run without the SDK, so it is
        # recognised by its attribute.
        if hasattr(error, "unknown_type_sentinel"):
            return _Unknown()
        raise
    return value


@cache
def _prices() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(
        Path(__file__).with_name("prices.json").read_text(encoding="utf-8")
    )
    return found
