"""Properties of any sequence of requests: no object refers to a missing one, all can be deleted.

The requests go to the actions directly, without HTTP, so that many sequences run in a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.accounts import CUSTOMER_AWS_ACCOUNT
from sandbox.aviatrix import app, records, tasks
from sandbox.aviatrix.actions import ACTIONS, Asked, Refused, Work
from sandbox.clock import VirtualClock
from sandbox.clouds import life
from sandbox.clouds.aws import AWS
from sandbox.clouds.aws.vpc import SUBNET, VPC
from sandbox.clouds.declare import CloudError
from sandbox.clouds.world import World
from sandbox.store import Body, Found, Store

REGION = "us-east-2"
SIZE = {"gw_size": "c5.xlarge"}
TRANSITS, SPOKES = ("t1", "t2", "t3"), ("s1", "s2", "s3")
GATEWAYS = (*TRANSITS, *SPOKES)
CONNECTIONS, DOMAINS = ("c1", "c2"), ("d1", "d2")
FORTINET = "Fortinet FortiGate Next-Generation Firewall"


@dataclass
class Site:
    """A controller with a VPC for each gateway of AWS."""

    store: Store
    vpcs: dict[str, Found]

    @classmethod
    def new(cls) -> Site:
        store = Store(":memory:", VirtualClock(speed=0))
        app.create_app(store)
        site = cls(store, {})
        with store.transaction():
            for number, name in enumerate(GATEWAYS):
                block = f"10.{number}.0.0"
                vpc = site.cloud_object(VPC, {"cidrBlock": f"{block}/16"})
                site.cloud_object(SUBNET, {"vpcId": vpc.id, "cidrBlock": f"{block}/26"})
                site.vpcs[name] = vpc
        account = {"account_name": "a", "cloud_type": "1", "aws_iam": "true"}
        site.request("setup_account_profile", **account, aws_account_number=CUSTOMER_AWS_ACCOUNT)
        return site

    def cloud_object(self, type_: Any, values: Body) -> Found:
        world = World(AWS, self.store, CUSTOMER_AWS_ACCOUNT, REGION)
        return life.create(world.call(type_, values), instant=True)

    def request(self, action: str, **fields: str) -> bool:
        """Perform an action, without waiting for its task; whether it was accepted."""
        found = ACTIONS[action]
        try:
            with self.store.transaction():
                found.check(fields)
                asked = Asked(self.store, action, fields)
                result = found.handler(asked)
                if isinstance(result, Work):
                    tasks.begin(self.store, asked, result)
        except Refused:
            return False
        return True

    def wait(self, minutes: int) -> None:
        self.store.clock.advance(minutes * 60)
        with self.store.transaction():
            pass

    def every(self, kind: str) -> list[Body]:
        return list(records.every(self.store, kind))

    def has(self, kind: str, id_: str) -> bool:
        return records.get(self.store, kind, id_) is not None

    # Requests, each about the objects that two numbers choose

    def create_gateway(self, one: int, other: int) -> None:
        name = GATEWAYS[one % len(GATEWAYS)]
        fields = {"transit": "true"} if name in TRANSITS else {}
        block = f"10.{GATEWAYS.index(name)}.0.0/26"
        self.request(
            "create_multicloud_primary_gateway",
            account_name="a",
            cloud_type="1",
            gw_name=name,
            vpc_id=self.vpcs[name].id,
            vpc_region=REGION,
            gw_subnet=block,
            **SIZE,
            **fields,
        )

    def create_ha(self, one: int, other: int) -> None:
        name = GATEWAYS[one % len(GATEWAYS)]
        self.request(
            "create_multicloud_ha_gateway",
            primary_gw_name=name,
            gw_subnet=f"10.{GATEWAYS.index(name)}.0.0/26",
            autogen_hagw_name="yes",
            **SIZE,
        )

    def resize(self, one: int, other: int) -> None:
        self.request("edit_gw_config", gw_name=self.gateway(one, other), gw_size=f"size{other}")

    def delete_gateway(self, one: int, other: int) -> None:
        self.request("delete_container", cloud_type="1", gw_name=self.gateway(one, other))

    def gateway(self, one: int, other: int) -> str:
        name = GATEWAYS[one % len(GATEWAYS)]
        return name if other % 2 else f"{name}-hagw"

    def attach(self, one: int, other: int) -> None:
        self.request("attach_spoke_to_transit_gw", **self.pair(one, other))

    def detach(self, one: int, other: int) -> None:
        self.request("detach_spoke_from_transit_gw", **self.pair(one, other))

    def pair(self, one: int, other: int) -> dict[str, str]:
        return {"spoke_gw": SPOKES[one % 3], "transit_gw": TRANSITS[other % 3]}

    def peer(self, one: int, other: int) -> None:
        names = {"gateway1": TRANSITS[one % 3], "gateway2": TRANSITS[other % 3]}
        self.request("create_inter_transit_gateway_peering", **names)

    def unpeer(self, one: int, other: int) -> None:
        names = {"gateway1": TRANSITS[one % 3], "gateway2": TRANSITS[other % 3]}
        self.request("delete_inter_transit_gateway_peering", **names)

    def switch(self, one: int, other: int) -> None:
        verb = ("enable", "disable")[other % 2]
        name = TRANSITS[one % 3]
        if other % 3 == 0:
            domains = "transit_gateway_for_multi_cloud_security_domain"
            self.request(f"{verb}_{domains}", transit_gateway_name=name)
        elif other % 3 == 1:
            self.request(f"{verb}_gateway_for_transit_firenet", gateway_name=name)
        else:
            egress = "transit_firenet_on_egress_transit_gateway"
            self.request(f"{verb}_{egress}", gateway_name=name)

    def launch_firewall(self, one: int, other: int) -> None:
        name = TRANSITS[one % 3]
        self.request(
            "add_firewall_instance",
            gw_name=name,
            firewall_name=f"f{other % 2}",
            firewall_image=FORTINET,
            firewall_size="c5.xlarge",
            egress_subnet=f"10.{GATEWAYS.index(name)}.0.0/26",
        )

    def associate_firewall(self, one: int, other: int) -> None:
        firewalls = self.every(records.FIREWALLS)
        if firewalls:
            firewall = firewalls[one % len(firewalls)]
            name = firewall["gateway"] + ("-hagw" if other % 2 else "")
            self.request(
                "associate_firewall_with_firenet",
                vpc_id=firewall["vpc_id"],
                gateway_name=name,
                firewall_id=firewall["id"],
                lan_interface=firewall["lan_interface"],
                vendor="Fortinet",
            )

    def end_firewall(self, one: int, other: int) -> None:
        firewalls = self.every(records.FIREWALLS)
        if firewalls:
            firewall = firewalls[one % len(firewalls)]
            action = (
                "delete_firenet_firewall_instance",
                "disassociate_firewall_with_firenet",
                "attach_firewall_to_firenet",
            )[other % 3]
            self.request(action, vpc_id=firewall["vpc_id"], firewall_id=firewall["id"])

    def policy(self, one: int, other: int) -> None:
        resources = [
            *(f"SPOKE:{name}" for name in SPOKES),
            *(f"PEERING:{name}" for name in TRANSITS),
            *(f"SITE2CLOUD:{name}" for name in CONNECTIONS),
        ]
        verb = "delete_spoke_from" if other % 4 == 3 else "add_spoke_to"
        self.request(
            f"{verb}_transit_firenet_inspection",
            firenet_gateway_name=TRANSITS[one % 3],
            spoke_gateway_name=resources[other % len(resources)],
        )

    def domain(self, one: int, other: int) -> None:
        verb = "delete" if other % 4 == 3 else "add"
        self.request(f"{verb}_multi_cloud_security_domain", domain_name=DOMAINS[one % 2])

    def domain_policy(self, one: int, other: int) -> None:
        verb = "disconnect" if other % 4 == 3 else "connect"
        pair = {"domain_name": DOMAINS[one % 2], "other_domain_name": DOMAINS[other % 2]}
        self.request(f"{verb}_multi_cloud_security_domains", **pair)

    def member(self, one: int, other: int) -> None:
        verb = "disassociate_attachment_from" if other % 4 == 3 else "associate_attachment_to"
        names = (*SPOKES, *CONNECTIONS)
        fields = {"attachment_name": names[one % 5], "domain_name": DOMAINS[other % 2]}
        self.request(f"{verb}_multi_cloud_security_domain", **fields)

    def connect(self, one: int, other: int) -> None:
        name = TRANSITS[one % 3]
        block = f"169.254.{one % 3}.{4 * (other % 2)}"
        local, remote = (f"{block[:-1]}{int(block[-1]) + end}/30" for end in (2, 1))
        self.request(
            "connect_transit_gw_to_external_device",
            vpc_id=self.vpcs[name].id,
            connection_name=CONNECTIONS[other % 2],
            transit_gw=name,
            routing_protocol="bgp",
            bgp_local_as_number=str(64900 + one % 3),
            external_device_as_number="64512",
            external_device_ip_address="52.1.2.3",
            local_tunnel_ip=local,
            remote_tunnel_ip=remote,
        )

    def disconnect(self, one: int, other: int) -> None:
        fields = {"connection_name": CONNECTIONS[other % 2]}
        self.request("disconnect_transit_gw", vpc_id=self.vpcs[TRANSITS[one % 3]].id, **fields)

    def pass_time(self, one: int, other: int) -> None:
        self.wait(one % 7)

    def fail_next(self, one: int, other: int) -> None:
        actions = ("create_.*", "delete_.*", "attach_.*", "detach_.*", "edit_gw_config")
        tasks.fail_next(self.store, actions[one % 5], "", "no capacity", 1)

    def vanish(self, one: int, other: int) -> None:
        """Try to delete what everything stands on: an account, or a VPC."""
        self.request("delete_account_profile", account_name="none" if other % 2 else "a")
        found = self.vpcs[GATEWAYS[one % 6]]
        world = World(AWS, self.store, CUSTOMER_AWS_ACCOUNT, REGION)
        used = any(gateway["vpc_id"] == found.id for gateway in self.every(records.GATEWAYS))
        if used:
            with pytest.raises(CloudError, match="DependencyViolation"):
                life.delete(world.call(VPC, VPC.values(found.body), found.id), found)


STEPS = (
    *(Site.create_gateway, Site.create_ha, Site.resize, Site.delete_gateway),
    *(Site.attach, Site.detach, Site.peer, Site.unpeer, Site.switch),
    *(Site.launch_firewall, Site.associate_firewall, Site.end_firewall, Site.policy),
    *(Site.domain, Site.domain_policy, Site.member, Site.connect, Site.disconnect),
    *(Site.pass_time, Site.fail_next, Site.vanish),
)
NUMBERS = st.integers(0, 11)
SEQUENCES = st.lists(st.tuples(st.sampled_from(STEPS), NUMBERS, NUMBERS), max_size=60)


def build(site: Site) -> None:
    """A start in which most requests are accepted: every gateway, most of what joins them."""
    for number in range(6):
        site.create_gateway(number, 0)
    site.wait(6)
    for number in range(3):
        site.create_ha(number, 0)
        site.attach(number, number)
        site.switch(number, 0)
        site.switch(number, 4)
        site.domain(number, 0)
    site.peer(0, 1)
    site.peer(1, 2)
    site.wait(6)
    for number in range(3):
        site.connect(number, number)
        site.launch_firewall(number, number)
        site.policy(number, number)
        site.member(number, number)
    site.domain_policy(0, 1)
    site.wait(6)
    for number in range(3):
        site.associate_firewall(number, number)


def dangling(site: Site) -> Iterator[str]:
    """Every reference to an object that is not there."""

    def needs(what: str, kind: str, id_: str) -> Iterator[str]:
        if not site.has(kind, id_):
            yield f"{what} refers to {kind} {id_}"

    for gateway in site.every(records.GATEWAYS):
        yield from needs(gateway["name"], records.ACCOUNTS, gateway["account"])
        if gateway["primary"]:
            yield from needs(gateway["name"], records.GATEWAYS, gateway["primary"])
    for one in site.every(records.ATTACHMENTS):
        yield from needs("attachment", records.GATEWAYS, one["spoke"])
        yield from needs("attachment", records.GATEWAYS, one["transit"])
    for one in site.every(records.PEERINGS):
        yield from needs("peering", records.GATEWAYS, one["gateway1"])
        yield from needs("peering", records.GATEWAYS, one["gateway2"])
    for kind in (records.CONNECTIONS, records.FIREWALLS):
        for one in site.every(kind):
            yield from needs(kind, records.GATEWAYS, one["gateway"])
    for one in site.every(records.ASSOCIATIONS):
        yield from needs("association", records.GATEWAYS, one["gateway_name"])
        yield from needs("association", records.FIREWALLS, one["firewall_id"])
    for one in site.every(records.DOMAIN_POLICIES):
        for name in one["domains"]:
            yield from needs("domain policy", records.DOMAINS, name)
    for one in site.every(records.DOMAIN_ASSOCIATIONS):
        yield from needs("member", records.DOMAINS, one["domain"])
        kind = records.ATTACHMENTS if one["type"] == "SPOKE" else records.CONNECTIONS
        yield from needs("member", kind, f"{one['name']}~{one['transit']}")
    for one in site.every(records.POLICIES):
        prefix, _, name = one["resource"].partition(":")
        pair = (name, one["transit"])
        if prefix == "PEERING":
            yield from needs("policy", records.PEERINGS, "~".join(sorted(pair)))
        else:
            kind = records.ATTACHMENTS if prefix == "SPOKE" else records.CONNECTIONS
            yield from needs("policy", kind, "~".join(pair))


def check(site: Site) -> None:
    assert list(dangling(site)) == []
    assert not any("_failed" in task for task in site.every(records.TASKS))
    gateways = site.every(records.GATEWAYS)
    addresses = [gateway["private_ip"] for gateway in gateways]
    addresses += [firewall["private_ip"] for firewall in site.every(records.FIREWALLS)]
    assert len(set(addresses)) == len(addresses)
    known = {gateway["name"]: gateway for gateway in gateways}
    for one in site.every(records.POLICIES):
        assert known[one["transit"]]["enable_transit_firenet"]
    for one in site.every(records.DOMAIN_ASSOCIATIONS):
        assert known[one["transit"]]["enable_segmentation"]


def destroy(site: Site) -> None:
    """Delete everything in the documented order; every request is accepted."""

    def must(action: str, **fields: str) -> None:
        assert site.request(action, **fields), (action, fields)
        site.wait(5)

    for one in site.every(records.DOMAIN_ASSOCIATIONS):
        must(
            "disassociate_attachment_from_multi_cloud_security_domain",
            attachment_name=one["name"],
            domain_name=one["domain"],
        )
    for one in site.every(records.DOMAIN_POLICIES):
        first, second = one["domains"]
        must("disconnect_multi_cloud_security_domains", domain_name=first, other_domain_name=second)
    for one in site.every(records.DOMAINS):
        must("delete_multi_cloud_security_domain", domain_name=one["name"])
    for one in site.every(records.POLICIES):
        must(
            "delete_spoke_from_transit_firenet_inspection",
            firenet_gateway_name=one["transit"],
            spoke_gateway_name=one["resource"],
        )
    for one in site.every(records.ASSOCIATIONS):
        at = {"vpc_id": site.vpcs[one["primary"]].id, "firewall_id": one["firewall_id"]}
        must("disassociate_firewall_with_firenet", **at)
    for one in site.every(records.FIREWALLS):
        must("delete_firenet_firewall_instance", vpc_id=one["vpc_id"], firewall_id=one["id"])
    for one in site.every(records.CONNECTIONS):
        must("disconnect_transit_gw", vpc_id=one["vpc_id"], connection_name=one["name"])
    for one in site.every(records.ATTACHMENTS):
        pair = {"spoke_gw": one["spoke"], "transit_gw": one["transit"]}
        must("detach_spoke_from_transit_gw", **pair)
    for one in site.every(records.PEERINGS):
        pair = {"gateway1": one["gateway2"], "gateway2": one["gateway1"]}
        must("delete_inter_transit_gateway_peering", **pair)
    for one in site.every(records.GATEWAYS):
        if one["enable_egress_transit_firenet"] and not one["primary"]:
            egress = "transit_firenet_on_egress_transit_gateway"
            must(f"disable_{egress}", gateway_name=one["name"])
        if one["enable_transit_firenet"] and not one["primary"]:
            must("disable_gateway_for_transit_firenet", gateway_name=one["name"])
    ha_first = sorted(site.every(records.GATEWAYS), key=lambda gateway: not gateway["primary"])
    for one in ha_first:
        must("delete_container", cloud_type="1", gw_name=one["name"])
    for one in site.every(records.ACCOUNTS):
        must("delete_account_profile", account_name=one["account_name"])


@pytest.mark.parametrize("from_nothing", [True, False], ids=["from nothing", "from a network"])
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=SEQUENCES)
def test_no_object_refers_to_a_missing_one_and_all_can_be_deleted(
    from_nothing: bool, sequence: list[Any]
) -> None:
    site = Site.new()
    if not from_nothing:
        build(site)
        assert len(site.every(records.ATTACHMENTS)) == len(site.every(records.CONNECTIONS)) == 3
    for step, one, other in sequence:
        step(site, one, other)
        check(site)
    tasks.forget_failures(site.store)
    site.wait(10)
    check(site)
    destroy(site)
    assert not site.store.everything().get("aviatrix")
    world = World(AWS, site.store, CUSTOMER_AWS_ACCOUNT, REGION)
    for type_ in (SUBNET, VPC):
        for found in list(world.every(type_)):
            life.delete(world.call(type_, type_.values(found.body), found.id), found)
    site.store.close()
