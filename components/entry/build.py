"""Makes the steering or edge component of a service; the SDK of its cloud is loaded here."""

from __future__ import annotations

import pulumi

from components.entry.base import Edge, EdgeArgs, Steering, SteeringArgs
from components.entry.kinds import EdgeService, SteeringService


def steering(
    service: SteeringService, name: str, args: SteeringArgs, opts: pulumi.ResourceOptions
) -> Steering:
    """Steer a name between regions."""
    match service:
        case SteeringService.ROUTE53:
            from components.entry.route53 import Route53Steering

            return Route53Steering(name, args, opts)
        case SteeringService.TRAFFIC_MANAGER:
            from components.entry.traffic_manager import TrafficManagerSteering

            return TrafficManagerSteering(name, args, opts)
        case SteeringService.CLOUD_DNS:
            from components.entry.cloud_dns import CloudDnsSteering

            return CloudDnsSteering(name, args, opts)


def edge(service: EdgeService, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions) -> Edge:
    """Put an edge in front of all regions."""
    match service:
        case EdgeService.CLOUDFRONT:
            from components.entry.cloudfront import CloudFrontEdge

            return CloudFrontEdge(name, args, opts)
        case EdgeService.FRONT_DOOR:
            from components.entry.front_door import FrontDoorEdge

            return FrontDoorEdge(name, args, opts)
        case EdgeService.GOOGLE_LOAD_BALANCER:
            from components.entry.google_load_balancer import GoogleLoadBalancer

            return GoogleLoadBalancer(name, args, opts)
