"""Private DNS of regions, of every kind, through the real engine."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

import yaml

from components.dns.azure_private_dns_zone import LINK_ACTIONS
from components.networks.subnets import azure_resolver_subnet
from sandbox.accounts import KONG_AZURE_PRINCIPAL
from tests.engine_fixture import PYTHON_RUNTIME, Project
from tests.integration.conftest import World
from tests.integration.test_changes import konnect
from tests.integration.test_environments import leaves_nothing
from tests.integration.test_waiting import ADMINISTRATOR

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


def other_records_and_servers(settings: Settings) -> None:
    """Change every value that can change in place, in each region."""
    for region in settings["regions"]:
        dns = region["dns"] = copy.deepcopy(DNS[region["region"]])
        dns["internal"]["records"]["orders"] = {"values": ["10.69.32.11"], "ttl": 60}
        match region["region"]:
            case "us-east-2":
                domains = dns["corp"]["domains"]
                domains["corp.example.com"] = {"addresses": ["10.69.32.3"]}
                domains["new.example.com"] = domains.pop("vpc.example.com")
            case "eastus2":
                dns["corp"]["domains"]["corp.example.com"] = {"addresses": ["10.85.0.8"]}


def renamed(settings: Settings) -> None:
    """Another domain for a zone of each region."""
    other_records_and_servers(settings)
    for region in settings["regions"]:
        region["dns"]["internal"]["domain"] = f"renamed.{region['region']}.example.com"


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
    ready = {"internal": "ready", "corp": "ready"}
    assert states(world, AWS) == states(world, AZURE) == ready
    assert states(world, GCP) == {"internal": "ready", "other": "ready"}
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
        "vnet.example.com": [str(azure_resolver_subnet(IPv4Network("10.85.0.0/16"))[4])],
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
    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "staging")
    world.project.ok(*refreshed, "--expect-no-changes")

    world.settings("staging", other_records_and_servers)
    changed = world.up("staging")
    # Three records, two attachments, and the components that have them as inputs.
    assert re.search(r"~ 11 updated\n +\d+ unchanged", changed), changed
    assert servers(attachments(world, AWS)["corp"]) == {
        "corp.example.com": ["10.69.32.3"],
        "new.example.com": addresses,
    }
    assert servers(attachments(world, AZURE)["corp"])["corp.example.com"] == ["10.85.0.8"]
    ids = {region: {key: one["id"] for key, one in of.items()} for region, of in found.items()}
    assert ids == {
        region: {key: one["id"] for key, one in attachments(world, region).items()}
        for region in found
    }

    world.settings("staging", renamed)
    world.up("staging")  # Another zone: the attachment goes before the old one does.
    assert states(world, AWS) == states(world, AZURE) == ready
    assert states(world, GCP) == {"internal": "ready", "other": "ready"}

    mended = attachments(world, AWS)["corp"]
    network = world.outputs("staging")["regions"]
    path = "/v2/cloud-gateways/networks/{}/private-dns/{}"
    patch = {
        "name": mended["name"],
        "private_dns_attachment_config": {
            "kind": "aws-outbound-resolver",
            "dns_config": {"corp.example.com": {"remote_dns_server_ip_addresses": ["10.69.0.9"]}},
        },
    }
    konnect(world, "PATCH", path.format(network[AWS]["network_id"], mended["id"]), patch)
    gone = attachments(world, GCP)["other"]["id"]
    konnect(world, "DELETE", path.format(network[GCP]["network_id"], gone))
    assert world.sandbox.settled(lambda _: "other" not in attachments(world, GCP))
    world.project.ok(*refreshed)
    world.up("staging")
    assert states(world, AWS) == states(world, AZURE) == ready
    assert states(world, GCP) == {"internal": "ready", "other": "ready"}
    assert servers(attachments(world, AWS)["corp"])["corp.example.com"] == ["10.69.32.3"]

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "staging")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)


OWNER = """
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
vpc = aws.ec2.Vpc("vpc", cidr_block="10.200.0.0/16", region="us-east-2")
private = aws.route53.Zone(
    "private",
    name="shared.example.com",
    vpcs=[{"vpc_id": vpc.id, "vpc_region": "us-east-2"}],
    opts=pulumi.ResourceOptions(ignore_changes=["vpcs"]),
)
public = aws.route53.Zone("public", name="public.example.com")
if kong_vpc := config.get("kong_vpc"):
    aws.route53.VpcAssociationAuthorization(
        "kong", zone_id=private.zone_id, vpc_id=kong_vpc, vpc_region="us-east-2"
    )
