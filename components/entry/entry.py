"""The way in for clients: names that lead to the gateways, by one of Kong's three strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pulumi

from components.component import Component
from components.domains.base import STATIC_TTL, DnsZone, Record, zone_of
from components.entry.base import (
    EdgeArgs,
    EntryOrigin,
    EntryTarget,
    HealthProbe,
    SteeringArgs,
)
from components.entry.build import edge, steering
from components.entry.kinds import (
    STEERED_BY_DEFAULT,
    STEERING,
    EdgeService,
    Routing,
    SteeringService,
    Strategy,
)
from components.regions import Cloud


@dataclass(frozen=True)
class EdgeChoice:
    """The edge in front of all regions."""

    service: EdgeService
    waf: bool = True
    """Whether a web application firewall with the vendor's managed rules is attached."""
    generations: Sequence[int] = (1,)
    """The origin secrets that the gateways accept, as in ``OriginLockArgs``."""
    lock: bool = True
    """Whether gateways refuse requests without an origin secret."""
    resource_group: str | None = None
    """Azure: the resource group of the edge. None: one is created."""
    protect: bool = False
    """Whether Pulumi refuses to delete or replace what clients' names lead to."""


@dataclass(frozen=True)
class EntryArgs:
    """How clients reach the gateways."""

    strategy: Strategy
    names: Mapping[str, Sequence[str]]
    """The keys of the regions that each name leads to, by name."""
    service: SteeringService | None = None
    """What steers a name with several regions. None: that of the name's zone."""
    routing: Routing | None = None
    """How it steers. None: the default of the service."""
    ttl: int = 60
    """Seconds that resolvers keep an answer."""
    probe: HealthProbe = field(default_factory=HealthProbe)
    health_route: bool = False
    """Whether each control plane has a route at the path of ``probe``."""
    weights: Mapping[str, int] = field(default_factory=dict)
    """Shares of the clients by region, 0 to 100; 100 for regions that are not named."""
    drained: Sequence[str] = ()
    """The keys of the regions that get no clients."""
    bias: Mapping[str, int] = field(default_factory=dict)
    """Geoproximity: -90 to 90 by region."""
    edge: EdgeChoice | None = None
    """Strategy ``edge``: the edge."""
    tags: Mapping[Cloud, Mapping[str, str]] = field(default_factory=dict)
    """Tags as each cloud takes them."""
    providers: Sequence[pulumi.ProviderResource] = ()
    """Cloud providers for what is not in a zone. Empty: the default ones."""


class Entry(Component):
    """The names that lead clients to the gateways, with what steers them or stands in front.

    ``origins`` are the gateways by region key, ``zones`` the public zones by name, and
    ``origin_secret`` is what an edge sends to them. ``records`` are
    those to write by hand, of names in no zone of ours. Raises ValueError for a name that must be
    steered and is in no zone.
    """

    def __init__(
        self,
        name: str,
        args: EntryArgs,
        origins: Mapping[str, EntryOrigin],
        zones: Mapping[str, DnsZone],
        origin_secret: pulumi.Output[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Entry", name, args, opts)
        self.args = args
        self._zones = zones
        self._origin_secret = origin_secret
        self.records: list[Record] = []
        led = {fqdn: [origins[key] for key in keys] for fqdn, keys in args.names.items()}
        if args.edge is not None:
            self._behind(args.edge, list(led), list(origins.values()))
        else:
            for fqdn, several in led.items():
                self._lead(fqdn, several)
        self.register_outputs({"names": list(led)})

    def names_of(self, region: str) -> list[str]:
        """The names under which clients may reach a region, by its key."""
        return [fqdn for fqdn, keys in self.args.names.items() if region in keys]

    def _zone(self, fqdn: str) -> DnsZone | None:
        name = zone_of(fqdn, self._zones)
        return None if name is None else self._zones[name]

    def _lead(self, fqdn: str, origins: Sequence[EntryOrigin]) -> None:
        """Lead a name to its regions: a plain record to the only one of a cloud, else steered.

        The name of strategy ``geo`` is steered even to one region, so that a second can join it.
        A name whose regions are all drained has no record.
        """
        args, zone = self.args, self._zone(fqdn)
        if all(origin.drained for origin in origins):
            return  # All are isolated, so the name leads to none of them.
        if len(origins) == 1 and args.strategy is Strategy.PER_CLOUD:
            self._write(fqdn, EntryTarget(name=origins[0].hostname), args.ttl)
            return
        if zone is None:
            raise ValueError(f"{fqdn} is to be steered, and is in no zone of yours")
        service = args.service or STEERED_BY_DEFAULT[zone.args.service]
        steered = SteeringArgs(
            fqdn=fqdn,
            zone=zone,
            origins=origins,
            probe=args.probe,
            ttl=args.ttl,
            routing=args.routing or STEERING[service][0],
            tags=args.tags.get(service.cloud, {}),
            providers=args.providers,
        )
        made = steering(service, f"{self.name}-{fqdn}", steered, self.child())
        if made.target is not None:
            self._write(fqdn, made.target, args.ttl)

    def _behind(
        self, choice: EdgeChoice, fqdns: Sequence[str], origins: Sequence[EntryOrigin]
    ) -> None:
        """Put an edge in front of all regions, and lead the names to it."""
        args = self.args
        nowhere = all(origin.drained for origin in origins)
        if nowhere:  # All are isolated. The edge stays as it was, and no name leads to it.
            origins = [replace(origin, drained=False) for origin in origins]
        made = edge(
            choice.service,
            f"{self.name}-edge",
            EdgeArgs(
                fqdns=fqdns,
                zones={fqdn: self._zone(fqdn) for fqdn in fqdns},
                origins=origins,
                probe=args.probe,
                origin_secret=self._origin_secret,
                waf=choice.waf,
                resource_group=choice.resource_group,
                protect=choice.protect,
                tags=args.tags.get(choice.service.cloud, {}),
                providers=args.providers,
            ),
            pulumi.ResourceOptions(parent=self, providers=list(args.providers)),
        )
        self.records.extend(made.records)
        for fqdn in fqdns if not nowhere else ():
            self._write(fqdn, made.target, STATIC_TTL)

    def _write(self, fqdn: str, target: EntryTarget, ttl: int) -> None:
        """Write the record of a name, or keep it for the outputs when its zone is not ours."""
        if target.addresses is not None:
            record = Record(fqdn, "A", target.addresses, ttl)
        else:
            assert target.name is not None
            record = Record(fqdn, "CNAME", target.name.apply(lambda known: [known]), ttl)
        zone = self._zone(fqdn)
        if zone is None:
            self.records.append(record)
        else:
            zone.lead(f"{self.name}-{fqdn}", record, self, target.alias_zone_id)
