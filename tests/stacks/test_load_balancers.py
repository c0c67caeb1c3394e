"""The load balancer of a region: its settings, and what cannot be, with the way out."""

from __future__ import annotations

import copy
from ipaddress import IPv4Network
from typing import Any

import pytest

from components.load_balancers.base import LoadBalancerChoice, LoadBalancerKind
from stacks import settings
from stacks.arguments import gateway_args
from tests.stacks.baseline import BASELINE, lines_of

CERTIFICATE = "arn:aws:acm:us-east-2:111122223333:certificate/0a1b2c3d"
ELSEWHERE = CERTIFICATE.replace("us-east-2", "eu-west-1")
WEB_ACL = "arn:aws:wafv2:us-east-2:111122223333:regional/webacl/edge/0a1b2c3d"
SUBNETS = {"a": "subnet-1", "b": "subnet-2"}


def document(
    wanted: object, region: int = 0, access: str = "private", **changed: object
) -> dict[str, Any]:
    """The baseline with a load balancer in a region, whose keys are changed too."""
    found = copy.deepcopy(BASELINE)
    found["api_access"] = access
    found["regions"][0]["landing"].pop("reach", None)
    found["regions"][region] |= {"load_balancer": wanted, **changed}
    return found


def test_without_settings_a_region_has_no_load_balancer() -> None:
    loaded = settings.load("test", BASELINE)
    assert {one.load_balancer for one in gateway_args(loaded).regions} == {None}


def test_in_aws_a_load_balancer_is_an_internal_one_of_the_network_kind() -> None:
    loaded = settings.load("test", document({}))
    assert gateway_args(loaded).regions[0].load_balancer == LoadBalancerChoice(
        LoadBalancerKind.NETWORK
    )


def test_all_its_settings_reach_the_component() -> None:
    written = {
        "kind": "application",
        "internal": False,
        "clients": ["10.0.0.0/8"],
        "certificate_arn": CERTIFICATE,
        "web_acl_arn": WEB_ACL,
        "subnet_ids": SUBNETS,
    }
    loaded = settings.load("test", document(written))
    assert gateway_args(loaded).regions[0].load_balancer == LoadBalancerChoice(
        LoadBalancerKind.APPLICATION,
        internal=False,
        clients=(IPv4Network("10.0.0.0/8"),),
        certificate_arn=CERTIFICATE,
        web_acl_arn=WEB_ACL,
        subnet_ids=SUBNETS,
    )