pulumi.export("private", private.zone_id)
pulumi.export("public", public.zone_id)
"""
"""The owner of two zones, who authorises Kong's VPC when it is told its id."""


def neighbour(world: World, name: str, program: str) -> Project:
    """Another Pulumi project in the same clouds."""
    project = Project(world.project.folder.parent / name, world.project.pulumi, world.project.env)
    description = {"name": name, "runtime": PYTHON_RUNTIME}
    project.write("Pulumi.yaml", json.dumps(description))
    project.write("__main__.py", program)
    project.ok("stack", "init", "dev")
    project.ok("config", "set", "aws:region", "us-east-2")
    return project


def test_zones_of_other_owners_are_checked_and_wait_until_kong_is_authorised(
    make_world: MakeWorld,
) -> None:
    world = make_world(speed=300)
    owner = neighbour(world, "owner", OWNER)
    owner.ok("up", "--yes", "--skip-preview", "--stack", "dev")
    zones = owner.outputs(stack="dev")

    def shared(zone_id: str, **more: Any) -> Callable[[Settings], None]:
        def change(settings: Settings) -> None:
            settings["regions"][0]["dns"] = {
                "shared": {
                    "kind": "private-hosted-zone",
                    "domain": "shared.example.com",
                    "zone_id": zone_id,
                    **more,
                }
            }
            settings["regions"][1]["dns"] = {
                "internal": zone("private-dns-zone", "azure.example.com", authorize=False)
            }

        return change

    configure_aws_region(world, "dev")
    world.settings("dev", shared(zones["public"]))
    world.init("dev")
    refused = world.run("preview", "--stack", "dev")
    assert refused.code != 0
    said = f"zone_id {zones['public']} is the public zone public.example.com, and Kong's VPC"
    assert said in " ".join(refused.output.split())

    world.settings("dev", shared(zones["private"], authorize=False))
    administrator = neighbour(world, "administrator", ADMINISTRATOR)
    administrator.ok("config", "set", "principal", KONG_AZURE_PRINCIPAL)
    for index, action in enumerate(LINK_ACTIONS):
        administrator.ok("config", "set", "--path", f"actions[{index}]", action)

    def speed(times: int) -> None:
        """Kong gives up after an hour, so the clock is slow while an owner is at work."""
        world.sandbox.admin("POST", "clock", json={"speed": times})

    running = world.start("up", "--yes", "--skip-preview", "--stack", "dev")
    running.wait_for(f"the owner of hosted zone {zones['private']} must authorise Kong", limit=90)
    speed(20)
    assert states(world, AWS) == {"shared": "pending-association"}
    (network,) = (
        one for one in world.sandbox.konnect("networks").values() if one["region"] == "us-east-2"
    )
    owner.ok("config", "set", "kong_vpc", network["provider_metadata"]["vpc_id"])
    owner.ok("up", "--yes", "--skip-preview", "--stack", "dev")

    speed(300)
    running.wait_for("needs a role with virtualNetworkLinks/write on private DNS zone", limit=90)
    speed(20)
    assert states(world, AZURE) == {"internal": "pending-association"}
    (zone_id,) = world.sandbox.state()["azure"]["azure-native:privatedns:PrivateZone"]
    administrator.ok("config", "set", "vnet_id", zone_id)
    administrator.ok("up", "--yes", "--skip-preview", "--stack", "dev")

    speed(2000)
    done = running.finish()
    assert done.code == 0, done.output
    assert states(world, AWS) == {"shared": "ready"}
    assert states(world, AZURE) == {"internal": "ready"}
