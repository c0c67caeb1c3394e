"""The fabric in the settings: what the component gets, and what is refused."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from components.addressing.plan import AddressPlan, extended
from components.fabric.model import FabricDriver, FabricNumbers, FabricPlan
from components.regions import Cloud
from stacks.address_files import RecordedPlans
from stacks.address_plan import requests_of
from stacks.arguments import gateway_args
from stacks.commands import CHECKOUT
from stacks.defaults import fill
from stacks.fabric import planned_fabric
from stacks.settings import SettingsError, load, warnings
from tests.stacks.baseline import FILE, with_change

VNET = (
    "/subscriptions/0a1b2c3d-0000-4000-8000-00000000aaaa/resourceGroups/orders/providers/"
    "Microsoft.Network/virtualNetworks/orders"
)
SERVICE = "com.amazonaws.vpce.{}.vpce-svc-0123456789abcdef0"
APPLIANCE = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkVirtualAppliances/fw"
)
SHOP = {"region": "aws-us-east-2", "segment": "shop"}
ORDERS = {"region": "azure-eastus2", "segment": "shop", "cidr": "10.82.16.0/20"}


def document(**fabric: Any) -> dict[str, Any]:
    """The baseline with a virtual hub in Azure, and with a fabric."""
    written = with_change("regions", 1, "links", to={"virtual-hub": {"address_prefix": HUB}})
    written["fabric"] = fabric
    return written


HUB = "10.82.0.0/23"
AVIATRIX = {
    "accounts": {"aws": "aws-test", "azure": "azure-test", "gcp": "gcp-test"},
    "networks": {
        "aws-us-east-2": "172.20.0.0/23",
        "azure-eastus2": "172.20.2.0/23",
        "gcp-us-central1": "172.20.4.0/23",
    },
}


def recorded(written: Mapping[str, Any]) -> RecordedPlans:
    """The plan that `make addresses` records for a document."""
    plan = extended(AddressPlan(), requests_of(fill("test", written).document))
    settings = load("test", written, plans=RecordedPlans("test", plan), recording=True)
    found = planned_fabric(settings, plan)
    assert found is not None
    return RecordedPlans("test", replace(plan, fabric=found.numbers))


def planned(written: Mapping[str, Any]) -> FabricPlan:
    plans = recorded(written)
    plan = gateway_args(load("test", written, plans=plans), recorded=plans.own).fabric
    assert plan is not None
    return plan


def lines(written: Mapping[str, Any], plans: RecordedPlans | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load("test", written, plans=plans, recording=plans is None)
    return [line.removeprefix(f"{FILE}: gateway.") for line in str(caught.value).split("\n")]


def test_an_environment_without_a_fabric_has_none() -> None:
    assert gateway_args(load("test", with_change("geo", to="eu"))).fabric is None


def test_a_fabric_is_planned_from_the_regions_and_the_recorded_plan() -> None:
    plan = planned(document(segments={"shop": {}}, spokes={"shop": SHOP, "orders": ORDERS}))
    assert set(plan.hubs) == {"aws-us-east-2", "azure-eastus2", "gcp-us-central1"}
    assert str(plan.hubs["azure-eastus2"].own) == HUB
    assert [str(block) for block in plan.hubs["aws-us-east-2"].advertised][:2] == [
        "10.64.0.0/20",
        "10.65.0.0/16",
    ]
    assert plan.spokes["shop"].segment == "shop"
    assert set(plan.links) == {
        "aws-us-east-2-azure-eastus2",
        "aws-us-east-2-gcp-us-central1",
        "azure-eastus2-gcp-us-central1",
    }


def test_a_spoke_without_a_block_has_the_recorded_one() -> None:
    written = document(segments={"shop": {}}, spokes={"shop": SHOP})
    plans = recorded(written)
    region = plans.own.region(Cloud.AWS, "us-east-2")
    assert region is not None
    assert planned(written).spokes["shop"].cidr == region.spokes["shop"]


def test_a_fabric_without_recorded_numbers_is_refused_with_the_command() -> None:
    written = document()
    with pytest.raises(SettingsError) as caught:
        load("test", written)
    assert str(caught.value) == (
        f"{FILE}: gateway.fabric: has numbers that stacks/test.addresses.yaml does not record: "
        "core of aws, core of azure, core of gcp, and 5 more; run `make addresses STACK=test`, and "
        "commit the file"
    )
    plans = recorded(written)
    tunnels = {key: to for key, to in plans.own.fabric.tunnels.items() if "azure" not in key}
    numbers = replace(plans.own.fabric, tunnels=tunnels)
    (line,) = lines(written, replace(plans, own=replace(plans.own, fabric=numbers)))
    assert "record: tunnels of aws-us-east-2-azure-eastus2, tunnels of azure-eastus2-gcp" in line


def test_the_command_names_the_folder_of_another_project() -> None:
    written = document()
    plans = replace(recorded(written), project=CHECKOUT / "examples" / "fabric")
    empty = replace(plans, own=replace(plans.own, fabric=FabricNumbers()))
    assert lines(written, empty)[0].endswith(
        "run `make addresses STACK=test PROJECT=examples/fabric`, and commit the file"
    )


def test_another_driver_than_the_recorded_one_is_refused_with_the_way_out() -> None:
    plans = recorded(document())
    assert lines(document(driver="aviatrix", aviatrix=AVIATRIX), plans) == [
        'fabric.driver: "aviatrix" is not native, which is recorded: another driver is another '
        "fabric; write driver: native; or delete the fabric, release its numbers, and declare it "
        "again"
    ]


def test_a_fabric_of_aviatrix_has_a_transit_gateway_beside_each_hub() -> None:
    plan = planned(document(driver="aviatrix", aviatrix=AVIATRIX))
    aws, azure = plan.hubs["aws-us-east-2"].transit, plan.hubs["azure-eastus2"].transit
    assert aws is not None
    assert azure is not None
    assert (str(aws.cidr), aws.link.near, len(aws.link.tunnels)) == (
        "172.20.0.0/23",
        "aws-us-east-2",
        4,
    )
    assert [str(tunnel.inside.network_address)[:10] for tunnel in azure.link.tunnels] == [
        "169.254.21",
        "169.254.22",
    ]
    asns = [hub.transit.asn for hub in plan.hubs.values() if hub.transit]
    assert len({*asns, *(hub.asn for hub in plan.hubs.values())}) == 6
    assert {link.kind.value for link in plan.links.values()} == {"transit-peering"}


def test_a_fabric_of_aviatrix_needs_a_network_an_account_and_an_image() -> None:
    fabric = {
        "driver": "aviatrix",
        "inspection": {"kind": "native"},
        "segments": {"shop": {}},
        "spokes": {"orders": {**ORDERS, "network": {"id": VNET}}},
        "aviatrix": {
            "accounts": {"aws": "aws-test"},
            "networks": {"aws-us-east-2": "172.20.0.0/25", "aws-us-west-2": "172.20.2.0/23"},
        },
    }
    found = lines(document(**fabric), recorded(document()))
    for said in (
        "fabric.aviatrix.networks.azure-eastus2: is missing",
        'fabric.aviatrix.networks.aws-us-east-2: "172.20.0.0/25" is not a block of /16 to /24',
        'fabric.aviatrix.networks.aws-us-west-2: "172.20.2.0/23" is of no hub',
        "fabric.aviatrix.accounts.gcp: is missing, and gcp-us-central1 is in gcp",
        "fabric.aviatrix.firewalls.azure: is missing, and firewalls inspect at azure-eastus2",
        "fabric.spokes.orders.network",
    ):
        assert any(said in line for line in found), (said, found)
    assert not any("firewalls.gcp" in line for line in found)


def test_what_a_fabric_of_aviatrix_cannot_build_is_refused_with_the_way_out() -> None:
    fabric = {
        "driver": "aviatrix",
        "segments": {"gateways": {}},
        "spokes": {
            "ledger": {"region": "gcp-us-central1", "segment": "gateways", "cidr": "10.99.0.0/28"}
        },
        "aviatrix": {**AVIATRIX, "firewalls": {"gcp": {"image": "FortiGate", "size": "n1"}}},
    }
    assert set(lines(document(**fabric))) >= {
        'fabric.aviatrix.firewalls.gcp: "FortiGate" is not used: the driver aviatrix builds no '
        "firewalls in gcp; delete it",
        'fabric.segments.gateways: "gateways" is the network domain that gateways and landings are '
        "in; give the segment another name",
        'fabric.spokes.ledger.cidr: "10.99.0.0/28" has no room for the /28 of its gateways beside '
        "the hosts; write a /27 or larger",
    }


def test_what_firewalls_of_aviatrix_need_is_refused_at_once_where_it_is_missing() -> None:
    image = {"image": "FortiGate", "size": "c5.xlarge"}
    fabric = {
        "driver": "aviatrix",
        "inspection": {"kind": "native"},
        "aviatrix": {
            **AVIATRIX,
            "sizes": {"aws": "t3.medium"},
            "firewalls": {"aws": {**image, "ssh_public_key": "ssh-rsa A"}, "azure": image},
        },
    }
    assert set(lines(document(**fabric))) >= {
        'fabric.aviatrix.sizes.aws: "t3.medium" has fewer than the 4 network interfaces that a '
        "gateway with FireNet has; write c5n.xlarge or larger",
        'fabric.aviatrix.firewalls.aws.ssh_public_key: "ssh-rsa A" is for firewalls in azure; '
        "those in aws have a key pair; delete it",
        "fabric.aviatrix.firewalls.azure.ssh_public_key: is missing, and Azure creates no virtual "
        "machine without a login; write the public key of the user who configures the firewall",
    }


def test_a_core_that_is_gone_is_refused() -> None:
    plans = recorded(document())
    numbers = replace(plans.own.fabric, cores={Cloud.AWS: "aws-eu-west-1"})
    (line,) = lines(document(), replace(plans, own=replace(plans.own, fabric=numbers)))
    assert line.startswith(
        "fabric: has aws-eu-west-1 as fabric.cores.aws in stacks/test.addresses.yaml, which is the "
        "recorded core of aws, and no such region is declared; declare aws-eu-west-1 again"
    )


def test_a_hub_that_is_missing_in_azure_gets_its_block_from_the_command_that_records_it() -> None:
    written = document()
    plans = recorded(written)
    written["regions"][1]["links"] = {"vnet-peering": {}}
    assert lines(written, plans)[0].endswith(
        "write links: {virtual-hub: {}}, and `make addresses STACK=test` gives it a block"
    )


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            ("regions", 1, "links"),
            {"vnet-peering": {}},
            "regions[1].links: have no virtual-hub, and a fabric needs the region's virtual hub; "
            "write links: {virtual-hub: {address_prefix: <a free block, /24 or larger>}}",
        ),
        (
            ("regions", 0, "links"),
            {"vpc-peering": {}},
            "regions[0].links: have no transit-gateway",
        ),
        (
            ("regions", 2, "landing", "network"),
            {"id": "projects/acme/global/networks/shared"},
            "regions[2].landing.network: is given, and a fabric changes routes and filters of the "
            "landing; delete it, so that the landing of gcp-us-central1 is created here",
        ),
        (
            ("fabric", "links"),
            [["aws-us-east-2", "gcp-us-central1"], ["aws-us-east-2", "gcp-us-east1"]],
            'fabric.links[0]: ["aws-us-east-2", "gcp-us-central1"] is connected already: each hub '
            "is connected to the core of its cloud, and the cores with each other; delete it",
        ),
        (
            ("fabric", "links"),
            [["aws-us-east-2", "gcp-us-east1"]],
            "names gcp-us-east1, which is no hub; did you mean",
        ),
        (
            ("fabric", "spokes", "shop", "region"),
            "aws-us-east-1",
            'fabric.spokes.shop.region: "aws-us-east-1" is not the key of a hub; did you mean '
            "aws-us-east-2?",
        ),
        (
            ("fabric", "spokes", "shop", "segment"),
            "shopp",
            'fabric.spokes.shop.segment: "shopp" is not a segment; did you mean shop?',
        ),
        (
            ("fabric", "spokes", "shop", "cidr"),
            "10.65.16.0/20",
            'fabric.spokes.shop.cidr: "10.65.16.0/20" overlaps 10.65.0.0/16 of '
            "gateway.regions[0].landing.cidr; write cidr:",
        ),
        (
            ("fabric", "spokes", "shop", "cidr"),
            "10.66.0.0/24",
            'fabric.spokes.shop.cidr: "10.66.0.0/24" is too small: a customer network in aws is',
        ),
        (
            ("fabric", "spokes", "shop", "network"),
            {"id": "projects/acme/global/networks/shop"},
            "is not the id of a network in aws, where aws-us-east-2 is",
        ),
        (
            ("fabric", "spokes", "shop", "network"),
            {"id": "vpc-0a"},
            "fabric.spokes.shop.network.subnet_ids: is missing",
        ),
        (
            ("fabric", "segments", "lab"),
            {},
            "fabric.segments.lab: has no spoke; delete it, or name it as the segment of a spoke",
        ),
        (
            ("fabric", "segments", "shop", "connected"),
            ["bill"],
            'fabric.segments.shop.connected: "bill" is not a segment',
        ),
        (
            ("fabric", "inspection"),
            {"kind": "third-party", "endpoints": {"aws-us-east-2": "com.amazonaws.vpce.x"}},
            "fabric.inspection.endpoints: has none for azure-eastus2, and third-party firewalls",
        ),
        (
            ("fabric", "inspection"),
            {"kind": "third-party", "endpoints": {"aws-us-east-2": SERVICE.format("eu-west-1")}},
            "is not the name of an endpoint service in us-east-2, where the hub is; write for "
            "example com.amazonaws.vpce.us-east-2.vpce-svc-0123456789abcdef0",
        ),
        (
            ("fabric", "inspection"),
            {"kind": "third-party", "endpoints": {"azure-eastus2": VNET}},
            "is not the resource id of a network virtual appliance; write for example /subscript",
        ),
        (
            ("fabric", "inspection"),
            {"kind": "third-party", "endpoints": {"gcp-us-central1": "interceptEndpointGroups/a"}},
            "is not the id of an intercept endpoint group; write for example projects/<project>/",
        ),
        (
            ("fabric", "inspection"),
            {"kind": "native", "bypass": ["10.65.0.0/20", "10.65.1.0/24", "10.65.0.0/20"]},
            'fabric.inspection.bypass[2]: "10.65.0.0/20" is in bypass[0] already; delete it',
        ),
        (
            ("fabric", "spokes", "shop", "ports"),
            [443, 8443, 443],
            "fabric.spokes.shop.ports[2]: 443 is named twice; name each port once",
        ),
        (
            ("fabric", "inspection"),
            {"kind": "native", "bypass": ["172.16.0.0/24"]},
            'fabric.inspection.bypass[0]: "172.16.0.0/24" has no address of a gateway, landing or '
            "spoke of this fabric; delete it",
        ),
        (
            ("fabric", "inspection"),
            {"kind": "native"},
            "fabric.inspection.organization: is missing: firewalls in GCP and their profiles",
        ),
        (
            ("fabric", "inspection"),
            {"organization": "123456789012"},
            'fabric.inspection.organization: "123456789012" is not used',
        ),
        (("fabric", "driver"), "aviatrix", "fabric.aviatrix: is missing"),
        (("fabric", "aviatrix"), AVIATRIX, "fabric.aviatrix: is not used: the driver is native"),
    ],
)
def test_a_fabric_that_cannot_be_built_is_refused(
    path: tuple[str | int, ...], value: object, said: str
) -> None:
    written = document(segments={"shop": {}}, spokes={"shop": {**SHOP, "cidr": "10.66.0.0/20"}})
    holder: Any = written
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    found = lines(written)
    assert any(said in line for line in found), found


def test_a_network_is_one_spoke() -> None:
    orders = {**ORDERS, "network": {"id": VNET}}
    again = {
        **orders,
        "cidr": "10.82.32.0/20",
        "network": {"id": VNET.replace("/orders/", "/Orders/")},
    }
    found = lines(document(segments={"shop": {}}, spokes={"orders": orders, "again": again}))
    said = "is the network of spoke orders too, and a network joins its hub once; delete one of"
    assert any("fabric.spokes.again.network.id" in one and said in one for one in found), found


def test_blocks_that_azure_does_not_lead_to_a_firewall_are_refused() -> None:
    written = document(
        segments={"shop": {}},
        spokes={"shop": {**SHOP, "cidr": "100.64.32.0/20"}},
        inspection={"kind": "native", "organization": "123456789012"},
    )
    written["regions"][0]["landing"]["reach"] = ["198.18.0.0/16"]
    written["regions"][2]["landing"]["cidr"] = "100.64.64.0/20"
    written["regions"][2]["cidr"] = "100.64.0.0/20"
    found = lines(written)
    remedy = (
        "is a block that Azure does not lead to the firewall of azure-eastus2; use a block of "
        "10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, or write inspection.kind: none"
    )
    assert found == [
        f'regions[0].landing.reach[0]: "198.18.0.0/16" {remedy}',
        f'regions[2].cidr: "100.64.0.0/20" {remedy}',
        f'regions[2].landing.cidr: "100.64.64.0/20" {remedy}',
        f'fabric.spokes.shop.cidr: "100.64.32.0/20" {remedy}',
    ]
    del written["fabric"]["inspection"]
    recorded(written)


def others_firewalls(**inspection: Any) -> dict[str, Any]:
    """A fabric whose hubs lead to firewalls of others."""
    endpoints = {
        "aws-us-east-2": SERVICE.format("us-east-2"),
        "azure-eastus2": APPLIANCE,
        "gcp-us-central1": "projects/acme/locations/global/interceptEndpointGroups/firewalls",
    }
    base = {"kind": "third-party", "endpoints": endpoints, "organization": "123456789012"}
    return document(
        segments={"shop": {}, "lab": {}},
        spokes={"shop": {**SHOP, "segment": "lab", "cidr": "10.66.0.0/20"}, "orders": ORDERS},
        inspection={**base, **inspection},
    )


def test_a_block_in_the_network_that_leads_to_firewalls_in_aws_is_refused() -> None:
    written = others_firewalls()
    written["regions"] = [one for one in written["regions"] if one["cloud"] != "azure"]
    del written["fabric"]["spokes"]["orders"]
    del written["fabric"]["segments"]["shop"]
    del written["fabric"]["inspection"]["endpoints"]["azure-eastus2"]
    written["regions"][1]["landing"]["cidr"] = "100.64.0.0/20"
    assert lines(written) == [
        'regions[1].landing.cidr: "100.64.0.0/20" overlaps 100.64.0.0/22, the network that leads '
        "to the firewalls at aws-us-east-2: packets for gcp-us-central1 landing would stay in it; "
        "use another block"
    ]


@pytest.mark.parametrize(
    ("left_out", "why"),
    [
        ((), "firewalls of others inspect at aws-us-east-2: a Transit Gateway routes by"),
        (("aws",), "firewalls of others inspect at azure-eastus2: routing intent leaves no block"),
    ],
)
def test_firewalls_of_others_inspect_all_blocks_except_in_gcp(
    left_out: tuple[str, ...], why: str
) -> None:
    written = others_firewalls(bypass=["10.97.0.0/16"])
    written["regions"] = [one for one in written["regions"] if one["cloud"] not in left_out]
    assert any(why in line for line in lines(written))


def test_hubs_in_azure_are_in_the_subscription_of_their_virtual_wan() -> None:
    written = document()
    second = copy.deepcopy(written["regions"][1])
    second |= {"region": "northeurope", "cidr": "10.84.0.0/20", "account": "two"}
    second["zones"] = ["northeurope-az1", "northeurope-az2"]
    second["landing"]["cidr"] = "10.85.0.0/16"
    second["links"] = {"virtual-hub": {"address_prefix": "10.86.0.0/23"}}
    written["regions"][1]["account"] = "one"
    written["regions"].append(second)
    written["accounts"] = {
        "one": {"subscription_id": "0a1b2c3d-0000-4000-8000-00000000aaaa"},
        "two": {"subscription_id": "0a1b2c3d-0000-4000-8000-00000000bbbb"},
    }
    assert lines(written) == [
        'regions[3].account: "two" is another subscription than that of azure-eastus2, and all '
        "hubs of a fabric are in one virtual WAN, so in one subscription; write the same account "
        "for all regions in azure"
    ]
    del written["fabric"]
    load("test", written)


def test_a_written_block_of_a_spoke_must_not_be_one_of_the_recorded_plans() -> None:
    plans = recorded(document(segments={"shop": {}}, spokes={"shop": SHOP}))
    taken = plans.own.region(Cloud.AWS, "us-east-2")
    assert taken is not None
    other = {**SHOP, "cidr": str(taken.spokes["shop"])}
    (line,) = lines(document(segments={"shop": {}}, spokes={"other": other}), plans)
    assert "of aws-us-east-2 spoke shop in stacks/test.addresses.yaml" in line


def test_an_overlap_is_told_once_also_with_recorded_numbers() -> None:
    plans = recorded(document())
    spokes = {"shop": {**SHOP, "cidr": "10.65.16.0/20"}}
    found = lines(document(segments={"shop": {}}, spokes=spokes), plans)
    assert [line for line in found if "overlaps" in line] == [
        'fabric.spokes.shop.cidr: "10.65.16.0/20" overlaps 10.65.0.0/16 of aws-us-east-2 landing '
        "in stacks/test.addresses.yaml; delete it, and run `make addresses STACK=test`, which "
        "gives it a free block"
    ]


def test_a_spoke_in_the_summary_of_another_cloud_is_refused() -> None:
    plans = recorded(document())
    summary = plans.own.clouds[Cloud.AZURE].summary
    block = str(list(summary.subnets(new_prefix=20))[-1])
    spokes = {"shop": {**SHOP, "cidr": block}}
    found = lines(document(segments={"shop": {}}, spokes=spokes), plans)
    said = (
        f"fabric: has {summary} as azure.summary in stacks/test.addresses.yaml, which covers "
        f"{block} of shop cidr, which is in aws; move that network"
    )
    assert any(line.startswith(said) for line in found), found


def test_transit_networks_of_aviatrix_overlap_nothing() -> None:
    networks = {**AVIATRIX["networks"], "gcp-us-central1": "10.65.0.0/23"}
    found = lines(document(driver="aviatrix", aviatrix={**AVIATRIX, "networks": networks}))
    assert any(
        line.startswith('fabric.aviatrix.networks.gcp-us-central1: "10.65.0.0/23" overlaps')
        for line in found
    ), found


def test_segments_in_azure_beside_firewalls_of_others_are_a_warning() -> None:
    written = others_firewalls()
    said = "keeps orders in their segments by packet filters only: your firewalls have rules of"
    assert any(said in one for one in warnings(load("test", written, plans=recorded(written))))
    written["fabric"]["inspection"] = {"kind": "native", "organization": "123456789012"}
    found = warnings(load("test", written, plans=recorded(written)))
    assert not any("packet filters only" in one for one in found)


def test_a_given_network_in_azure_that_only_its_owner_guards_is_a_warning() -> None:
    given = {"orders": {**ORDERS, "network": {"id": VNET}}}
    written = document(segments={"shop": {}}, spokes=given)
    said = "fabric.spokes.orders.network: is given and in Azure, where a virtual hub connects all"
    assert any(said in one for one in warnings(load("test", written, plans=recorded(written))))
    written["fabric"]["inspection"] = {"kind": "native", "organization": "123456789012"}
    found = warnings(load("test", written, plans=recorded(written)))
    assert not any(said in one for one in found)


def test_a_landing_that_needs_more_rules_than_aws_allows_unless_asked_is_a_warning() -> None:
    ports = list(range(8000, 8011))
    written = document()
    written["regions"][0]["landing"] = {"cidr": "10.65.0.0/16", "ports": ports}
    found = warnings(load("test", written, plans=recorded(written)))
    (line,) = [one for one in found if "regions[0].landing.ports" in one]
    assert "needs a security group with 66 rules for the gateways of 2 other regions" in line
    assert "ask AWS for 66 inbound rules per security group" in line
    written["regions"][0]["landing"]["ports"] = ports[:10]
    found = warnings(load("test", written, plans=recorded(written)))
    assert not any("landing.ports" in one for one in found)


def test_more_blocks_than_google_routes_unless_asked_are_a_warning() -> None:
    written = document()
    # The hub in GCP learns two blocks of each of the two other regions, and these.
    blocks = [f"10.{200 + number // 16}.{16 * (number % 16)}.0/20" for number in range(247)]
    written["regions"][0]["landing"] = {"cidr": "10.65.0.0/16", "reach": blocks}
    found = warnings(load("test", written, plans=recorded(written)))
    (line,) = [one for one in found if "a network in GCP learns" in one]
    assert "has 251 blocks that a network in GCP learns, and Google routes 250" in line
    assert "ask Google for 251 unique Cloud Router dynamic route prefixes" in line
    written["regions"][0]["landing"]["reach"] = blocks[1:]
    found = warnings(load("test", written, plans=recorded(written)))
    assert not any("a network in GCP learns" in one for one in found)


def test_a_transit_gateway_with_more_tables_than_aws_allows_unless_asked_is_a_warning() -> None:
    def found(count: int) -> list[str]:
        names = [f"team-{number}" for number in range(count)]
        written = document(
            segments={name: {} for name in names},
            spokes={
                name: {**SHOP, "segment": name, "cidr": f"10.66.{4 * number}.0/22"}
                for number, name in enumerate(names)
            },
        )
        return warnings(load("test", written, plans=recorded(written)))

    said = (
        "regions[0]: needs 21 route tables of the Transit Gateway for 18 segments, and AWS allows"
    )
    assert any(said in one for one in found(18))
    assert not any("route tables" in one for one in found(17))


def test_firewalls_in_aws_take_500_blocks_that_they_pass() -> None:
    bypass = [f"10.65.{one // 256}.{one % 256}/32" for one in range(501)]
    found = lines(document(inspection={"kind": "native", "bypass": bypass}))
    said = "fabric.inspection.bypass: has 501 blocks, and firewalls in aws take 500; write fewer"
    assert any(one.startswith(said) for one in found), found


def test_a_given_network_in_gcp_that_nobody_inspects_is_a_warning() -> None:
    ledger = {
        "region": "gcp-us-central1",
        "segment": "shop",
        "cidr": "10.200.0.0/20",
        "network": {"id": "projects/acme/global/networks/ledger"},
    }
    inspection = {"kind": "native", "organization": "123456789012"}
    written = document(segments={"shop": {}}, spokes={"ledger": ledger}, inspection=inspection)
    found = warnings(load("test", written, plans=recorded(written)))
    said = "fabric.spokes.ledger.network: is given and in GCP, so its packets are not inspected"
    assert any(said in one for one in found)


def test_a_record_keeps_what_nobody_uses_any_more() -> None:
    numbers = recorded(document()).own.fabric
    assert numbers.driver is FabricDriver.NATIVE
    more = replace(numbers, asns={**numbers.asns, "aws-eu-west-1": 64999})
    plans = recorded(document())
    own = replace(plans.own, fabric=more)
    plan = planned_fabric(load("test", document(), plans=replace(plans, own=own)), own)
    assert plan is not None
    assert plan.numbers == more
    assert more.without_hub("aws-eu-west-1") == numbers
    assert numbers.without_hub("gcp-us-central1") == FabricNumbers(
        numbers.driver,
        {Cloud.AWS: "aws-us-east-2", Cloud.AZURE: "azure-eastus2"},
        {"aws-us-east-2": numbers.asns["aws-us-east-2"]},
        {"aws-us-east-2-azure-eastus2": numbers.tunnels["aws-us-east-2-azure-eastus2"]},
    )
