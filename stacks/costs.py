"""What an environment costs a month at list prices, and which of its costs nobody can know yet.

Most of a gateway's bill is not in a plan: Kong prints instance prices in a live document only,
autopilot chooses how many instances there are, the price of a managed cache tier is not published,
and traffic is billed as it comes. So a cost without a price is a result here, with its reason,
and never a guess. Prices and where each was read are in ``prices.json`` beside this file.

AWS bills the hours of a Transit Gateway attachment to the owner of the attached VPC. So ours are
counted, and Kong's own attachment is Kong's; whether Kong charges it on is not published.

Policies import this module, so it reads property bags and knows none of what built them.
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
"""What the engine writes in the place of a value that a preview cannot know."""

_CENT: Final = Decimal("0.01")
_KONNECT: Final = "pulumi-python:dynamic/konnect:"


class Costed(Protocol):
    """A resource as a policy gets it: ``pulumi_policy.PolicyResource`` is one.

    ``props`` are the properties as the engine shows them: camelCase for the clouds, snake_case
    for Konnect. Reading one that is not known yet may raise the policy SDK's
    ``UnknownValueError``, or give a sentinel; both make the cost unknown.
    """

    @property
    def resource_type(self) -> str:
        """The type token, as in a URN."""
        ...

    @property
    def urn(self) -> str:
        """Which resource it is."""
        ...

    @property
    def props(self) -> Mapping[str, Any]:
        """Its properties."""
        ...


@dataclass(frozen=True)
class Source:
    """Where a price was read. ``as_of`` is a date, ``live``, or ``not sourced``."""

    title: str
    url: str
    as_of: str


@dataclass(frozen=True)
class Line:
    """One item of one resource: USD a month, or why nobody can say.

    ``quantity`` is what the price was multiplied with, in words. ``why`` ends with ``not known
    yet`` where a property is missing that `up` will know.
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
    """The costs of a number of resources."""

    lines: tuple[Line, ...]
    """Those with a price, the dearest first."""
    unknown: tuple[Line, ...]
    """Those without: ``why`` says why. The bill is higher than ``total`` by them."""

    @property
    def total(self) -> Decimal:
        """USD a month of what has a price."""
        return sum((line.monthly for line in self.lines if line.monthly is not None), Decimal(0))


def estimate(resources: Iterable[Costed]) -> Estimate:
    """Estimate the monthly list price of resources, at 730 hours a month."""
    lines = [line for resource in resources for line in _lines(resource)]
    known = [line for line in lines if line.monthly is not None]
    return Estimate(
        tuple(sorted(known, key=lambda line: -(line.monthly or 0))),
        tuple(line for line in lines if line.monthly is None),
    )


@dataclass(frozen=True)
class _Use:
    """So many of a price; ``why`` there is no number, if there is none."""

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
        why = why or "no price is published that could be relied on"
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


def _elsewhere(priced_in: str | None, props: Mapping[str, Any]) -> str:
    """Say so when the price that was found is of another region than the resource."""
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
        yield _Use("azure-peering-data")  # Kong creates our side of the peering too.


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
    "azure-native:network:VpnGateway": _scaled("azure-vpn-scale-unit", "vpnGatewayScaleUnit"),
    "azure-native:network:ExpressRouteGateway": _scaled(
        "azure-express-route-scale-unit", "autoScaleConfiguration", "bounds", "min"
    ),
}
"""Types whose cost depends on their properties; the others are in ``prices.json``."""


def _number(value: object) -> Decimal | None:
    """A number, which the wire gives as a float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return Decimal(str(value)).normalize()


@dataclass(frozen=True)
class _Unknown:
    """A value that a preview cannot know."""


def _read(props: Mapping[str, Any], *path: str) -> Any:
    """The value at a path: None when it is absent, ``_Unknown`` when it is not known yet."""
    value: Any = props
    try:
        for key in path:
            value = value[key]
            if isinstance(value, str) and value in SENTINELS:
                return _Unknown()
    except (KeyError, TypeError):
        return None
    except Exception as error:
        # The policy SDK's UnknownValueError, told by what it carries: programs run without the SDK.
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
