"""The way from a gateway in GCP to its Redis, hop by hop, and each hop that stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.accounts import CUSTOMER_GCP_PROJECT, KONG_GCP_PROJECT
from sandbox.clouds.gcp import GCP
from sandbox.clouds.gcp.redis import REDIS
from sandbox.clouds.gcp.redis_path import Path, redis_path
from sandbox.clouds.world import PENDING, World
from sandbox.handshakes import gcp_peering
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.gcp.objects import API, PROJECT, redis, subnetwork
from tests.sandbox.clouds.harness import Made, Provider, Refused

KONG = f"projects/{KONG_GCP_PROJECT}/global/networks/kong-1"
GATEWAY = "10.64.0.0/20"
PORT = 6378
PROBES = ["130.211.0.0/22", "35.191.0.0/16"]
NETWORK_ID = "0a1b2c3d-0000-4000-8000-000000000001"


def script(host: str, port: int = PORT) -> str:
    return (
        "#!/bin/bash\n"
        f"iptables -t nat -A PREROUTING -p tcp --dport {PORT} -j DNAT "
        f"--to-destination {host}:{port}\n"
    )


def let_in(gcp: Provider, name: str, blocks: list[str], **more: Any) -> Made:
    inputs = {
        "network": "n",
        "sourceRanges": blocks,
        "allows": [{"protocol": "tcp", "ports": [str(PORT)]}],
        "targetTags": ["redis"],
        **more,
    }
    return gcp.create(tokens.GCP_FIREWALL, name, name=name, **inputs)


def template(gcp: Provider, host: str, name: str = "t", port: int = PORT) -> Made:
    return gcp.create(
        tokens.GCP_INSTANCE_TEMPLATE,
        name,
        name=name,
        machineType="e2-small",
        disks=[{"boot": True, "sourceImage": "projects/cos-cloud/global/images/family/cos-stable"}],
        networkInterfaces=[{"subnetwork": "s"}],
        metadata={"startup-script": script(host, port)},
        tags=["redis"],
    )


def group(gcp: Provider, of: Made, **more: Any) -> Made:
    inputs = {
        "name": "m",
        "baseInstanceName": "forwarder",
        "versions": [{"instanceTemplate": of.id}],
        "targetSize": 2,
        "distributionPolicyZones": ["us-east4-a", "us-east4-b"],
        **more,
    }
    return gcp.create(tokens.GCP_INSTANCE_GROUP, "m", **inputs)


def konnect_network(store: Store, region: str = "us-east4") -> None:
    body = {
        "id": NETWORK_ID,
        "_provider": "gcp",
        "region": region,
        "cidr_block": GATEWAY,
        "provider_metadata": {"vpc_id": "kong-1"},
    }
    store.put("konnect", "networks", NETWORK_ID, body)


class Built:
    """A Redis behind forwarders, in a network that is peered with Kong's."""

    def __init__(self, gcp: Provider, store: Store) -> None:
        self.gcp, self.store = gcp, store
        gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)
        subnetwork(gcp, "s", "10.65.128.0/28")
        konnect_network(store)
        ends = {"network": f"{PROJECT}/global/networks/n", "peerNetwork": KONG}
        self.peering = gcp.create(tokens.GCP_PEERING, "p", name="p", **ends)
        with store.transaction():
            gcp_peering.open_(
                store,
                peer_project_id=CUSTOMER_GCP_PROJECT,
                peer_vpc_name="n",
                kong_network="kong-1",
                cidr_block=GATEWAY,
            )
        self.redis = redis(gcp, transitEncryptionMode="SERVER_AUTHENTICATION", authEnabled=True)
        self.template = template(gcp, self.redis["host"])
        self.group = group(gcp, self.template)
        self.check = gcp.create(
            tokens.GCP_REGION_HEALTH_CHECK, "c", name="c", sslHealthCheck={"port": PORT}
        )
        self.probes = let_in(gcp, "probes", PROBES)
        self.gateway = let_in(gcp, "gateway", [GATEWAY])
        self.service = gcp.create(
            tokens.GCP_REGION_BACKEND_SERVICE,
            "b",
            name="b",
            protocol="TCP",
            healthChecks=self.check.id,
            backends=[{"group": self.group["instanceGroup"], "balancingMode": "CONNECTION"}],
        )
        self.rule = gcp.create(
            tokens.GCP_FORWARDING_RULE,
            "f",
            name="f",
            loadBalancingScheme="INTERNAL",
            backendService=self.service.id,
            network="n",
            subnetwork="s",
            ports=[str(PORT)],
        )

    def path(self, host: str | None = None, port: int = PORT) -> Path:
        return redis_path(self.store, NETWORK_ID, host or self.rule["ipAddress"], port)


@pytest.fixture
def built(gcp: Provider, store: Store) -> Built:
    return Built(gcp, store)


