"""Configurations as Konnect returns them: the running group of a network."""

from __future__ import annotations

import pytest

from providers.konnect.cloud_gateways.configuration import Configuration


def test_the_group_of_a_network_is_found_wherever_it_stands() -> None:
    groups = [
        {
            "id": f"group-{region}",
            "provider": "aws",
            "region": region,
            "state": "ready",
            "cloud_gateway_network_id": f"network-{region}",
        }
        for region in ("us-east-2", "eu-west-1")
    ]
    configuration = Configuration.model_validate(
        {"id": "configuration", "control_plane_id": "plane", "dataplane_groups": groups}
    )
    for region in ("us-east-2", "eu-west-1"):
        assert configuration.group(f"network-{region}").id == f"group-{region}"
    with pytest.raises(StopIteration):
        configuration.group("network-of-another")
