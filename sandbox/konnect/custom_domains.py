"""Custom domains: a public name for a control plane, with a certificate and an SNI.

Konnect looks at the customer's public DNS every five minutes. A domain is ``initializing`` until
the ACME record leads to Kong and the CAA records allow Google's CA. One that leads elsewhere is an
``error`` until it is mended. Konnect's documents do not say whether ``ready`` needs the record of
the name itself; here it does not, because a name may lead to an edge of the customer.
A domain cannot be updated, only replaced. ``certificate_id`` and ``sni_id`` refer to core entities
of the control plane, which are deleted with the domain.
"""

from __future__ import annotations

import base64
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from starlette.datastructures import QueryParams

from sandbox import public_dns
from sandbox.http import filters
from sandbox.http.bodies import Closed, Uuid, parse
from sandbox.http.problems import conflict, invalid
from sandbox.http.routing import Router
from sandbox.konnect import control_planes, durations, entities, paging, records
from sandbox.konnect.access import Caller
from sandbox.konnect.geos import GEOS, Geo
from sandbox.store import Body, Store

STATES = ("created", "initializing", "ready", "terminating", "terminated", "error")

_LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_FQDN = re.compile(rf"(\*\.)?({_LABEL}\.)+{_LABEL}")


def _checked_fqdn(value: str) -> str:
    """Validate a domain name: at least two labels; the first may be a wildcard."""
    if len(value) > 253 or _FQDN.fullmatch(value) is None:
        raise PydanticCustomError("is_fqdn", "must be a fully qualified domain name")
    return value.lower()


class CreateCustomDomain(Closed):
    """Body of ``create-custom-domains``."""

    control_plane_id: Uuid
    control_plane_geo: Geo
    domain: Annotated[str, Field(min_length=1), AfterValidator(_checked_fqdn)]
    kind: Literal["dedicated.v0", "serverless.v1"] = "dedicated.v0"


router = Router()

_FILTERS = {
    "control_plane_id": filters.ID,
    "control_plane_geo": filters.choice(*GEOS),
    "domain": filters.TEXT,
    "state": filters.choice(*STATES),
}


def _pem(label: str, name: str) -> str:
    """A placeholder in PEM form. No data plane loads it, so it holds no real key."""
    text = base64.b64encode(f"sandbox {label.lower()} of {name}".encode()).decode()
    return f"-----BEGIN {label}-----\n{text}\n-----END {label}-----\n"


AUTHORITY = "pki.goog"
"""Google's public CA, which issues the certificates."""
_GATEWAYS = "gateways.konggateway.com"


def common_name(plane_id: str) -> str:
    """The public name of a control plane's gateways in all regions."""
    return f"{control_planes.edge_prefix(plane_id)}.{_GATEWAYS}"


def acme_target(plane_id: str) -> str:
    """Where the ACME record of a domain of this control plane must lead."""
    return f"_acme-challenge.{control_planes.edge_prefix(plane_id)}.acme.{_GATEWAYS}"


def step(store: Store, domain: Body, at: float) -> None:
    """Look at the DNS of a domain that is not ready, or finish a deletion."""
    if domain["state"] == "terminating":
        _delete_certificate(store, domain)
        records.remove(store, records.CUSTOM_DOMAINS, domain)
        return
    state, reason = _seen(store, domain)
    if state == "ready":
        _issue(store, domain, at)
        return
    due = at + durations.CUSTOM_DOMAIN_LOOK
    metadata = {"reported_status": "ERROR", "reason": reason} if state == "error" else {}
    if (domain["state"], domain["state_metadata"]) == (state, metadata):
        domain["_due"] = due
        records.save(store, records.CUSTOM_DOMAINS, domain)
        return
    records.change(
        store,
        records.CUSTOM_DOMAINS,
        domain,
        at=at,
        due=due,
        state=state,
        state_metadata=metadata,
    )


def _seen(store: Store, domain: Body) -> tuple[str, str]:
    """(state, reason) of a domain by what its DNS has now."""
    name, wanted = domain["domain"], acme_target(domain["control_plane_id"])
    found = public_dns.values(store, f"_acme-challenge.{name}", "CNAME")
    if found and found != (wanted,):
        return (
            "error",
            f"CNAME record _acme-challenge.{name} points to {', '.join(found)}, expected {wanted}",
        )
    allowed = public_dns.authorities(store, name)
    if not found or (allowed is not None and AUTHORITY not in allowed):
        return "initializing", ""
    return "ready", ""


