"""The kinds of ways in for clients: strategies, steering services, routings and edges.

Loads no cloud's SDK.

How to add a service
--------------------
A **steering service** answers for one name with the gateways of several regions. Its component is
in a module of its own (``components/entry/route53.py``) and takes ``(name, SteeringArgs, opts)``.
It either writes the record sets of the name itself and leaves ``target`` None (Route 53, Cloud
DNS), or it makes something with a name of its own and gives that as ``target`` (Traffic Manager);
then ``Entry`` writes the CNAME. An **edge** takes ``(name, EdgeArgs, opts)`` and gives ``target``;
``Entry`` writes the records of its names. Both are subclasses of ``Steering`` and ``Edge`` in
``components/entry/base.py``. To add one:

1. write the module, which may import the SDK of its cloud;
2. add its branch to ``steering`` or ``edge`` in ``components/entry/build.py``;
3. add it to ``STEERING`` or ``EDGES`` below, without which the settings refuse it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from components.domains.base import DnsService
from components.regions import Cloud


class Strategy(StrEnum):
    """How the names of the gateways lead clients to regions."""

    PER_CLOUD = "per-cloud"
    """A name for each cloud or region. Kong recommends it."""
    GEO = "geo"
    """One name. DNS chooses the region for each client."""
    EDGE = "edge"
    """One name. An edge in front of all regions chooses for each request."""


class Routing(StrEnum):
    """How a steering service chooses a region for a client."""

    LATENCY = "latency"
    """The region with the least latency from the client's network."""
    GEOPROXIMITY = "geoproximity"
    """The nearest region on the map."""
    WEIGHTED = "weighted"
    """A share of the clients, by the weights of the regions."""


class SteeringService(StrEnum):
    """What steers one name between regions."""

    ROUTE53 = "route53"
    TRAFFIC_MANAGER = "traffic-manager"
    CLOUD_DNS = "cloud-dns"

    @property
    def cloud(self) -> Cloud:
        """The cloud of the service."""
        return {
            SteeringService.ROUTE53: Cloud.AWS,
            SteeringService.TRAFFIC_MANAGER: Cloud.AZURE,
            SteeringService.CLOUD_DNS: Cloud.GCP,
        }[self]


class EdgeService(StrEnum):
    """What stands in front of the gateways."""

    CLOUDFRONT = "cloudfront"
    FRONT_DOOR = "front-door"
    GOOGLE_LOAD_BALANCER = "google-load-balancer"

    @property
    def cloud(self) -> Cloud:
        """The cloud of the edge."""
        return {
            EdgeService.CLOUDFRONT: Cloud.AWS,
            EdgeService.FRONT_DOOR: Cloud.AZURE,
            EdgeService.GOOGLE_LOAD_BALANCER: Cloud.GCP,
        }[self]


STEERING: Final[Mapping[SteeringService, tuple[Routing, ...]]] = {
    SteeringService.ROUTE53: (Routing.GEOPROXIMITY, Routing.LATENCY, Routing.WEIGHTED),
    SteeringService.TRAFFIC_MANAGER: (Routing.LATENCY, Routing.WEIGHTED),
    SteeringService.CLOUD_DNS: (Routing.GEOPROXIMITY, Routing.WEIGHTED),
}
"""The steering services that can be chosen, and the routings of each. The first is the default."""

EDGES: Final[tuple[EdgeService, ...]] = (
    EdgeService.CLOUDFRONT,
    EdgeService.FRONT_DOOR,
    EdgeService.GOOGLE_LOAD_BALANCER,
)
"""The edges that can be chosen."""

STEERED_IN: Final[Mapping[SteeringService, DnsService]] = {
    SteeringService.ROUTE53: DnsService.ROUTE53,
    SteeringService.CLOUD_DNS: DnsService.CLOUD_DNS,
}
"""The DNS service that a name's zone must be in, for services that write the name themselves."""

STEERED_BY_DEFAULT: Final[Mapping[DnsService, SteeringService]] = {
    DnsService.ROUTE53: SteeringService.ROUTE53,
    DnsService.AZURE_DNS: SteeringService.TRAFFIC_MANAGER,
    DnsService.CLOUD_DNS: SteeringService.CLOUD_DNS,
}
"""The steering service of a name, by the service of its zone."""
