"""A controller of its own for each test, and networks in the simulated clouds for its gateways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.accounts import (
    CUSTOMER_AWS_ACCOUNT,
    CUSTOMER_AZURE_SUBSCRIPTION,
    CUSTOMER_AZURE_TENANT,
    CUSTOMER_GCP_PROJECT,
)
from sandbox.store import Store
from tests.sandbox.aviatrix.controller import Controller
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import aws, azure, clouds, connect, gcp, store
from tests.sandbox.clouds.harness import Made, Provider

__all__ = ["aws", "azure", "clouds", "connect", "gcp", "store"]

AWS_REGION, AZURE_REGION, GCP_ZONE = "us-east-2", "West Europe", "us-east4-b"


@pytest.fixture
def controller(store: Store) -> Iterator[Controller]:
    controller = Controller(store)
    yield controller
    controller.close()


@dataclass(frozen=True)
class Estate:
    """A controller with an account in each cloud, and ways to make networks and gateways."""

    controller: Controller
    aws: Provider
    azure: Provider
    gcp: Provider
    made: dict[str, Made] = field(default_factory=dict)
    """The last cloud object of each type, by token."""

    def create(self, provider: Provider, token: str, logical: str, **inputs: Any) -> Made:
        """Create a cloud object."""
        self.made[token] = provider.create(token, logical, **inputs)
        return self.made[token]

    def vpc(self, number: int) -> tuple[Made, Made]:
        """A VPC and its subnet: ``10.<number>.0.0/16`` and ``10.<number>.0.0/28``."""
        name = f"vpc-{number}"
        vpc = self.create(
            self.aws, tokens.VPC, name, cidrBlock=f"10.{number}.0.0/16", tags={"Name": name}
        )
        subnet = self.create(
            self.aws, tokens.SUBNET, name, vpcId=vpc.id, cidrBlock=f"10.{number}.0.0/28"
        )
        return vpc, subnet

    def aws_form(self, name: str, number: int, **fields: str) -> dict[str, str]:
        """The form of a gateway in a new VPC."""
        return {
            "account_name": "aws",
            "cloud_type": "1",
            "gw_name": name,
            "vpc_id": self.vpc(number)[0].id,
            "vpc_region": AWS_REGION,
            "gw_size": "c5.xlarge",
            "gw_subnet": f"10.{number}.0.0/28",
            **fields,
        }

    def azure_form(self, name: str, number: int, **fields: str) -> dict[str, str]:
        """The form of a gateway in a new VNet."""
        group = self.create(self.azure, tokens.RESOURCE_GROUP, name, resourceGroupName=f"rg-{name}")
        at = {"resourceGroupName": group["name"], "virtualNetworkName": f"net-{name}"}
        space = {"addressPrefixes": [f"10.{number}.0.0/16"]}
        vnet = self.create(self.azure, tokens.VNET, name, addressSpace=space, **at)
        self.create(
            self.azure,
            tokens.AZURE_SUBNET,
            name,
            subnetName="gw",
            addressPrefix=f"10.{number}.0.0/28",
            **at,
        )
        return {
            "account_name": "azure",
            "cloud_type": "8",
            "gw_name": name,
            "vpc_id": f"net-{name}:{group['name']}:{vnet['resourceGuid']}",
            "vpc_region": AZURE_REGION,
            "gw_size": "Standard_B2ms",
            "gw_subnet": f"10.{number}.0.0/28",
            **fields,
        }

    def gcp_form(self, name: str, number: int, **fields: str) -> dict[str, str]:
        """The form of a gateway in a new network."""
        self.network(f"net-{name}", number)
        return {
            "account_name": "gcp",
            "cloud_type": "4",
            "gw_name": name,
            "vpc_id": f"net-{name}~-~{CUSTOMER_GCP_PROJECT}",
            "zone": GCP_ZONE,
            "gw_size": "n1-standard-1",
            "gw_subnet": f"10.{number}.0.0/28",
            **fields,
        }

    def network(self, name: str, number: int) -> None:
        """A network of GCP with a subnetwork ``10.<number>.0.0/28``."""
        made = self.create(
            self.gcp, tokens.GCP_NETWORK, name, name=name, autoCreateSubnetworks=False
        )
        block = f"10.{number}.0.0/28"
        self.create(
            self.gcp,
            tokens.GCP_SUBNETWORK,
            name,
            name=name,
            network=made.id,
            ipCidrRange=block,
            region="us-east4",
        )

    def transit(self, name: str, number: int, **fields: str) -> None:
        """A transit gateway in AWS that is up."""
        form = self.aws_form(name, number, transit="true", **fields)
        self.controller.does("create_multicloud_primary_gateway", **form)

    def spoke(self, name: str, number: int, **fields: str) -> None:
        """A spoke gateway in AWS that is up."""
        form = self.aws_form(name, number, **fields)
        self.controller.does("create_multicloud_primary_gateway", **form)

    def attached(self, spoke: str, transit: str, number: int) -> None:
        """A spoke gateway in AWS that is attached to a transit."""
        self.spoke(spoke, number)
        self.controller.does("attach_spoke_to_transit_gw", spoke_gw=spoke, transit_gw=transit)


@pytest.fixture
def estate(controller: Controller, aws: Provider, azure: Provider, gcp: Provider) -> Estate:
    controller.ok(
        "setup_account_profile",
        account_name="aws",
        cloud_type="1",
        aws_account_number=CUSTOMER_AWS_ACCOUNT,
        aws_iam="true",
    )
    controller.ok(
        "setup_account_profile",
        account_name="azure",
        cloud_type="8",
        arm_subscription_id=CUSTOMER_AZURE_SUBSCRIPTION,
        arm_application_endpoint=CUSTOMER_AZURE_TENANT,
        arm_application_client_id="client",
        arm_application_client_secret="hidden",
    )
    fields = {
        "action": "setup_account_profile",
        "CID": controller.cid,
        "account_name": "gcp",
        "cloud_type": "4",
        "gcloud_project_name": CUSTOMER_GCP_PROJECT,
    }
    key = json.dumps({"type": "service_account"})
    answer = controller.send(
        "POST", data=fields, files={"gcloud_project_credentials": ("key.json", key)}
    ).json()
    assert answer["return"], answer
    return Estate(controller, aws, azure, gcp)
