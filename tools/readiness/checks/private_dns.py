"""Private DNS of all clouds: zones that the gateway resolves, and resolvers that it asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tools.readiness.facts import Facts, state_of, title
from tools.readiness.verdict import Seen, judged, manual

DNS: Final = "pulumi-python:dynamic/konnect:CloudGatewayPrivateDns"
_LOOK: Final = "call an upstream by its private name through a route, and compare its address"


def hosted_zones(facts: Facts, cloud: str) -> Iterator[Seen]:
    """Evidence for the private zones of a cloud."""
    for network, one, config in facts.private_dns(f"{cloud}-private-hosted-zone-attachment"):
        zone = config.get("domain_name") or config.get("hosted_zone_id")
        subject = f"{network.region}: private zone {zone}"
        remedy = "authorise the association, or grant Kong the role that it waits for"
        yield judged(one.get("state") == "ready", subject, state_of(one), remedy)
        if one.get("state") == "ready":
            yield manual(subject, "a look-up from the gateway network is not possible here", _LOOK)


def resolvers(facts: Facts, cloud: str) -> Iterator[Seen]:
    """Evidence for the outbound resolvers of a cloud."""
    declared = {
        one.id: _servers(one.inputs.get("private_dns_attachment_config") or {})
        for one in facts.resources.of(DNS)
    }
    for network, one, config in facts.private_dns(f"{cloud}-outbound-resolver"):
        subject = f"{network.region}: resolver {title(one)}"
        yield judged(one.get("state") == "ready", subject, state_of(one), "look at it in Konnect")
        found = _servers(config)
        value = "; ".join(f"{name} -> {', '.join(sorted(to))}" for name, to in found.items())
        if str(one["id"]) not in declared:
            yield manual(subject, value, "another stack owns it: compare it with that stack")
        else:
            remedy = "run `make up`, which sets the declared map"
            yield judged(found == declared[str(one["id"])], subject, value, remedy)
        yield manual(subject, "a look-up from the gateway network is not possible here", _LOOK)


def _servers(config: dict[str, Any]) -> dict[str, frozenset[str]]:
    """The addresses of the servers by domain."""
    return {
        str(domain): frozenset(map(str, servers.get("remote_dns_server_ip_addresses") or ()))
        for domain, servers in (config.get("dns_config") or {}).items()
    }