AT = "gateway.regions[0].load_balancer"
GCP_AT = "gateway.regions[2].load_balancer"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            document({}, access="public"),
            f"{AT}: leads to private addresses, and with api_access: public the gateway has none; "
            "write api_access: private, or delete load_balancer",
        ),
        (
            document({}, cidr="198.18.0.0/20"),
            f"{AT}: cannot have targets in the gateway's block 198.18.0.0/20: AWS takes only "
            "10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16; choose another cidr for the "
            "region, or delete load_balancer",
        ),
        (
            document({"kind": "application"}),
            f"{AT}.certificate_arn: is missing; an application load balancer ends TLS with it; "
            "name a certificate of ACM, or write kind: network",
        ),
        (
            document({"certificate_arn": CERTIFICATE}),
            f'{AT}.certificate_arn: "{CERTIFICATE}" is for kind: application; this one, network, '
            "passes TLS through; write kind: application, or delete certificate_arn",
        ),
        (
            document({"kind": "application", "certificate_arn": ELSEWHERE}),
            f'{AT}.certificate_arn: "{ELSEWHERE}" is in eu-west-1, not in us-east-2; '
            "name one in the region of its load balancer",
        ),
        (
            document({"internal": False}),
            f"{AT}.internal: false needs a way from the internet, and a landing that is created "
            "here has none; name subnet_ids with a route to an internet gateway, or delete "
            "internal",
        ),
        (
            document({}, landing="10.65.0.0/22"),
            f"{AT}: has no room in the landing's block 10.65.0.0/22; "
            "give the landing a /21 or larger",
        ),
        (
            document({"kind": "application", "certificate_arn": CERTIFICATE}, zones=["use2-az1"]),
            f"{AT}.kind: is application, which needs two zones, and the region has one; "
            "write kind: network, or add a zone",
        ),
        (
            document({"internal": False}, 2),
            f"{GCP_AT}.internal: false asks for public addresses, and Google has no such load "
            "balancer before a gateway; delete internal, or write entry: {strategy: edge} with "
            "google-load-balancer",
        ),
        (
            document({"clients": ["10.0.0.0/8"]}, 2),
            f"{GCP_AT}.clients: has no effect in GCP: no firewall rule applies to Google's "
            "proxies; delete clients; limit them by a plugin of Kong",
        ),
        (
            document({"certificate_arn": CERTIFICATE}, 2),
            f'{GCP_AT}.certificate_arn: "{CERTIFICATE}" is for aws only; delete certificate_arn',
        ),
        (
            document({"subnet_ids": {"a": "s"}}, 2),
            f"{GCP_AT}.subnet_ids: is for a landing that is given; in this one the subnetworks "
            "are created; delete subnet_ids",
        ),
        (
            document({}, 2, landing="10.97.0.0/23"),
            f"{GCP_AT}: has no room in the landing's block 10.97.0.0/23; "
            "give the landing a /22 or larger",
        ),
        (
            document({}, 2, landing={"cidr": "10.97.0.0/16", "network": "o/p/s"}),
            f"{GCP_AT}.subnet_ids: names not one subnetwork, and the landing is given; "
            "name the subnetwork of its address: {clients: projects/...}",
        ),
        (
            document({}, landing={"cidr": "10.65.0.0/16", "network": "o/p/s"}),
            f"{AT}.subnet_ids: is missing, and the landing is not created here; "
            "name subnets of the landing",
        ),
        (
            document({"gateway_name": "api.example.com"}),
            f'{AT}.gateway_name: "api.example.com" is for azure only; delete gateway_name',
        ),
    ],
)
def test_a_load_balancer_that_cannot_be_is_an_error_with_the_way_out(
    value: object, said: str
) -> None:
    assert said in lines_of(value)


IN_AZURE = {
    "certificate_secret_id": "https://team.vault.azure.net/secrets/api",
    "identity_id": "/subscriptions/0a1b2c3d-0000-4000-8000-00000000bbbb/resourceGroups/edge/"
    "providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader",
    "gateway_name": "api.example.com",
}
AZURE = next(i for i, one in enumerate(BASELINE["regions"]) if one["cloud"] == "azure")


def test_in_azure_a_load_balancer_is_an_application_gateway() -> None:
    loaded = settings.load("test", document(IN_AZURE, AZURE))
    assert gateway_args(loaded).regions[AZURE].load_balancer == LoadBalancerChoice(
        LoadBalancerKind.APPLICATION, **IN_AZURE
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            document({**IN_AZURE, "gateway_name": None}, AZURE),
            ".load_balancer.gateway_name: is missing; an Application Gateway needs it; write the "
            "name in the certificate of the gateway, which it checks",
        ),
        (
            document({**IN_AZURE, "kind": "network"}, AZURE),
            '.load_balancer.kind: "network" is not a kind of load balancer in azure',
        ),
        (
            document({**IN_AZURE, "subnet_ids": SUBNETS}, AZURE),
            ".load_balancer.subnet_ids: ",
        ),
        (
            document(IN_AZURE, AZURE, landing="10.81.0.0/24"),
            ".load_balancer: has no room in the landing's block 10.81.0.0/24; give the landing a "
            "/23 or larger",
        ),
        (
            document(IN_AZURE, AZURE, landing={"cidr": "10.81.0.0/16", "network": "o/p/s"}),
            ".load_balancer: needs a subnet of its own, and the landing is not created here",
        ),
    ],
)
def test_what_an_application_gateway_needs_is_an_error_with_the_way_out(
    value: object, said: str
) -> None:
    assert any(said in line for line in lines_of(value))