def test_a_packet_arrives_over_the_peering_the_load_balancer_and_a_forwarder(built: Built) -> None:
    found = built.path()
    assert found.stopped == ""
    assert found.instance is not None
    assert found.instance.id == built.redis.id
    assert [hop.split()[0] for hop in found.hops] == [
        "Kong's",
        "peering",
        "forwarding",
        "backend",
        "firewall",
        "forwarders",
        "Memorystore",
    ]


@pytest.mark.parametrize("network", [KONG, API + KONG, NETWORK_ID])
def test_kongs_network_is_given_by_its_id_its_path_or_its_url(built: Built, network: str) -> None:
    assert redis_path(built.store, network, built.rule["ipAddress"], PORT).instance is not None


def test_a_memorystore_itself_is_out_of_reach(built: Built) -> None:
    found = built.path(built.redis["host"])
    assert found.instance is None
    assert found.stopped == (
        f"{built.redis['host']}: it is the Memorystore r, which is only peered with n, and peering "
        "is not transitive"
    )


def no_gateway_rule(built: Built) -> None:
    built.gcp.delete(built.gateway)


def no_probe_rule(built: Built) -> None:
    built.gcp.delete(built.probes)


def one_probe_block(built: Built) -> None:
    built.probes = built.gcp.update(built.probes, sourceRanges=PROBES[:1])


def denied(built: Built) -> None:
    deny = {"denies": [{"protocol": "all"}], "sourceRanges": [GATEWAY], "priority": 1}
    built.gcp.create(tokens.GCP_FIREWALL, "deny", name="deny", network="n", **deny)


def denied_out(built: Built) -> None:
    deny = {"direction": "EGRESS", "denies": [{"protocol": "tcp"}], "priority": 1}
    built.gcp.create(tokens.GCP_FIREWALL, "deny", name="deny", network="n", **deny)


def disabled(built: Built) -> None:
    built.gcp.update(built.gateway, disabled=True)


def for_others(built: Built) -> None:
    built.gcp.update(built.gateway, targetTags=["web"])


def no_instances(built: Built) -> None:
    built.gcp.update(built.group, targetSize=0)


def to_nowhere(built: Built) -> None:
    other = template(built.gcp, "10.9.9.9", "other")
    built.gcp.update(built.group, versions=[{"instanceTemplate": other.id}])


def to_another_port(built: Built) -> None:
    other = template(built.gcp, built.redis["host"], "other", 6379)
    built.gcp.update(built.group, versions=[{"instanceTemplate": other.id}])


def plain_check(built: Built) -> None:
    check = {"name": "h", "httpHealthCheck": {"port": PORT}}
    made = built.gcp.create(tokens.GCP_REGION_HEALTH_CHECK, "h", **check)
    built.gcp.update(built.service, healthChecks=made.id)


def redis_in_creation(built: Built) -> None:
    world = World(GCP, built.store, CUSTOMER_GCP_PROJECT, "us-east4")
    body = {**(world.get(REDIS, built.redis.id) or {}), PENDING: {}}
    with built.store.transaction():
        world.put(REDIS, built.redis.id, body)


def no_peering(built: Built) -> None:
    built.gcp.delete(built.peering)


def another_region(built: Built) -> None:
    konnect_network(built.store, "us-central1")


@pytest.mark.parametrize(
    ("spoil", "stopped"),
    [
        (no_gateway_rule, "no rule lets 10.64.0.0/20 in on port 6378"),
        (disabled, "no rule lets 10.64.0.0/20 in on port 6378"),
        (for_others, "no rule lets 10.64.0.0/20 in on port 6378"),
        (denied, "firewall rule deny: it denies 10.64.0.0/20 on port 6378"),
        (no_probe_rule, "no VM is healthy, because health checks from 130.211.0.0/22 do not"),
        (one_probe_block, "no VM is healthy, because health checks from 35.191.0.0/16 do not"),
        (denied_out, "no VM is healthy, because the check ends at firewall rule deny"),
        (no_instances, "instance group m: it has no VMs"),
        (to_nowhere, "no VM is healthy, because the check ends at 10.9.9.9: no Memorystore"),
        (to_another_port, "Memorystore r: it listens on port 6378, not on 6379"),
        (plain_check, "Redis does not answer a health check of the type HTTP"),
        (redis_in_creation, "Memorystore r: it is still being created"),
        (no_peering, "Kong's network kong-1: the peering with"),
        (another_region, "it is for clients in us-east4, and the gateway is in us-central1"),
    ],
)
def test_each_hop_can_stop_a_packet(
    built: Built, spoil: Callable[[Built], None], stopped: str
) -> None:
    spoil(built)
    found = built.path()
    assert found.instance is None
    assert stopped in found.stopped


def test_a_port_that_the_rule_does_not_have_is_closed(built: Built) -> None:
    assert built.path(port=6379).stopped == "forwarding rule f: it has the ports 6378, not 6379"


