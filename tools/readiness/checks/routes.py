"""Routes: what they lead to, what they match, their TLS and certificates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from cryptography import x509

from providers.base.http import Json
from tools.readiness.checks.plugins import (
    AI_PLUGINS,
    TERMINATING,
    governing,
    leads_nowhere,
    subject_of,
)
from tools.readiness.checks.services import CLEAR
from tools.readiness.facts import Facts, title
from tools.readiness.konnect import Plane
from tools.readiness.verdict import Item, Seen, judged, manual, passed

SOON: Final = timedelta(days=30)
"""A certificate that expires within this time is a failure."""
MANAGED: Final = "konnect-managed"
"""The tag of certificates that Konnect issues and renews."""
_MATCHES: Final = ("hosts", "paths", "methods", "headers", "snis", "expression", "sources")
_KONG: Final = ".konggateway.com"
_SECTION: Final = "Control planes"
_ANCHOR: Final = "konnect-configuration"


def _mapped(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        services = {one["id"]: title(one) for one in plane.all("services")}
        for route in plane.all("routes"):
            yield _route(plane, route, services)


def _route(plane: Plane, route: Json, services: dict[str, str]) -> Seen:
    subject = subject_of(plane, route)
    matched = [key for key in _MATCHES if route.get(key)]
    service = (route.get("service") or {}).get("id")
    answers = governing(plane, route, TERMINATING | AI_PLUGINS)
    if service in services:
        leads = f"leads to service {services[service]}"
    elif answers:
        leads = f"is answered by {answers['name']}"
    else:
        return judged(False, subject, "leads to no service", "give it a service, or delete it")
    what = "; ".join(f"{key} {_listed(route[key])}" for key in matched)
    if not matched or matched == ["methods"]:
        remedy = "give it hosts or paths: it matches every request"
        return judged(False, subject, f"{leads} and has neither hosts nor paths", remedy)
    return passed(subject, f"{leads}; {what}")


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _tested(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        for route in plane.all("routes"):
            look = "send a request to it, and compare status, body and headers"
            yield manual(subject_of(plane, route), "needs a request that its API answers", look)


def _tls(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        names = {str(one.get("name")) for one in plane.all("snis")}
        names |= {str(one["domain"]) for one in facts.live.domains}
        for route in plane.all("routes"):
            if leads_nowhere(plane, route):
                continue  # A health check, or a redirect to https.
            subject = subject_of(plane, route)
            protocols = [str(one) for one in route.get("protocols") or ()]
            clear = sorted(CLEAR & set(protocols))
            value = f"accepts {', '.join(protocols)}"
            yield judged(not clear, subject, value, "set protocols: [https]")
            for host in route.get("hosts") or ():
                if not _covered(str(host), names):
                    remedy = "add a custom domain, or a certificate with an SNI of the host"
                    yield judged(False, subject, f"host {host} has no certificate", remedy)


def _covered(host: str, names: set[str]) -> bool:
    """Whether a certificate of the control plane, or Kong's own, is for a host."""
    parent = host.partition(".")[2]
    return host.endswith(_KONG) or host in names or f"*.{parent}" in names


def _certificates(facts: Facts) -> Iterator[Seen]:
    for plane in facts.live.planes:
        of_certificate: dict[str, list[str]] = {}
        for sni in plane.all("snis"):
            id_ = str((sni.get("certificate") or {}).get("id"))
            of_certificate.setdefault(id_, []).append(str(sni.get("name")))
        for one in plane.all("certificates"):
            names = ", ".join(of_certificate.get(str(one["id"]), [])) or str(one["id"])
            yield _certificate(facts, f"{plane.name}: certificate of {names}", one)


def _certificate(facts: Facts, subject: str, certificate: Json) -> Seen:
    pem = str(certificate.get("cert") or "")
    if pem.startswith("{vault://"):
        return manual(subject, "is in a vault", f"look at the expiry of {pem}")
    try:
        expires = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    except ValueError as error:
        if MANAGED in (certificate.get("tags") or ()):
            return passed(subject, "is issued and renewed by Konnect")
        return manual(subject, f"cannot be read: {error}", "look at it with openssl x509 -enddate")
    left = expires - facts.live.now
    value = f"expires on {expires:%Y-%m-%d}, in {left.days} days"
    return judged(left > SOON, subject, value, "renew it")


ITEMS: Final = (
    Item(
        "routes-mapped",
        _SECTION,
        "Routes lead to services, and match hosts, paths and methods",
        "Each route has a service, or a plugin that answers, and hosts or paths.",
        _mapped,
        _ANCHOR,
    ),
    Item(
        "routes-tested",
        _SECTION,
        "Every production route was tested with a request",
        "By hand, or by the tests of each API: a program does not know a good request.",
        _tested,
        _ANCHOR,
    ),
    Item(
        "routes-tls",
        _SECTION,
        "Production routes use TLS, with certificates for their hosts",
        "Routes accept https only; SNIs or custom domains cover their hosts.",
        _tls,
        _ANCHOR,
    ),
    Item(
        "certificates-valid",
        _SECTION,
        "Certificates are the right ones and do not expire soon",
        f"Each certificate is valid for at least {SOON.days} more days.",
        _certificates,
        _ANCHOR,
    ),
)
