"""How clients reach a gateway: public zones, custom domains, and the entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.domains.base import DnsZone, Record, ZoneArgs, zone_of
from components.domains.custom_domain import CustomDomain, DomainArgs
from components.domains.zones import dns_zone
from components.entry.base import HEALTH_PATH, EntryOrigin
from components.entry.entry import Entry, EntryArgs
from components.entry.health_route import HealthRoute, HealthRouteArgs
from components.entry.origin_lock import OriginLock, OriginLockArgs, lock_name
from components.regions import Cloud
from providers import konnect


@dataclass(frozen=True)
class ClientsArgs:
    """Public zones, custom domains, and the entry of a gateway."""

    zones: Mapping[str, ZoneArgs] = field(default_factory=dict)
    """By DNS name."""
    domains: Sequence[DomainArgs] = ()
    entry: EntryArgs | None = None


@dataclass(frozen=True)
class GatewayOfRegion:
    """What clients can reach in one region."""

    cloud: Cloud
    region: str
    control_plane: str
    """The key of its control plane."""
    hostnames: pulumi.Output[list[str]]
    """Known when the data planes are ready."""


@dataclass(frozen=True)
class Clients:
    """How clients reach a gateway, as it was built."""

    zones: Mapping[str, DnsZone] = field(default_factory=dict)
    domains: Mapping[str, CustomDomain] = field(default_factory=dict)
    """By name."""
    entry: Entry | None = None

    @property
    def records(self) -> list[Record]:
        """The records to write by hand, of names in no zone of ours."""
        of_domains = [record for domain in self.domains.values() for record in domain.records]
        return of_domains + ([] if self.entry is None else self.entry.records)

    def names_of(self, region: str) -> list[str]:
        """The names that lead clients to a region, by its key."""
        return [] if self.entry is None else self.entry.names_of(region)

    @property
    def name_servers(self) -> dict[str, pulumi.Output[list[str]]]:
        """By created zone: the name servers that the parent zone must delegate to."""
        return {
            name: zone.name_servers
            for name, zone in self.zones.items()
            if zone.name_servers is not None
        }


def clients_of(
    name: str,
    args: ClientsArgs,
    regions: Mapping[str, GatewayOfRegion],
    control_planes: Mapping[str, konnect.GatewayControlPlane],
    geo: pulumi.Output[str],
    parent: pulumi.Resource,
) -> Clients:
    """Build what ``args`` ask for; ``name`` is the prefix of the resources' names.

    ``regions`` and ``control_planes`` are by key. Raises ValueError as the components do.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    zones = {dns: dns_zone(f"{name}-{dns}", of, parent) for dns, of in args.zones.items()}
    led = {} if args.entry is None else args.entry.names
    domains = {}
    for one in args.domains:
        zone = zone_of(one.fqdn, zones)
        serving = one.control_planes or _planes_of(led.get(one.fqdn, ()), regions, control_planes)
        domains[one.fqdn] = CustomDomain(
            f"{name}-{one.fqdn}-domain",
            one,
            {key: control_planes[key] for key in serving},
            geo,
            None if zone is None else zones[zone],
            led=one.fqdn in led,
            opts=opts,
        )
    entry = None
    if args.entry is not None:
        if args.entry.health_route:
            for key, plane in control_planes.items():
                route = HealthRouteArgs(plane.id, args.entry.probe.path)
                HealthRoute(f"{name}-{key}-health", route, opts)
        origins = {key: _origin(key, region, args.entry) for key, region in regions.items()}
        secret = _origin_secret(name, args.entry, control_planes, opts)
        entry = Entry(f"{name}-entry", args.entry, origins, zones, secret, opts)
    return Clients(zones, domains, entry)


def _origin_secret(
    name: str,
    entry: EntryArgs,
    control_planes: Mapping[str, konnect.GatewayControlPlane],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str] | None:
    """The secret that the edge sends, and without which gateways refuse requests; None: no edge."""
    if entry.edge is None:
        return None
    planes = {key: plane.id for key, plane in control_planes.items()}
    open_paths = tuple(dict.fromkeys((HEALTH_PATH, entry.probe.path)))
    lock = OriginLockArgs(planes, entry.edge.generations, entry.edge.lock, open_paths)
    return OriginLock(lock_name(name), lock, opts).secret


def _planes_of(
    keys: Sequence[str],
    regions: Mapping[str, GatewayOfRegion],
    control_planes: Mapping[str, konnect.GatewayControlPlane],
) -> list[str]:
    """The control planes of regions, each once; the first of all when there are no regions."""
    found = list(dict.fromkeys(regions[key].control_plane for key in keys))
    return found or [next(iter(control_planes))]


def _origin(key: str, region: GatewayOfRegion, entry: EntryArgs) -> EntryOrigin:
    return EntryOrigin(
        key=key,
        cloud=region.cloud,
        region=region.region,
        hostname=region.hostnames.apply(
            lambda names: public_name(names, key, drained=key in entry.drained)
        ),
        weight=entry.weights.get(key, 100),
        drained=key in entry.drained,
        bias=entry.bias.get(key, 0),
    )


def public_name(hostnames: Sequence[str], region: str, *, drained: bool = False) -> str:
    """The name of a region's data planes. Raises ProviderError when they have none.

    Konnect may have lost those of an isolated region, which is drained: its name is then one that
    never resolves (RFC 2606), so that the update does not end with an error.
    """
    if not hostnames and drained:
        return f"{region}.invalid"
    if not hostnames:
        raise konnect.ProviderError(
            f"{region}: its data planes have no public name, because they listen privately: write "
            "api_access: private+public, or put a load balancer of the region in front"
        )
    return hostnames[0]
