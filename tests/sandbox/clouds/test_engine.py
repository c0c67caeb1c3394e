"""Every modelled type through the real engine: created, unchanged, refreshed, destroyed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.accounts import (
    CUSTOMER_AWS_ACCOUNT,
    CUSTOMER_AZURE_SUBSCRIPTION,
    CUSTOMER_AZURE_TENANT,
    CUSTOMER_GCP_PROJECT,
    CUSTOMER_GCP_PROJECT_NUMBER,
    KONG_AWS_ACCOUNT,
    KONG_AZURE_PRINCIPAL,
    KONG_GCP_PRINCIPAL,
    KONG_GCP_PROJECT,
)
from sandbox.clouds import CloudServers
from sandbox.handshakes import (
    azure_peering,
    gcp_peering,
    gcp_private_dns,
    transit_gateway,
    vpc_peering,
)
from sandbox.store import Store
from tests.engine_fixture import Project
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Provider

PROGRAM = Path(__file__).with_name("programs") / "everything.py"


IMPORTS = """
import pulumi
import pulumi_aws as aws
import pulumi_azure_native as azure
import pulumi_gcp as gcp

config = pulumi.Config()


def imported(kind):
    return pulumi.ResourceOptions(import_=config.require(kind))


aws.ec2.Vpc("v", cidr_block="10.0.0.0/16", tags={"a": "b"}, opts=imported("vpc"))
azure.resources.ResourceGroup(
    "g", resource_group_name="g", location="westeurope", opts=imported("group")
)
gcp.compute.Network("n", name="n", auto_create_subnetworks=False, opts=imported("network"))
"""

STRANGER = """
import pulumi_aws as aws

