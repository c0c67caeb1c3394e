"""One name in Cloud DNS that is steered between regions, by place or by weight.

Cloud DNS checks the health of addresses only, and gateways have names. So it never moves clients
away from a region that fails: a drain does. One record set holds all regions, so a weight, a drain
and another routing are updates in place.
Source: "DNS routing policies and health checks" and ``RRSetRoutingPolicy`` of Cloud DNS.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_gcp as gcp

from components.domains.cloud_dns import CloudDnsZone
from components.entry.base import EntryOrigin, Steering, SteeringArgs, require_share
from components.entry.google_places import nearest_google_region
from components.entry.kinds import Routing


class CloudDnsSteering(Steering):
    """The record set of one name, and one for each place that several regions share.

    Raises ValueError for a zone that is not in Cloud DNS, for origins without any share of the
    clients, and for a region whose place on the map is not known.
    """

    def __init__(
        self, name: str, args: SteeringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("CloudDnsSteering", name, args, opts)
        zone = args.zone
        if not isinstance(zone, CloudDnsZone):
            raise ValueError(f"{args.fqdn}: its zone {zone.args.name} is not in Cloud DNS")
        require_share(args.fqdn, args.origins)
        self._args, self._zone = args, zone
        by_weight = args.routing is Routing.WEIGHTED
        self._write(self.name, args.fqdn, _shared(args.origins) if by_weight else self._near())
        self.register_outputs({"fqdn": args.fqdn})

    def _near(self) -> gcp.dns.RecordSetRoutingPolicyArgs:
        """The policy by place. A place whose regions have no share of the clients is left out.

        A place has one name. So regions that share a place get a name of their own, below the
        steered one, which shares the clients of that place by weight.
        """
        by_place: dict[str, list[EntryOrigin]] = {}
        for origin in self._args.origins:
            by_place.setdefault(_place(origin), []).append(origin)
        leading = {place: self._target(place, by_place[place]) for place in sorted(by_place)}
        return gcp.dns.RecordSetRoutingPolicyArgs(
            geos=[
                gcp.dns.RecordSetRoutingPolicyGeoArgs(location=place, rrdatas=[target])
                for place, target in leading.items()
                if any(origin.share for origin in by_place[place])
            ]
        )

    def _target(self, place: str, origins: Sequence[EntryOrigin]) -> pulumi.Output[str]:
        """The name to which the clients near a place are led."""
        if len(origins) == 1:
            return _full(origins[0].hostname)
        fqdn = f"{place}.{self._args.fqdn}"
        return self._write(f"{self.name}-{place}", fqdn, _shared(origins)).name

    def _write(
        self, name: str, fqdn: str, policy: gcp.dns.RecordSetRoutingPolicyArgs
    ) -> gcp.dns.RecordSet:
        return gcp.dns.RecordSet(
            name,
            managed_zone=self._zone.managed_zone,
            name=f"{fqdn}.",
            type="CNAME",
            ttl=self._args.ttl,
            routing_policy=policy,
            opts=self._zone.of(self),
        )


def _shared(origins: Sequence[EntryOrigin]) -> gcp.dns.RecordSetRoutingPolicyArgs:
    """The policy by weight. A drained region stays, with the weight 0.

    When all are drained, nobody is led to the name. Then the weights are equal: Google does not
    document a policy whose weights are all 0.
    """
    idle = not any(origin.share for origin in origins)
    return gcp.dns.RecordSetRoutingPolicyArgs(
        wrrs=[
            gcp.dns.RecordSetRoutingPolicyWrrArgs(
                weight=1 if idle else origin.share, rrdatas=[_full(origin.hostname)]
            )
            for origin in origins
        ]
    )


def _place(origin: EntryOrigin) -> str:
    place = nearest_google_region(origin.cloud, origin.region)
    if place is None:
        raise ValueError(f"{origin.key}: its place on the map is not known; use routing: weighted")
    return place


def _full(hostname: pulumi.Output[str]) -> pulumi.Output[str]:
    """A name as Cloud DNS writes it: with a dot at its end."""
    return hostname.apply(lambda known: f"{known.rstrip('.')}.")
