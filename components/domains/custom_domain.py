"""A custom domain: Konnect's certificate for a public name, and the records that it needs.

Konnect has one control plane for a name. Further control planes that serve the name get a
certificate of the team's own, and an SNI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import pulumi

from components.component import Component
from components.domains.base import DnsZone, Record
from providers import konnect

_GATEWAYS: Final = "gateways.konggateway.com"
CERTIFICATE_AUTHORITY: Final = "pki.goog"
"""Google's public CA, which issues the certificates of custom domains."""


@dataclass(frozen=True)
class CertificateArgs:
    """A certificate of the team's own: vault references, or PEM."""

    cert: pulumi.Input[str]
    key: pulumi.Input[str]


@dataclass(frozen=True)
class DomainArgs:
    """A custom domain."""

    fqdn: str
    """The name, without a dot at its end."""
    control_planes: Sequence[str] = ()
    """Keys of the control planes that serve it. Empty: those that the entry leads it to, else the
    first of the gateway. Konnect makes the certificate of the first."""
    certificate: CertificateArgs | None = None
    """Certificate of the second and further control planes."""
    prefix: str | None = None
    """The label before gateways.konggateway.com in Konnect's console. None: the label of the
    control plane's endpoint, with which it agrees in all examples."""


class CustomDomain(Component):
    """A custom domain, with its records where ``zone`` is given.

    ``control_planes`` are those that serve the name, by key, Konnect's first. With ``led``, an
    entry writes the name's own record. ``records`` are those to write by hand when ``zone`` is
    None. ``ready`` is the domain once it serves. Raises ValueError for several control planes
    without a certificate.
    """

    def __init__(
        self,
        name: str,
        args: DomainArgs,
        control_planes: Mapping[str, konnect.GatewayControlPlane],
        geo: pulumi.Output[str],
        zone: DnsZone | None,
        *,
        led: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("CustomDomain", name, args, opts)
        (_, first), *others = control_planes.items()
        self.control_planes = list(control_planes)
        """The keys of the control planes that have a certificate for the name."""
        prefix = pulumi.Output.from_input(args.prefix or first.control_plane_endpoint.apply(label))
        self.acme_target = prefix.apply(acme_target)
        domain = konnect.CloudGatewayCustomDomain(
            self.name,
            control_plane_id=first.id,
            control_plane_geo=geo,
            domain=args.fqdn,
            acme_target=self.acme_target,
            opts=self.child(),
        )
        needed = {"acme": Record(acme_name(args.fqdn), "CNAME", _only(self.acme_target))}
        if not led:
            common = prefix.apply(lambda known: f"{known}.{_GATEWAYS}")
            needed["cname"] = Record(args.fqdn, "CNAME", _only(common))
        self.records: list[Record] = []
        if zone is None:
            self.records += needed.values()
        else:
            for key, record in needed.items():
                zone.write(f"{self.name}-{key}", record, self)
            self._check_caa(args.fqdn, zone)
        for key, plane in others:
            self._own_certificate(key, plane, args)
        self.ready = domain.ready
        self.register_outputs({"domain": args.fqdn})

    def _own_certificate(
        self, key: str, plane: konnect.GatewayControlPlane, args: DomainArgs
    ) -> None:
        if args.certificate is None:
            raise ValueError(
                f"{args.fqdn} is served by control plane {key} too, for which Konnect makes no "
                "certificate; give it one of your own"
            )
        certificate = konnect.GatewayCertificate(
            f"{self.name}-{key}-certificate",
            control_plane_id=plane.id,
            cert=args.certificate.cert,
            key=args.certificate.key,
            opts=self.child(),
        )
        konnect.GatewaySni(
            f"{self.name}-{key}-sni",
            control_plane_id=plane.id,
            name=args.fqdn,
            certificate={"id": certificate.id},
            opts=self.child(),
        )

    def _check_caa(self, fqdn: str, zone: DnsZone) -> None:
        """Fail when the zone's CAA records forbid the certificate. Not for a zone created here."""
        found = zone.caa()
        if found is not None:
            found.apply(lambda sets: require_caa(fqdn, zone.args.name, sets))


def label(endpoint: str) -> str:
    """The first label of a URL's host: ``https://b5d3c1a09e.us.cp.konghq.com``."""
    return (urlsplit(endpoint).hostname or "").split(".")[0]


def acme_name(fqdn: str) -> str:
    """The name of the record that proves to the certificate authority whose name it is."""
    return f"_acme-challenge.{fqdn}"


def acme_target(prefix: str) -> str:
    """The target of that record."""
    return f"_acme-challenge.{prefix}.acme.{_GATEWAYS}"


def _only(value: pulumi.Output[str]) -> pulumi.Output[list[str]]:
    return value.apply(lambda known: [known])


def require_caa(fqdn: str, zone: str, sets: Mapping[str, Sequence[str]]) -> None:
    """Raise ProviderError if CAA records forbid Google's CA to issue a certificate for a name.

    ``sets`` are the CAA record sets of the zone by name. The set nearest to the name counts (RFC
    8659); one above the zone is not seen.
    """
    at = fqdn
    while at not in sets:
        if at == zone or "." not in at:
            return
        at = at.split(".", 1)[1]
    issuers = [value.split(" ", 2) for value in sets[at]]
    allowed = [
        authority.strip('"').split(";")[0].strip()
        for _, tag, authority in (parts for parts in issuers if len(parts) == 3)
        if tag == "issue"
    ]
    if allowed and CERTIFICATE_AUTHORITY not in allowed:
        raise konnect.ProviderError(
            f"custom domain {fqdn}: the CAA records of {at} allow {', '.join(allowed)} and not "
            f"{CERTIFICATE_AUTHORITY}, which issues its certificate: add the CAA record "
            f'0 issue "{CERTIFICATE_AUTHORITY}" to {at}'
        )