def test_an_address_of_nobody_leads_nowhere(built: Built) -> None:
    assert "has the address" in built.path("10.65.128.14").stopped
    assert "it is not an IPv4 address" in built.path("redis.example.com").stopped


def test_global_access_lets_a_gateway_of_another_region_in(built: Built) -> None:
    another_region(built)
    built.gcp.update(built.rule, allowGlobalAccess=True)
    assert built.path().stopped == ""


# Instance groups


def test_the_vms_of_a_group_are_in_zones_of_its_region(built: Built) -> None:
    with pytest.raises(Refused, match="The zone must be one of the region us-east4"):
        group(built.gcp, built.template, name="o", distributionPolicyZones=["us-central1-a"])


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ({"maxSurgeFixed": 1}, "has to be either 0 or at least equal to the number of zones"),
        ({"maxUnavailableFixed": 1}, r"updatePolicy\.maxUnavailable for regional managed"),
        ({"maxSurgeFixed": 0, "maxUnavailableFixed": 0}, "cannot both be 0"),
    ],
)
def test_an_update_replaces_as_many_vms_as_there_are_zones(
    built: Built, policy: dict[str, int], why: str
) -> None:
    update = {"type": "PROACTIVE", "minimalAction": "REPLACE", **policy}
    with pytest.raises(Refused, match=why):
        group(built.gcp, built.template, name="o", updatePolicy=update)


def test_the_subnetwork_must_have_an_address_for_each_vm(built: Built) -> None:
    with pytest.raises(Refused, match="it has 12 addresses for instances, 13 are needed"):
        group(built.gcp, built.template, name="o", targetSize=13)


def test_a_template_is_replaced_and_a_group_takes_the_new_one_in_place(built: Built) -> None:
    changed = built.gcp.diff(built.template, metadata={"startup-script": script("10.9.9.9")})
    assert list(changed.replaces) == ["metadata"]
    other = template(built.gcp, built.redis["host"], "other")
    moved = built.gcp.diff(built.group, versions=[{"instanceTemplate": other.id}])
    assert list(moved.replaces) == []


def test_a_template_that_a_group_uses_cannot_be_deleted(built: Built) -> None:
    with pytest.raises(Refused, match="is already being used by"):
        built.gcp.delete(built.template)


# The load balancer


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({"protocol": "HTTP"}, "The protocol must be TCP for an INTERNAL backend service"),
        (
            {"backends": [{"balancingMode": "UTILIZATION"}]},
            "Balancing mode must be CONNECTION for an INTERNAL backend service",
        ),
        (
            {"backends": [{"balancingMode": "CONNECTION", "maxConnections": 9}]},
            "It cannot be set for an INTERNAL backend service",
        ),
        ({"loadBalancingScheme": "INTERNAL_MANAGED"}, "is not modelled for such a group"),
    ],
)
def test_a_passthrough_load_balancer_counts_connections_of_tcp(
    built: Built, inputs: dict[str, Any], why: str
) -> None:
    backend = {"group": built.group["instanceGroup"], "balancingMode": "CONNECTION"}
    backends = [{**backend, **one} for one in inputs.pop("backends", [backend])]
    of = {"protocol": "TCP", "healthChecks": built.check.id, "backends": backends}
    with pytest.raises(Refused, match=why):
        built.gcp.create(tokens.GCP_REGION_BACKEND_SERVICE, "o", **{**of, **inputs})


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({"loadBalancingScheme": "INTERNAL_MANAGED"}, "must be INTERNAL for both"),
        ({"ports": [str(port) for port in range(1, 7)]}, "one to five ports"),
        ({"network": "other"}, "The instances of .* are in the network"),
        ({"ipAddress": "10.9.9.9"}, "must be in the range of the subnetwork"),
    ],
)
def test_a_rule_of_a_passthrough_load_balancer_fits_its_backends(
    built: Built, inputs: dict[str, Any], why: str
) -> None:
    built.gcp.create(tokens.GCP_NETWORK, "o", name="other", autoCreateSubnetworks=False)
    of = {
        "loadBalancingScheme": "INTERNAL",
        "backendService": built.service.id,
        "network": "n",
        "subnetwork": "s",
        "ports": [str(PORT)],
    }
    with pytest.raises(Refused, match=why):
        built.gcp.create(tokens.GCP_FORWARDING_RULE, "o", **{**of, **inputs})


def test_an_address_and_port_belong_to_one_rule(built: Built) -> None:
    of = {
        "loadBalancingScheme": "INTERNAL",
        "backendService": built.service.id,
        "network": "n",
        "subnetwork": "s",
        "ports": [str(PORT)],
        "ipAddress": built.rule["ipAddress"],
    }
    with pytest.raises(Refused, match="is in-use and would result in a conflict"):
        built.gcp.create(tokens.GCP_FORWARDING_RULE, "o", **of)
    assert built.gcp.create(tokens.GCP_FORWARDING_RULE, "o", **{**of, "ports": ["6379"]})
