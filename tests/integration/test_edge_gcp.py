"""Ways in for clients that Google offers, through the real engine: Cloud DNS and load balancers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from components.entry.base import ORIGIN_HEADER as HEADER
from tests.integration.conftest import World
from tests.integration.test_environments import leaves_nothing

Settings = dict[str, Any]
Objects = list[dict[str, Any]]

NAME = "api.example.com"
GCP_REGION: Settings = {
    "region": "us-central1",
    "zones": ["us-central1-a", "us-central1-b"],
    "cidr": "10.96.0.0/20",
    "landing": "10.97.0.0/16",
}
AWS, GCP = "aws-us-east-2", "gcp-us-central1"


def steered(settings: Settings) -> None:
    """A region in AWS and one in GCP, which are in one control plane, under one name."""
    settings["regions"] = [settings["regions"][0], dict(GCP_REGION)]
    del settings["azure"]
    settings["cache"] = None  # One control plane for both clouds.
    settings["zones"] = {
        "example.com": {"service": "cloud-dns", "managed_zone": "example-com", "create": True}
    }
    settings["domains"] = {NAME: {}}
    settings["entry"] = {"strategy": "geo", "name": NAME}


def drained(*keys: str) -> Callable[[Settings], None]:
    """Drain these regions, and no other."""

    def change(settings: Settings) -> None:
        for region in settings["regions"]:
            cloud = "gcp" if region["region"] == "us-central1" else "aws"
            region["drain"] = f"{cloud}-{region['region']}" in keys

    return change


def objects(world: World, kind: str) -> Objects:
    """The objects of a type of GCP, by the end of its token."""
    found = world.sandbox.state()["gcp"]
    (token,) = [token for token in found if token.endswith(f":{kind}")]
    return list(found[token].values())


def private(settings: Settings) -> None:
    """One private region in GCP, behind a load balancer of its landing."""
    settings["regions"] = [{**GCP_REGION, "load_balancer": {}}]
    del settings["azure"]
    settings["cache"] = None
    settings["api_access"] = "private"


def record(world: World, name: str, type_: str) -> dict[str, Any]:
    (found,) = [
        one for one in objects(world, "RecordSet") if (one["name"], one["type"]) == (name, type_)
    ]
    return found


def changed_in_place(output: str) -> bool:
    """Whether an update created, replaced and deleted nothing."""
    return bool(re.search(r"~ [1-9]\d* updated", output)) and not re.search(
        r"(\+|-|\+-) \d+ (created|deleted|replaced)", output
    )


def stays(world: World) -> None:
    """Neither a preview nor a refresh finds a change."""
    world.project.ok("preview", "--stack", "dev", "--expect-no-changes")
    refreshed = ("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    world.project.ok(*refreshed)


def test_cloud_dns_steers_a_name_drains_a_region_in_place_and_a_global_load_balancer_takes_over(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", steered)
    world.init("dev")
    assert "Cloud DNS checks the health of addresses only" in world.up("dev", preview=True)

    hostnames = {
        key: region["hostnames"][0] for key, region in world.outputs("dev")["regions"].items()
    }
    items = record(world, f"{NAME}.", "CNAME")["routingPolicy"]["geos"]
    assert {item["location"]: item["rrdatas"] for item in items} == {
        "us-east5": [f"{hostnames[AWS]}."],
        "us-central1": [f"{hostnames[GCP]}."],
    }
    stays(world)

    world.settings("dev", drained(AWS))
    assert changed_in_place(world.up("dev"))
    items = record(world, f"{NAME}.", "CNAME")["routingPolicy"]["geos"]
    assert [item["location"] for item in items] == ["us-central1"]

    def behind_an_edge(settings: Settings) -> None:
        drained()(settings)
        settings["domains"] = {}
        settings["entry"] = {
            "strategy": "edge",
            "name": "edge.example.com",
            "edge": {"service": "google-load-balancer", "lock": False},
        }

    world.settings("dev", behind_an_edge)
    world.up("dev")
    address = objects(world, "GlobalAddress")[0]["address"]
    assert record(world, "edge.example.com.", "A")["rrdatas"] == [address]
    (certificate,) = objects(world, "Certificate")
    assert certificate["managed"]["state"] == "ACTIVE"
    assert {one["fqdn"] for one in objects(world, "GlobalNetworkEndpoint")} == set(
        hostnames.values()
    )
    services = objects(world, "BackendService")
    assert all(one["securityPolicy"] for one in services)
    plugins = world.sandbox.konnect("plugins").values()
    (lock,) = [plugin for plugin in plugins if plugin["name"] == "pre-function"]
    sent = {header for one in services for header in one["customRequestHeaders"]}
    (secret,) = [header.removeprefix(f"{HEADER}: ") for header in sent]
    assert f'"{secret}"' in lock["config"]["access"][0]
    assert lock["enabled"] is False
    stays(world)

    def locked(settings: Settings) -> None:
        drained(GCP)(settings)
        del settings["entry"]["edge"]["lock"]

    world.settings("dev", locked)
    assert changed_in_place(world.up("dev"))
    (lock,) = [
        plugin
        for plugin in world.sandbox.konnect("plugins").values()
        if plugin["name"] == "pre-function"
    ]
    assert lock["enabled"] is True
    (url_map,) = objects(world, "URLMap")
    shares = url_map["defaultRouteAction"]["weightedBackendServices"]
    assert sorted(share["weight"] for share in shares) == [0, 100]

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)


def test_an_internal_load_balancer_leads_to_the_private_addresses_of_a_gateway(
    make_world: Callable[..., World],
) -> None:
    world = make_world(speed=2000)
    world.settings("dev", private)
    world.init("dev")
    world.up("dev", preview=True)

    (endpoints,) = objects(world, "NetworkEndpointList")
    addresses = world.outputs("dev")["regions"][GCP]["private_ip_addresses"]
    assert [one["ipAddress"] for one in endpoints["networkEndpoints"]] == sorted(addresses)
    (front,) = objects(world, "ForwardingRule")
    (workload,) = [one for one in objects(world, "Subnetwork") if one["purpose"] == "PRIVATE"]
    assert ip_address(front["ipAddress"]) in ip_network(workload["ipCidrRange"])
    (proxies,) = [one for one in objects(world, "Subnetwork") if one["purpose"] != "PRIVATE"]
    assert ip_network(proxies["ipCidrRange"]).subnet_of(ip_network(GCP_REGION["landing"]))
    stays(world)

    world.project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert world.sandbox.settled(leaves_nothing), json.dumps(world.sandbox.state(), indent=1)
