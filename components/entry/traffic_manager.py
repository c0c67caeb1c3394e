"""One name that Azure Traffic Manager steers between regions, with a health check of each.

A profile has a name of its own, ``<label>.trafficmanager.net``, which it answers with the name of
one of the gateways. The name of the clients is a CNAME record that leads to it, in any zone. When
no gateway answers the health check, Traffic Manager answers with all of them.

An endpoint has no weight 0, so a region without clients is a disabled endpoint: an update in place.
Source: Microsoft, "Traffic Manager routing methods" and "Traffic Manager endpoint monitoring".
"""

from __future__ import annotations

import hashlib
from typing import Final

import pulumi
from pulumi_azure_native import trafficmanager as azure

from components.entry.azure_group import resource_group
from components.entry.base import EntryOrigin, EntryTarget, Steering, SteeringArgs
from components.entry.kinds import Routing
from components.entry.places import nearest_region
from components.regions import Cloud

_METHODS: Final = {Routing.LATENCY: "Performance", Routing.WEIGHTED: "Weighted"}
_TIMEOUTS: Final = {10: 9, 30: 10}
"""By seconds between two requests: the longest time that Traffic Manager waits for an answer."""
_LABEL: Final = 63
"""The longest label of a DNS name."""


class TrafficManagerSteering(Steering):
    """A resource group, a profile, and an endpoint for each region.

    Raises ValueError for a routing that Traffic Manager does not have, and for a region of another
    cloud whose place on the map is not known.
    """

    target: EntryTarget
    """The profile's own name."""

    def __init__(
        self, name: str, args: SteeringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        own = pulumi.ResourceOptions(providers=list(args.providers))
        super().__init__(
            "TrafficManagerSteering", name, args, pulumi.ResourceOptions.merge(opts, own)
        )
        if args.routing not in _METHODS:
            raise ValueError(f"{args.fqdn}: Traffic Manager has no routing {args.routing}")
        group = resource_group(self, args.origins, args.tags)
        label = profile_label(args.fqdn, self.name)
        profile = azure.Profile(
            f"{self.name}-profile",
            resource_group_name=group.name,
            profile_name=label,
            location="global",
            traffic_routing_method=_METHODS[args.routing],
            dns_config={"relative_name": label, "ttl": args.ttl},
            monitor_config={
                "protocol": azure.MonitorProtocol.HTTPS,
                "port": 443,
                "path": args.probe.path,
                "interval_in_seconds": args.probe.interval,
                "timeout_in_seconds": _TIMEOUTS[args.probe.interval],
                "tolerated_number_of_failures": args.probe.failures - 1,
            },
            tags=args.tags,
            opts=self.child(),
        )
        for origin in args.origins:
            self._endpoint(origin, args, group.name, profile)
        # By the id, so that no record leads to a profile that does not exist yet.
        fqdn = profile.id.apply(lambda _: f"{label}.trafficmanager.net")
        self.target = EntryTarget(name=fqdn)
        self.register_outputs({"fqdn": args.fqdn, "target": fqdn})

    def _endpoint(
        self,
        origin: EntryOrigin,
        args: SteeringArgs,
        group_name: pulumi.Output[str],
        profile: azure.Profile,
    ) -> None:
        """The gateway of a region. The request of the health check has its own host name."""
        weighted = args.routing is Routing.WEIGHTED
        empty = origin.drained or (weighted and origin.weight == 0)
        azure.Endpoint(
            f"{self.name}-{origin.key}",
            resource_group_name=group_name,
            profile_name=profile.name,
            endpoint_name=origin.key,
            endpoint_type="ExternalEndpoints",
            target=origin.hostname,
            endpoint_status="Disabled" if empty else "Enabled",
            endpoint_location=None if weighted else _location(origin),
            weight=max(origin.weight, 1) if weighted else None,
            opts=self.child(),
        )


def _location(origin: EntryOrigin) -> str:
    """The Azure region whose latency counts as that of an origin: its own, or the nearest one."""
    found = nearest_region(Cloud.AZURE, origin.cloud, origin.region)
    if found is None:
        raise ValueError(f"{origin.key}: no Azure region is known to be near it")
    return found


def profile_label(fqdn: str, owner: str) -> str:
    """The label of a profile below ``trafficmanager.net``, unique in all of Azure.

    It depends on the name and on its component only: it can never change.
    """
    digest = hashlib.sha256(f"{owner}/{fqdn}".encode()).hexdigest()[:8]
    readable = fqdn.replace(".", "-").replace("_", "-")[: _LABEL - len(digest) - 1].strip("-")
    return f"{readable}-{digest}"
