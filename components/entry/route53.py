"""One name in Route 53 that is steered between regions, with a health check for each.

All record sets of the name have one TTL and one routing policy. Route 53 answers with a region
whose health check fails only when all of them fail. A region is drained by its health check, which
is then disabled and inverted: that is always unhealthy, whatever the gateway answers, and it is an
update in place for every routing policy.
Source: HealthCheckConfig and ResourceRecordSet of the Amazon Route 53 API.
"""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from components.domains.route53 import Route53Zone
from components.entry.base import EntryOrigin, Steering, SteeringArgs
from components.entry.kinds import Routing
from components.entry.places import nearest_aws_region, place_of
from components.regions import Cloud


class Route53Steering(Steering):
    """The record sets of one name, and the health checks of its origins.

    Raises ValueError for a zone that is not in Route 53, and for a region whose place on the map is
    not known.
    """

    def __init__(
        self, name: str, args: SteeringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("Route53Steering", name, args, opts)
        zone = args.zone
        if not isinstance(zone, Route53Zone):
            raise ValueError(f"{args.fqdn}: its zone {zone.args.name} is not in Route 53")
        zone.require_room(args.fqdn, "CNAME", args.routing.value)
        for origin in args.origins:
            check = self._health_check(origin, args)
            aws.route53.Record(
                f"{self.name}-{origin.key}",
                zone_id=zone.zone_id,
                name=args.fqdn,
                type="CNAME",
                ttl=args.ttl,
                records=[origin.hostname],
                set_identifier=origin.key,
                health_check_id=check.id,
                opts=zone.of(self),
                **_policy(origin, args.routing),
            )
        self.register_outputs({"fqdn": args.fqdn})

    def _health_check(self, origin: EntryOrigin, args: SteeringArgs) -> aws.route53.HealthCheck:
        return aws.route53.HealthCheck(
            f"{self.name}-{origin.key}-health",
            type="HTTPS",
            fqdn=origin.hostname,
            port=443,
            resource_path=args.probe.path,
            request_interval=args.probe.interval,
            failure_threshold=args.probe.failures,
            enable_sni=True,
            disabled=origin.drained,
            invert_healthcheck=origin.drained,
            tags={**args.tags, "Name": f"{args.fqdn} {origin.key}"},
            opts=args.zone.of(self),
        )


def _policy(origin: EntryOrigin, routing: Routing) -> dict[str, Any]:
    """The input that holds the routing policy of an origin's record set."""
    match routing:
        case Routing.WEIGHTED:
            weight = aws.route53.RecordWeightedRoutingPolicyArgs(weight=origin.share)
            return {"weighted_routing_policies": [weight]}
        case Routing.LATENCY:
            region = nearest_aws_region(origin.cloud, origin.region)
            if region is None:
                raise ValueError(f"{origin.key}: no AWS region is known to be near it")
            latency = aws.route53.RecordLatencyRoutingPolicyArgs(region=region)
            return {"latency_routing_policies": [latency]}
        case Routing.GEOPROXIMITY:
            return {"geoproximity_routing_policy": _on_the_map(origin)}


def _on_the_map(origin: EntryOrigin) -> aws.route53.RecordGeoproximityRoutingPolicyArgs:
    if origin.cloud is Cloud.AWS:
        return aws.route53.RecordGeoproximityRoutingPolicyArgs(
            aws_region=origin.region, bias=origin.bias
        )
    place = place_of(origin.cloud, origin.region)
    if place is None:
        raise ValueError(f"{origin.key}: its place on the map is not known")
    latitude, longitude = (f"{degrees:.2f}" for degrees in place)
    coordinates = aws.route53.RecordGeoproximityRoutingPolicyCoordinateArgs(
        latitude=latitude, longitude=longitude
    )
    return aws.route53.RecordGeoproximityRoutingPolicyArgs(
        coordinates=[coordinates], bias=origin.bias
    )
