"""Verdicts of the checks about what prod does not have: other links, edges, private DNS, sizes.

What prod has is spoilt in ``tests/integration/readiness.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.tools.readiness.made import (
    KONG,
    NOW,
    Json,
    attachment,
    facts,
    group,
    network,
    node,
    plane,
    private_dns,
    resource,
    values,
    verdict,
)
from tools.readiness.checks import ITEMS, aws, azure, gcp, security
from tools.readiness.facts import Facts
from tools.readiness.names import RecordType
from tools.readiness.verdict import Item, Verdict

Records = dict[tuple[str, RecordType], Sequence[str]]

PASS, FAIL, MANUAL, NONE = Verdict.PASS, Verdict.FAIL, Verdict.MANUAL, Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("item", ITEMS, ids=lambda one: one.id)
def test_an_item_is_not_applicable_to_an_environment_without_its_subject(item: Item) -> None:
    assert verdict(item.id, facts()) is NONE


# AWS


def peered(status: str = "active", *, state: str = "ready", route: str = "pcx-1") -> Facts:
    link = attachment(aws.PEERING, state=state, peer_vpc_id="vpc-1")
    return facts(
        resource(
            aws.PEERING_ACCEPTER, vpcId="vpc-1", acceptStatus=status, vpcPeeringConnectionId="pcx-1"
        ),
        resource(aws.ROUTE_TABLE, "rtb-1", vpcId="vpc-1"),
        resource(aws.TABLE_ASSOCIATION, routeTableId="rtb-1"),
        resource(
            aws.ROUTE,
            routeTableId="rtb-1",
            destinationCidrBlock="10.72.0.0/16",
            vpcPeeringConnectionId=route,
        ),
        networks=[network("aws-us-east-2", attachments=[link])],
    )


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (peered(), PASS),
        (peered("pending-acceptance"), FAIL),
        (peered(state="error"), FAIL),
        (peered(route="pcx-2"), FAIL),
    ],
)
def test_a_vpc_peering_is_ready_active_and_routed(environment: Facts, expected: Verdict) -> None:
    assert verdict("aws-vpc-peering", environment) is expected


def test_a_peering_that_another_stack_accepted_is_for_somebody_to_look_at() -> None:
    link = attachment(aws.PEERING, peer_vpc_id="vpc-1")
    environment = facts(networks=[network("aws-us-east-2", attachments=[link])])
    assert verdict("aws-vpc-peering", environment) is MANUAL


def shared(principal: str = KONG, state: str = "ready") -> Facts:
    config = [{"domain_name": "orders.internal", "state": state}]
    link = attachment(aws.ENDPOINT, ram_share_arn="arn:share/1", resource_config=config)
    return facts(
        resource(aws.SHARE_PRINCIPAL, resourceShareArn="arn:share/1", principal=principal),
        networks=[network("aws-us-east-2", attachments=[link])],
    )


@pytest.mark.parametrize(
    ("environment", "expected"),
    [(shared(), PASS), (shared("111122223333"), FAIL), (shared(state="missing"), FAIL)],
)
def test_a_resource_endpoint_is_shared_with_kong_and_each_child_is_ready(
    environment: Facts, expected: Verdict
) -> None:
    assert verdict("aws-resource-endpoints", environment) is expected


def test_a_hub_of_another_team_is_for_somebody_to_look_at() -> None:
    link = attachment(aws.TGW, transit_gateway_id="tgw-1", ram_share_arn="arn:share/1")
    environment = facts(networks=[network("aws-us-east-2", attachments=[link])])
    assert verdict("aws-transit-gateway", environment) is MANUAL
    assert verdict("transit-gateway-safeguards", environment) is MANUAL


def test_a_rule_that_allows_first_makes_a_later_denial_harmless() -> None:
    rule = {"networkAclId": "acl-1", "cidrBlock": "0.0.0.0/0", "egress": False}
    allow = resource(aws.ACL_RULE, ruleNumber=1, ruleAction="allow", **rule)
    deny = resource(aws.ACL_RULE, ruleNumber=2, ruleAction="deny", **rule)
    networks = [network("aws-us-east-2")]
    assert verdict("aws-network-acls", facts(allow, deny, networks=networks)) is MANUAL
    assert verdict("aws-network-acls", facts(deny, networks=networks)) is FAIL


def test_flow_logs_and_a_trail_of_the_stack_are_evidence() -> None:
    vpc, trail = resource(aws.VPC, "vpc-1"), resource(security.TRAIL)
    log = resource(security.FLOW_LOG, vpcId="vpc-1")
    assert verdict("flow-logs", facts(vpc, trail, log)) is PASS
    assert verdict("flow-logs", facts(vpc, trail)) is MANUAL
    assert verdict("flow-logs", facts(vpc, log)) is MANUAL


def test_a_black_hole_that_is_wider_than_the_gateways_block_drops_nothing_of_it() -> None:
    link = attachment(aws.TGW, transit_gateway_id="tgw-1", ram_share_arn="arn:share/1")
    kong = {"transitGatewayAttachmentId": "kong"}
    made = (
        resource(aws.ACCEPTER, transitGatewayId="tgw-1", **kong),
        resource(aws.ASSOCIATION, transitGatewayRouteTableId="gateways", **kong),
        resource(aws.PROPAGATION, transitGatewayRouteTableId="spokes", **kong),
    )

    def with_hole(block: str) -> Facts:
        hole = resource(aws.HUB_ROUTE, destinationCidrBlock=block, blackhole=True)
        networks = [network("aws-us-east-2", attachments=[link])]
        return facts(*made, hole, networks=networks)

    assert "drops what is for" not in values("aws-transit-gateway", with_hole("10.0.0.0/8"))
    assert verdict("aws-transit-gateway", with_hole("10.0.0.0/8")) is MANUAL
    assert verdict("aws-transit-gateway", with_hole("10.72.0.0/20")) is FAIL
    assert verdict("aws-transit-gateway", with_hole("10.72.8.0/24")) is FAIL


# Private DNS


@pytest.mark.parametrize("cloud", ["aws", "azure", "gcp"])
def test_a_private_zone_that_is_ready_still_needs_a_look_up(cloud: str) -> None:
    id_ = {"aws": "aws-private-hosted-zones"}.get(cloud, f"{cloud}-private-dns")

    def zone(state: str) -> Facts:
        one = private_dns(f"{cloud}-private-hosted-zone-attachment", state=state)
        return facts(networks=[network(f"{cloud}-here", private_dns=[one])])

    assert verdict(id_, zone("ready")) is MANUAL
    assert verdict(id_, zone("pending-association")) is FAIL


@pytest.mark.parametrize("cloud", ["aws", "azure"])
def test_a_resolver_has_the_map_that_the_stack_declares(cloud: str) -> None:
    def resolver(address: str) -> Facts:
        config = {"dns_config": {"shop.internal": {"remote_dns_server_ip_addresses": [address]}}}
        declared = {
            "dns_config": {"shop.internal": {"remote_dns_server_ip_addresses": ["10.0.0.2"]}}
        }
        one = private_dns(f"{cloud}-outbound-resolver", **config)
        return facts(
            resource(
                "pulumi-python:dynamic/konnect:CloudGatewayPrivateDns",
                "dns",
                private_dns_attachment_config=declared,
            ),
            networks=[network(f"{cloud}-here", private_dns=[one])],
        )

    assert verdict(f"{cloud}-outbound-resolver", resolver("10.0.0.2")) is MANUAL
    assert verdict(f"{cloud}-outbound-resolver", resolver("10.0.0.3")) is FAIL


# What the state had when it was written


def test_a_peering_in_gcp_that_the_state_calls_inactive_is_read_again() -> None:
    peering = resource(
        gcp.NETWORK_PEERING,
        network="projects/p/global/networks/landing",
        peerNetwork="projects/kong/global/networks/kong-vpc",
        state="INACTIVE",
    )
    link = attachment(gcp.PEERING, peer_vpc_name="landing")
    networks = [network("gcp-us-central1", attachments=[link])]
    assert verdict("gcp-peering", facts(peering, networks=networks, live=False)) is MANUAL
    assert verdict("gcp-peering", facts(peering, networks=networks)) is FAIL


def test_a_network_in_azure_whose_state_has_no_peering_yet_is_looked_at() -> None:
    link = attachment(azure.PEERING, vnet_name="landing")
    networks = [network("azure-eastus2", attachments=[link])]
    vnet = resource(azure.VNET, name="landing", virtualNetworkPeerings=[])
    assert verdict("azure-peering", facts(vnet, networks=networks, live=False)) is MANUAL
    assert verdict("azure-peering", facts(vnet, networks=networks)) is FAIL


def test_a_route_to_nowhere_in_azure_is_a_failure() -> None:
    link = attachment(azure.PEERING, vnet_name="landing")
    networks = [network("azure-eastus2", attachments=[link])]
    space = {"addressPrefixes": ["10.72.0.0/20"]}
    peering = {"peeringState": "Connected", "remoteAddressSpace": space}
    vnet = resource(azure.VNET, name="landing", virtualNetworkPeerings=[peering])
    route = {"addressPrefix": "10.72.0.0/20", "nextHopType": "None"}
    table = resource(azure.ROUTE_TABLE, routes=[route])
    assert verdict("azure-peering", facts(vnet, networks=networks)) is PASS
    assert verdict("azure-peering", facts(vnet, table, networks=networks)) is FAIL
    # The peering's own route has a longer prefix.
    wide = resource(azure.ROUTE_TABLE, routes=[{**route, "addressPrefix": "10.0.0.0/8"}])
    assert verdict("azure-peering", facts(vnet, wide, networks=networks)) is PASS


@pytest.mark.parametrize(("port", "expected"), [("8443", PASS), ("443", FAIL)])
def test_a_security_group_in_azure_lets_the_gateway_in_on_the_ports_of_the_settings(
    port: str, expected: Verdict
) -> None:
    rule = resource(
        azure.RULE,
        "/nsg/rule",
        access="Allow",
        direction="Inbound",
        priority=100,
        sourceAddressPrefix="10.72.0.0/20",
        destinationPortRanges=[port],
    )
    landing = {"cidr": "10.89.0.0/16", "ports": [8443]}
    environment = facts(
        rule,
        resource(azure.NSG, "/nsg"),
        networks=[network("azure-eastus2")],
        outputs={
            "regions": {"azure-eastus2": {"attachments": {"a": {"security_group_id": "/nsg"}}}}
        },
        settings={"regions": [{"region": "eastus2", "landing": landing}]},
    )
    assert verdict("azure-security-rules", environment) is expected


# Edges


PUBLIC = [plane(api_access="public")]


def test_a_public_gateway_without_an_edge_is_a_failure() -> None:
    assert verdict("ingress-firewall", facts(planes=PUBLIC)) is FAIL
    assert verdict("ingress-firewall", facts(planes=[plane()])) is NONE


def test_a_public_gateway_without_an_edge_needs_no_origin_lock() -> None:
    edge = resource(security.CLOUDFRONT, webAclId="arn:acl")
    assert verdict("ingress-origin-lock", facts(planes=PUBLIC)) is NONE
    assert verdict("ingress-origin-lock", facts(edge, planes=PUBLIC)) is FAIL


@pytest.mark.parametrize(("mode", "expected"), [("Prevention", PASS), ("Detection", FAIL)])
def test_front_door_has_a_policy_that_prevents(mode: str, expected: Verdict) -> None:
    profile = resource(security.FRONT_DOOR, "/profiles/edge")
    policy = resource(security.FRONT_DOOR_POLICY, "/profiles/edge/securityPolicies/waf")
    firewall = resource(security.FRONT_DOOR_WAF[0], policySettings={"mode": mode})
    environment = facts(profile, policy, firewall, planes=PUBLIC)
    assert verdict("ingress-firewall", environment) is expected
    assert verdict("ingress-firewall", facts(profile, firewall, planes=PUBLIC)) is FAIL


@pytest.mark.parametrize(("policy", "expected"), [("projects/p/armor", PASS), ("", FAIL)])
def test_google_has_a_cloud_armor_policy(policy: str, expected: Verdict) -> None:
    props = {"loadBalancingScheme": "EXTERNAL_MANAGED", "securityPolicy": policy}
    backend = resource(security.GOOGLE_BACKEND, **props)
    assert verdict("ingress-firewall", facts(backend, planes=PUBLIC)) is expected


# Custom domains


def domain(cname: str = "unverified") -> Json:
    status = {"cname": cname, "ssl": "verified"}
    return {"id": "d", "domain": "api.example.com", "state": "ready", "online_status": status}


def test_a_name_that_leads_to_an_edge_of_the_stack_is_correct() -> None:
    edge = resource(
        "aws:route53/record:Record", fqdn="api.example.com", type="CNAME", records=["edge.net."]
    )

    def led(target: str) -> Facts:
        records: Records = {("api.example.com", "CNAME"): [target]}
        return facts(edge, domains=[domain()], records=records)

    assert verdict("domain-cname", led("edge.net")) is PASS
    assert verdict("domain-cname", led("old.net")) is FAIL


def test_a_name_that_nobody_answers_for_is_looked_at() -> None:
    environment = facts(domains=[domain()])
    assert verdict("domain-cname", environment) is MANUAL
    assert verdict("domain-acme", environment) is MANUAL


def test_a_challenge_that_leads_elsewhere_than_the_stack_has_it_is_a_failure() -> None:
    made = resource(
        "azure-native:dns:RecordSet",
        fqdn="_acme-challenge.api.example.com.",
        cnameRecord={"cname": "acme.kong"},
    )

    def led(*targets: str) -> Facts:
        records: Records = {("_acme-challenge.api.example.com", "CNAME"): targets}
        return facts(made, domains=[domain("verified")], records=records)

    assert verdict("domain-acme", led("acme.kong")) is PASS
    assert verdict("domain-acme", led("old.kong")) is FAIL
    assert verdict("domain-acme", led()) is FAIL


@pytest.mark.parametrize(
    ("issuer", "expected"), [("pki.goog", PASS), ("pki.goog; x=y", PASS), ("amazon.com", FAIL)]
)
def test_caa_records_of_a_parent_allow_googles_ca(issuer: str, expected: Verdict) -> None:
    made = resource(
        "gcp:dns/recordSet:RecordSet",
        name="_acme-challenge.api.example.com.",
        type="CNAME",
        rrdatas=["acme.kong."],
    )
    records: Records = {
        ("_acme-challenge.api.example.com", "CNAME"): ["acme.kong"],
        ("example.com", "CAA"): [f'0 issue "{issuer}"'],
    }
    environment = facts(made, domains=[domain("verified")], records=records)
    assert verdict("domain-acme", environment) is expected


@pytest.mark.parametrize(
    ("name", "records", "expected"),
    [
        ("api.example.com", ['0 iodef "mailto:ca@example.com"'], PASS),
        ("api.example.com", ['0 issuewild "amazon.com"'], PASS),
        ("api.example.com", ['0 issue ";"'], FAIL),
        ("*.example.com", ['0 issue "pki.goog"', '0 issuewild "amazon.com"'], FAIL),
        ("*.example.com", ['0 issue "amazon.com"', '0 issuewild "pki.goog"'], PASS),
    ],
)
def test_caa_records_limit_what_their_tags_are_about(
    name: str, records: Sequence[str], expected: Verdict
) -> None:
    challenge = f"_acme-challenge.{name.removeprefix('*.')}"
    zone: Records = {(challenge, "CNAME"): ["acme.kong"], ("example.com", "CAA"): records}
    environment = facts(domains=[{**domain("verified"), "domain": name}], records=zone)
    assert verdict("domain-acme", environment) is expected


# Data planes and control planes


def test_the_expected_load_of_the_settings_fits_what_groups_scale_to() -> None:
    planes = [plane(nodes=[node()])]

    def expecting(rps: int) -> Facts:
        return facts(planes=planes, settings={"cache": {"expected": {"rps": rps}}})

    assert verdict("data-planes-enough", expecting(1000)) is PASS
    assert verdict("data-planes-enough", expecting(1001)) is FAIL


def test_a_static_group_has_the_nodes_that_it_requests() -> None:
    static = group(autoscale={"kind": "static", "requested_instances": 4})
    assert verdict("data-planes-enough", facts(planes=[plane(groups=[static])])) is FAIL


def test_stopped_nodes_do_not_count_and_are_no_failure_once_they_are_replaced() -> None:
    stopped = node(last_ping=NOW.timestamp() - 3600, config_hash="old")
    networks = [network("aws-us-east-2")]
    groups = [group(cloud_gateway_network_id=networks[0].body["id"])]

    def having(online: int) -> Facts:
        nodes = [stopped, *[node(config_hash="new")] * online]
        planes = [plane(groups=groups, nodes=nodes, expected_hash="new")]
        return facts(planes=planes, networks=networks)

    assert verdict("data-planes-connected", having(3)) is PASS
    assert verdict("data-planes-connected", having(2)) is FAIL
    assert verdict("data-planes-in-sync", having(3)) is PASS
    assert verdict("data-planes-enough", having(3)) is PASS
    assert verdict("data-planes-enough", having(2)) is FAIL


def test_a_control_plane_without_nodes_is_a_failure() -> None:
    assert verdict("data-planes-deployed", facts(planes=[plane(nodes=[])])) is FAIL


def test_an_incompatible_node_is_a_failure_and_its_issue_is_named() -> None:
    status = {"state": "COMPATIBILITY_STATE_INCOMPATIBLE", "issues": [{"code": "P123"}]}
    environment = facts(planes=[plane(nodes=[node(compatibility_status=status)])])
    assert verdict("data-planes-errors", environment) is FAIL
    assert "P123" in values("data-planes-errors", environment)


ROUTE = {"id": "r", "name": "orders", "service": {"id": "s"}, "protocols": ["https"]}


@pytest.mark.parametrize(
    ("plugin", "expected"),
    [
        ({"name": "key-auth"}, PASS),
        ({"name": "key-auth", "route": {"id": "r"}}, PASS),
        ({"name": "key-auth", "service": {"id": "s"}}, PASS),
        ({"name": "key-auth", "service": {"id": "other"}}, FAIL),
        ({"name": "key-auth", "consumer": {"id": "c"}}, FAIL),
        ({"name": "key-auth", "enabled": False}, FAIL),
        ({"name": "key-auth", "config": {"anonymous": "c"}}, FAIL),
        ({"name": "cors"}, FAIL),
    ],
)
def test_a_plugin_authenticates_the_requests_in_its_scope(
    plugin: dict[str, object], expected: Verdict
) -> None:
    entities = {"routes": [ROUTE], "plugins": [plugin]}
    assert verdict("plugins-authentication", facts(planes=[plane(entities=entities)])) is expected


def test_a_health_check_that_the_gateway_answers_needs_no_authentication_and_no_tls() -> None:
    route = {"id": "r", "name": "health", "paths": ["/health"], "protocols": ["http"]}
    plugin = {"name": "request-termination", "route": {"id": "r"}}
    environment = facts(planes=[plane(entities={"routes": [route], "plugins": [plugin]})])
    assert verdict("plugins-authentication", environment) is NONE
    assert verdict("routes-tls", environment) is NONE
    assert verdict("routes-mapped", environment) is PASS


@pytest.mark.parametrize(
    ("plugins", "expected"),
    [
        ([{"name": "http-log"}], PASS),
        ([{"name": "http-log", "route": {"id": "r"}}], MANUAL),
        ([{"name": "http-log", "enabled": False}], MANUAL),
        ([{"name": "prometheus"}], MANUAL),
        ([], MANUAL),
    ],
)
def test_logging_is_global_or_somebody_decides(
    plugins: list[dict[str, object]], expected: Verdict
) -> None:
    environment = facts(planes=[plane(entities={"plugins": plugins})])
    assert verdict("plugins-logging", environment) is expected


def test_a_certificate_in_a_vault_is_looked_at() -> None:
    certificate = {"id": "c", "cert": "{vault://env/cert}"}
    environment = facts(planes=[plane(entities={"certificates": [certificate]})])
    assert verdict("certificates-valid", environment) is MANUAL


@pytest.mark.parametrize(
    ("requests", "expected"), [({"main": 12.0}, PASS), ({"main": 0.0}, MANUAL), (None, MANUAL)]
)
def test_requests_in_the_analytics_are_evidence_for_metrics(
    requests: dict[str, float] | None, expected: Verdict
) -> None:
    environment = facts(planes=[plane()], requests=requests, requests_error="answered 403")
    assert verdict("metrics", environment) is expected
    if requests is None:
        assert "answered 403" in values("metrics", environment)


# Addresses


@pytest.mark.parametrize(
    ("cidr", "expected"),
    [
        ("10.72.0.0/20", PASS),
        ("10.72.0.0/24", FAIL),
        ("11.0.0.0/20", FAIL),
        ("10.100.0.0/20", FAIL),
    ],
)
def test_a_gateway_network_follows_kongs_rules(cidr: str, expected: Verdict) -> None:
    assert verdict("cidr-size", facts(networks=[network("aws-us-east-2", cidr)])) is expected


def test_two_gateway_networks_of_one_block_overlap() -> None:
    networks = [network("aws-us-east-2"), network("azure-eastus2")]
    assert verdict("cidr-overlap", facts(networks=networks)) is FAIL


def test_everything_behind_an_attachment_is_too_wide() -> None:
    link = {**attachment(aws.TGW), "cidr_blocks": ["10.0.0.0/8"]}
    environment = facts(networks=[network("aws-us-east-2", attachments=[link])])
    assert verdict("egress-limits", environment) is FAIL