aws.ec2.VpnGateway("door")
"""


@pytest.fixture
def project(make_project: Callable[..., Project], clouds: CloudServers) -> Project:
    project = make_project(PROGRAM.read_text())
    project.env = {**project.env, "PULUMI_DEBUG_PROVIDERS": clouds.debug_providers}
    for key, value in {
        "aws:region": "us-east-2",
        "gcp:region": "us-east4",
        "kongAccount": KONG_AWS_ACCOUNT,
        "kongPrincipal": KONG_AZURE_PRINCIPAL,
        "kongGcpPrincipal": KONG_GCP_PRINCIPAL,
        "kongNetwork": f"projects/{KONG_GCP_PROJECT}/global/networks/kong-7f3a",
    }.items():
        project.ok("config", "set", key, value, "--stack", "dev")
    return project


def test_every_type_lives_from_up_to_destroy(project: Project, store: Store) -> None:
    out = project.ok("up", "--yes", "--stack", "dev")
    assert "warning" not in out.lower()
    outputs = project.outputs(show_secrets=True)

    assert outputs["account"] == CUSTOMER_AWS_ACCOUNT
    assert outputs["region"] == "us-east-2"
    assert outputs["subscription"] == CUSTOMER_AZURE_SUBSCRIPTION
    assert outputs["project"] == CUSTOMER_GCP_PROJECT
    assert outputs["project_number"] == CUSTOMER_GCP_PROJECT_NUMBER
    assert outputs["west_arn"].startswith("arn:aws:ec2:us-west-2:")
    assert outputs["east_arn"].startswith("arn:aws:ec2:eu-west-1:")
    assert outputs["east_tags"] == {"team": "platform"}
    assert outputs["peering_state"] == "INACTIVE"
    assert outputs["cache_port"] == 6378
    assert project.outputs()["cache_auth"] == "[secret]"

    with store.transaction():
        assert (
            transit_gateway.missing(
                store,
                ram_share_arn=outputs["share_arn"],
                region="us-east-2",
                transit_gateway_id=outputs["tgw_id"],
            )
            is None
        )
        assert (
            azure_peering.missing(
                store,
                tenant_id=CUSTOMER_AZURE_TENANT,
                subscription_id=CUSTOMER_AZURE_SUBSCRIPTION,
                resource_group_name=outputs["group_name"],
                vnet_name="landing",
            )
            is None
        )
        domain = {
            "domain_name": "acme.internal",
            "peer_project_id": CUSTOMER_GCP_PROJECT,
            "peer_vpc_name": outputs["network_name"],
        }
        assert gcp_private_dns.missing(store, **domain) is None
        attachment = transit_gateway.open_(
            store,
            region="us-east-2",
            transit_gateway_id=outputs["tgw_id"],
            kong_vpc_id="vpc-0123456789abcdef0",
            kong_subnet_ids=["subnet-0123456789abcdef0"],
            cidr_block="10.64.0.0/16",
            name="kong",
        )
        peering = vpc_peering.open_(
            store,
            region="us-east-2",
            peer_vpc_id=outputs["vpc_id"],
            peer_account_id=CUSTOMER_AWS_ACCOUNT,
            peer_vpc_region="us-east-2",
            kong_vpc_id="vpc-0123456789abcdef0",
            cidr_block="10.64.0.0/16",
        )
        mirror = {
            "peer_project_id": CUSTOMER_GCP_PROJECT,
            "peer_vpc_name": outputs["network_name"],
            "kong_network": "kong-7f3a",
        }
        gcp_peering.open_(store, **mirror, cidr_block="10.64.0.0/16")
    project.ok("config", "set", "kongAttachment", attachment, "--stack", "dev")
    project.ok("config", "set", "kongPeering", peering, "--stack", "dev")
    project.ok("up", "--yes", "--stack", "dev")
    with store.transaction():
        assert (
            transit_gateway.state(store, region="us-east-2", attachment_id=attachment)
            == "available"
        )
        assert vpc_peering.state(store, region="us-east-2", peering_id=peering) == "active"

    project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev")
    kept = {resource["type"]: resource.get("outputs", {}) for resource in project.resources()}
    assert kept[tokens.GCP_PEERING]["state"] == "ACTIVE"
    project.ok("refresh", "--yes", "--skip-preview", "--stack", "dev", "--expect-no-changes")
    project.ok("preview", "--stack", "dev", "--expect-no-changes")

    with store.transaction():
        vpc_peering.close(store, region="us-east-2", peering_id=peering)
        gcp_peering.close(store, **mirror)
    project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    with store.transaction():
        assert (
            transit_gateway.state(store, region="us-east-2", attachment_id=attachment) == "deleted"
        )
        transit_gateway.close(store, region="us-east-2", attachment_id=attachment)
        assert store.everything() == {}


def test_what_exists_is_imported_by_id(
    make_project: Callable[..., Project],
    clouds: CloudServers,
    aws: Provider,
    azure: Provider,
    gcp: Provider,
    store: Store,
) -> None:
    project = make_project(IMPORTS)
    project.env = {**project.env, "PULUMI_DEBUG_PROVIDERS": clouds.debug_providers}
    existing = {
        "vpc": aws.create(tokens.VPC, cidrBlock="10.0.0.0/16", tags={"a": "b"}),
        "group": azure.create(tokens.RESOURCE_GROUP, resourceGroupName="g", location="westeurope"),
        "network": gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False),
    }
    for key, made in existing.items():
        project.ok("config", "set", key, made.id, "--stack", "dev")
    project.ok("config", "set", "aws:region", "us-east-2", "--stack", "dev")
    assert "= 3 imported" in project.ok("up", "--yes", "--stack", "dev")
    project.ok("preview", "--stack", "dev", "--expect-no-changes")
    project.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert store.everything() == {}


def test_a_type_outside_the_sandbox_is_refused_by_name_at_preview(
    make_project: Callable[..., Project], clouds: CloudServers
) -> None:
    project = make_project(STRANGER)
    project.env = {**project.env, "PULUMI_DEBUG_PROVIDERS": clouds.debug_providers}
    done = project.run("preview", "--stack", "dev")
    assert done.code != 0
    assert "the sandbox does not model aws:ec2/vpnGateway:VpnGateway" in done.output
