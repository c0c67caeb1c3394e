"""A compliant environment, and the tools to break one thing of it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from stacks.settings import SettingsError, load

FILE = "stacks/Pulumi.test.yaml"
PRINCIPAL = "0a1b2c3d-0000-4000-8000-00000000dddd"

BASELINE: dict[str, Any] = {
    "control_plane": {"description": "Test gateways", "labels": {"env": "test"}},
    "environment": "staging",
    "geo": "eu",
    "version": "3.13",
    "api_access": "private",
    "autoscale": {"base_rps": 100},
    "protect": True,
    "cache": {"tier": "small"},
    "rate_limit": {"limit": 1000, "window_size": 60, "sync_rate": 0.5},
    "tags": {"Cost Centre": "4711"},
    "azure": {"kong_principal_id": PRINCIPAL},
    "regions": [
        {
            "cloud": "aws",
            "region": "us-east-2",
            "cidr": "10.64.0.0/20",
            "landing": {"cidr": "10.65.0.0/16", "reach": ["10.128.0.0/16"]},
        },
        {
            "cloud": "azure",
            "region": "eastus2",
            "zones": ["eastus2-az2", "eastus2-az3"],
            "cidr": "10.80.0.0/20",
            "landing": {"cidr": "10.81.0.0/16"},
        },
        {
            "cloud": "gcp",
            "region": "us-central1",
            "zones": ["us-central1-a"],
            "cidr": "10.96.0.0/20",
            "landing": {"cidr": "10.97.0.0/16"},
        },
    ],
}

Step = str | int
REMOVED = object()


def with_change(*path: Step, to: object) -> dict[str, Any]:
    """Copy the baseline with one value set, or with one key removed."""
    document = copy.deepcopy(BASELINE)
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    if to is REMOVED:
        del holder[path[-1]]
    else:
        holder[path[-1]] = to
    return document


def lines_of(value: object) -> list[str]:
    """Load what is not loadable and give the lines of the error, without the file."""
    with pytest.raises(SettingsError) as caught:
        load("test", value)
    lines = str(caught.value).split("\n")
    assert all(line.startswith(f"{FILE}: ") for line in lines)
    return [line.removeprefix(f"{FILE}: ") for line in lines]
