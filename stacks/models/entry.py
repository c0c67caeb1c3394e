"""How API clients reach the gateways: names, steering between regions, an edge in front."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from components.entry.base import HEALTH_PATH
from components.entry.kinds import EdgeService, Routing, SteeringService, Strategy
from stacks.errors import Problem, refusal
from stacks.models.base import Model
from stacks.models.zones import Name

_Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]


class HealthSettings(Model):
    """How a region that does not answer is found."""

    path: Annotated[str | None, Field(pattern=r"^/[\x21-\x7e]{0,254}$", examples=[HEALTH_PATH])] = (
        None
    )
    """Path of the request; Kong's own health path, or the health route's, unless written."""
    interval: Annotated[int, Field(examples=[30])] = 30
    """Seconds between two requests: 10 or 30."""
    failures: Annotated[int, Field(ge=1, le=10, examples=[3])] = 3
    """Failed requests in a row after which a region gets no clients, 1 to 10."""
    route: Annotated[bool, Field(examples=[True])] = False
    """Whether each control plane gets a health route, which proves that data planes have their
    configuration."""

    @model_validator(mode="after")
    def _interval(self) -> HealthSettings:
        if self.interval not in (10, 30):
            remedy = "write interval: 10 or 30"
            raise refusal(Problem(("interval",), "is not 10 or 30", remedy, self.interval))
        return self


class EdgeSettings(Model):
    """An edge in front of all regions."""

    service: Annotated[EdgeService, Field(examples=["cloudfront"])]
    """cloudfront, front-door or google-load-balancer."""
    waf: Annotated[bool, Field(examples=[True])] = True
    """Whether a web application firewall with the vendor's managed rules is attached."""
    generations: Annotated[
        tuple[Annotated[int, Field(ge=1)], ...],
        Field(min_length=1, max_length=2, examples=[[1]]),
    ] = (1,)
    """Numbers of the origin secrets that gateways accept, one or two. The edge sends the first."""
    lock: Annotated[bool, Field(examples=[False])] = True
    """Whether gateways refuse requests without the secret. Write false first where clients use the
    gateways already, and true when they come through the edge."""
    resource_group: Annotated[str | None, Field(min_length=1, examples=["edge"])] = None
    """Azure: the resource group of the edge; one is made unless written."""
    account: Annotated[str | None, Field(examples=["edge"])] = None
    """Key of ``accounts`` in which the edge is; else that of the credentials in the environment."""


class EntrySettings(Model):
    """How API clients reach the gateways: one of Kong's three hostname strategies."""

    strategy: Annotated[Strategy, Field(examples=["geo"])]
    """per-cloud, geo or edge."""
    name: Annotated[Name | None, Field(examples=["api.example.com"])] = None
    """geo and edge: the name for all regions."""
    names: Annotated[
        dict[_Key, Name],
        Field(examples=[{"aws": "aws.api.example.com", "gcp": "gcp.api.example.com"}]),
    ] = {}
    """per-cloud: a name for each cloud (``aws``) or region (``aws-us-east-2``)."""
    service: Annotated[SteeringService | None, Field(examples=["route53"])] = None
    """What steers a name between regions: route53, traffic-manager or cloud-dns; that of the name's
    zone unless written."""
    routing: Annotated[Routing | None, Field(examples=["geoproximity"])] = None
    """latency, geoproximity or weighted; the service's own default unless written."""
    bias: Annotated[
        dict[_Key, Annotated[int, Field(ge=-90, le=90)]],
        Field(examples=[{"aws-us-east-2": 20}]),
    ] = {}
    """geoproximity in Route 53: how much larger a region's area is, -90 to 90, by region."""
    ttl: Annotated[int, Field(ge=1, le=3600, examples=[60])] = 60
    """Seconds that resolvers keep an answer: how long a drain or failover takes at least."""
    health: Annotated[HealthSettings, Field(examples=[{"interval": 10}])] = HealthSettings()
    """How a region that does not answer is found, so that its clients are led elsewhere."""
    edge: Annotated[EdgeSettings | None, Field(examples=[{"service": "cloudfront"}])] = None
    """edge: what stands in front of all regions."""
    account: Annotated[str | None, Field(examples=["network"])] = None
    """Key of ``accounts`` in which a steering service makes what is not in the zone."""
