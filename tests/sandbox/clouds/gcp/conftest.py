"""One object of each of the usual GCP types, in the provider's project and region."""

from __future__ import annotations

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Made, Provider


@pytest.fixture
def network(gcp: Provider) -> Made:
    return gcp.create(tokens.GCP_NETWORK, name="n", autoCreateSubnetworks=False)


@pytest.fixture
def reserved(gcp: Provider, network: Made) -> Made:
    return gcp.create(
        tokens.GCP_ADDRESS,
        name="services",
        network=network.id,
        purpose="VPC_PEERING",
        addressType="INTERNAL",
        prefixLength=20,
    )


@pytest.fixture
def connection(gcp: Provider, network: Made, reserved: Made) -> Made:
    return gcp.create(
        tokens.GCP_CONNECTION,
        network=network.id,
        service="servicenetworking.googleapis.com",
        reservedPeeringRanges=["services"],
    )
