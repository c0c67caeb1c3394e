"""Kong's use of a shared resource configuration, against what the customer created."""

from __future__ import annotations

from sandbox.handshakes import resource_endpoint
from sandbox.store import Store
from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.harness import Provider
from tests.sandbox.handshakes.aws import REGION, resource_configuration, share


def problem(store: Store, arn: str, region: str = REGION) -> str | None:
    with store.transaction():
        return resource_endpoint.missing(store, ram_share_arn=arn, region=region)


def test_a_resource_endpoint_needs_a_lattice_resource_configuration(
    aws: Provider, store: Store
) -> None:
    tgw, arn = aws.create(tokens.TGW), resource_configuration(aws)
    assert problem(store, share(aws, arn)) is None
    assert "holds no resource configuration" in str(problem(store, share(aws, tgw["arn"])))
    assert "holds no resource configuration" in str(problem(store, share(aws)))
    assert "2 resources instead of one" in str(problem(store, share(aws, tgw["arn"], arn)))


def test_the_share_is_with_kong_and_in_the_region_of_the_network(
    aws: Provider, store: Store
) -> None:
    arn = resource_configuration(aws)
    assert "not shared with account" in str(problem(store, share(aws, arn, principal=None)))
    elsewhere = problem(store, share(aws, arn), region="us-west-2")
    assert "does not exist in us-west-2" in str(elsewhere)
