"""Private DNS of regions, of every kind, through the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

from tests.integration.conftest import World
from tests.integration.test_environments import leaves_nothing

Settings = dict[str, Any]
MakeWorld = Callable[..., World]

AWS, AZURE, GCP = "aws-us-east-2", "azure-eastus2", "gcp-us-central1"


def zone(kind: str, domain: str, **more: Any) -> Settings:
    """A zone with one record."""
    records = {"orders": {"values": ["10.69.32.10"]}}
    return {"kind": kind, "domain": domain, "records": records, **more}


DNS: dict[str, Settings] = {
    "us-east-2": {
        "internal": zone("private-hosted-zone", "aws.example.com"),
        "corp": {
            "kind": "outbound-resolver",
            "domains": {"corp.example.com": {"addresses": ["10.69.32.2"]}, "vpc.example.com": {}},
        },
    },
    "eastus2": {
        "internal": zone("private-dns-zone", "azure.example.com"),
        "corp": {
            "kind": "outbound-resolver",
            "domains": {"corp.example.com": {"addresses": ["10.85.0.9"]}, "vnet.example.com": {}},
        },
    },
    "us-central1": {
        "internal": zone("dns-peering", "gcp.example.com"),
        "other": zone("dns-peering", "other.example.com"),
    },
}
"""By region: every kind that its cloud has."""


def every_kind(settings: Settings) -> None:
    """Each region resolves names in every way that its cloud has."""
    for region in settings["regions"]:
        region["dns"] = DNS[region["region"]]


def configure_aws_region(world: World, stack: str) -> None:
    """Give AWS's provider a region, which the resources of a global service need."""
    file = world.config_file(stack)
    content = yaml.safe_load(file.read_text())
    content["config"]["aws:region"] = "us-east-2"
    file.write_text(yaml.safe_dump(content, sort_keys=False))


def attachments(world: World, region: str) -> dict[str, dict[str, Any]]:
    """Konnect's private DNS attachments of a region, by the end of their name."""
    return {
        one["name"].rsplit("-dns-", 1)[1]: one
        for one in world.sandbox.konnect("private-dns").values()
        if f"-{region}-dns-" in one["name"]
    }


def states(world: World, region: str) -> dict[str, str]:
    """The states of a region's attachments in Konnect."""
    return {key: one["state"] for key, one in attachments(world, region).items()}


def servers(attachment: dict[str, Any]) -> dict[str, list[str]]:
    """The DNS servers of a resolver in Konnect, by domain."""
    config = attachment["private_dns_attachment_config"]["dns_config"]
    return {domain: one["remote_dns_server_ip_addresses"] for domain, one in config.items()}


def test_the_names_of_every_cloud_come_up_stay_change_and_go(make_world: MakeWorld) -> None:
    world = make_world(speed=2000)
    world.settings("staging", every_kind)
    configure_aws_region(world, "staging")
    world.init("staging")
    world.up("staging", preview=True)

    found = {region: attachments(world, region) for region in (AWS, AZURE, GCP)}
    states = {
        region: {key: one["state"] for key, one in of.items()} for region, of in found.items()
    }
    ready = {"internal": "ready", "corp": "ready"}
    assert states == {AWS: ready, AZURE: ready, GCP: {"internal": "ready", "other": "ready"}}
    aws, azure, gcp = (world.sandbox.state()[cloud] for cloud in ("aws", "azure", "gcp"))
    (endpoint,) = aws["aws:route53/resolverEndpoint:ResolverEndpoint"].values()
    addresses = sorted(one["ip"] for one in endpoint["ipAddresses"])
    assert len(addresses) == 3
    assert servers(found[AWS]["corp"]) == {
        "corp.example.com": ["10.69.32.2"],
        "vpc.example.com": addresses,
    }
    assert servers(found[AZURE]["corp"]) == {
        "corp.example.com": ["10.85.0.9"],
        "vnet.example.com": ["10.85.255.244"],
    }
    links = azure["azure-native:privatedns:VirtualNetworkLink"]
    assert len(links) == 2  # ours, and the one that Kong has created
    (grant,) = gcp["gcp:projects/iAMMember:IAMMember"].values()  # two zones, one grant
    assert grant["role"] == "roles/dns.peer"
    assert {one["name"] for one in gcp["gcp:dns/recordSet:RecordSet"].values()} == {
        "orders.gcp.example.com.",
        "orders.other.example.com.",
    }

    world.project.ok("preview", "--stack", "staging", "--expect-no-changes")
    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "staging", "--expect-no-changes")
    world.project.ok(*refreshed)

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "staging")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