def _delete_certificate(store: Store, domain: Body) -> None:
    for entity, key in (("snis", "sni_id"), ("certificates", "certificate_id")):
        if domain[key] is not None:
            entities.delete(store, domain["control_plane_id"], entity, domain[key])


def _issue(store: Store, domain: Body, at: float) -> None:
    """Make a domain ``ready``, with its certificate and SNI."""
    plane_id = domain["control_plane_id"]
    certificate = {
        "id": records.new_id(store, "certificates"),
        "cert": _pem("CERTIFICATE", domain["domain"]),
        "key": _pem("PRIVATE KEY", domain["domain"]),
        "tags": ["konnect-managed"],
    }
    sni = {
        "id": records.new_id(store, "snis"),
        "name": domain["domain"],
        "certificate": {"id": certificate["id"]},
        "tags": ["konnect-managed"],
    }
    entities.put(store, plane_id, "certificates", certificate, at=at)
    entities.put(store, plane_id, "snis", sni, at=at)
    records.change(
        store,
        records.CUSTOM_DOMAINS,
        domain,
        at=at,
        state="ready",
        state_metadata={},
        certificate_id=certificate["id"],
        sni_id=sni["id"],
    )


@router.get("/cloud-gateways/custom-domains")
def list_custom_domains(store: Store, query: QueryParams, caller: Caller) -> Body:
    """``list-custom-domains``: the domains that the caller may read."""
    tests = filters.read(query.multi_items(), _FILTERS)
    domains = filters.select(records.every(store, records.CUSTOM_DOMAINS), tests)
    domains = [domain for domain in domains if caller.holds_cluster(domain)]
    page = paging.numbered(query, domains)
    return {**page, "data": [records.public(domain) for domain in page["data"]]}


@router.post("/cloud-gateways/custom-domains", status=201)
def create_custom_domain(store: Store, raw: bytes, caller: Caller) -> Body:
    """``create-custom-domains``."""
    body = parse(CreateCustomDomain, raw)
    caller.require_cluster(body.control_plane_id, body.control_plane_geo)
    control_planes.in_geo(store, body.control_plane_id, body.control_plane_geo)
    for other in records.every(store, records.CUSTOM_DOMAINS):
        if other["domain"] == body.domain and other["state"] != "terminating":
            raise conflict(f"Custom domain '{body.domain}' already exists.")
    domain = records.create(
        store,
        records.CUSTOM_DOMAINS,
        {
            **body.model_dump(),
            "certificate_id": None,
            "sni_id": None,
            "state": "initializing",
            "state_metadata": {},
        },
        due=store.clock.now() + durations.CUSTOM_DOMAIN_LOOK,
    )
    return records.public(domain)


@router.get("/cloud-gateways/custom-domains/{domain_id}")
def get_custom_domain(store: Store, domain_id: str) -> Body:
    """``get-custom-domain``."""
    return records.public(records.find(store, records.CUSTOM_DOMAINS, domain_id))


@router.get("/cloud-gateways/custom-domains/{domain_id}/online-status")
def get_custom_domain_online_status(store: Store, domain_id: str) -> Body:
    """``get-custom-domain-online-status``: does the name lead to Kong, with a certificate."""
    domain = records.find(store, records.CUSTOM_DOMAINS, domain_id)
    leads_to = public_dns.values(store, domain["domain"], "CNAME")
    here = (common_name(domain["control_plane_id"]),)
    status: Body = {
        "cname": "verified" if leads_to == here else "unverified",
        "ssl": "verified" if domain["state"] == "ready" else "unverified",
    }
    status.update(domain.get("_online_status", {}))
    return status


def set_online_status(store: Store, domain_id: str, status: dict[str, str]) -> None:
    """Set fields of a domain's online-status: ``{"ssl": "unverified"}``. None are set if empty."""
    domain = records.find(store, records.CUSTOM_DOMAINS, domain_id)
    records.save(store, records.CUSTOM_DOMAINS, {**domain, "_online_status": status})


@router.delete("/cloud-gateways/custom-domains/{domain_id}")
def delete_custom_domain(store: Store, domain_id: str) -> None:
    """``delete-custom-domain``."""
    domain = records.find(store, records.CUSTOM_DOMAINS, domain_id)
    if domain["state"] == "terminating":
        raise invalid("customDomainId", "invalid", "custom domain is terminating", source="path")
    due = store.clock.now() + durations.CUSTOM_DOMAIN_TEARDOWN
    records.change(store, records.CUSTOM_DOMAINS, domain, state="terminating", due=due)
