"""Labels of the simulated GCP."""

from __future__ import annotations

import pytest

from tests.sandbox.clouds import tokens
from tests.sandbox.clouds.conftest import Connect
from tests.sandbox.clouds.gcp.objects import redis
from tests.sandbox.clouds.harness import Made, Provider, Refused


def test_labels_are_lower_case(gcp: Provider, network: Made) -> None:
    with pytest.raises(Refused, match="violates format constraints"):
        redis(gcp, labels={"Team": "platform"})


def test_labels_of_the_provider_come_on_top(gcp: Provider, network: Made) -> None:
    made = redis(gcp, labels={"team": "platform"})
    assert made["effectiveLabels"] == {"team": "platform", "goog-pulumi-provisioned": "true"}


def test_the_default_labels_of_a_provider_are_on_its_resources(connect: Connect) -> None:
    gcp = connect("gcp", {"defaultLabels": {"owner": "edge", "team": "other"}})
    made = gcp.create(tokens.GCP_ADDRESS, name="a", labels={"team": "platform"})
    assert made["labels"] == {"team": "platform"}
    assert made["pulumiLabels"] == {
        "owner": "edge",
        "team": "platform",
        "goog-pulumi-provisioned": "true",
    }
