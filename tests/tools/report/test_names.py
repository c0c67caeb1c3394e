"""The names on the page: their records, and where clients of three places would arrive."""

from __future__ import annotations

from typing import Any

import pytest

from components.regions import Cloud
from tests.tools.report.logs import UNKNOWN, preview_of, step
from tools.report.names import CLIENTS, LATER, Origin, names, public_records, reached
from tools.report.preview import Action

AWS = Origin("aws-us-east-2", Cloud.AWS, "us-east-2")
IRELAND = Origin("azure-northeurope", Cloud.AZURE, "northeurope")
IOWA = Origin("gcp-us-central1", Cloud.GCP, "us-central1")


def where(*origins: Origin, routing: str = "geoproximity") -> dict[str, str]:
    return {client: reached(place, origins, routing) for client, place in CLIENTS.items()}


def test_each_client_reaches_the_nearest_region() -> None:
    assert where(AWS, IRELAND, IOWA) == {
        "Ohio": "aws-us-east-2",
        "Dublin": "azure-northeurope",
        "Iowa": "gcp-us-central1",
    }


def test_a_drained_region_is_reached_by_nobody() -> None:
    drained = Origin(IOWA.key, IOWA.cloud, IOWA.region, drained=True)
    assert where(AWS, IRELAND, drained)["Iowa"] == "aws-us-east-2"


def test_a_bias_makes_a_region_larger() -> None:
    large = Origin(AWS.key, AWS.cloud, AWS.region, bias=90)
    assert where(large, IOWA)["Iowa"] == "aws-us-east-2"
    small = Origin(IOWA.key, IOWA.cloud, IOWA.region, bias=-90)
    assert where(AWS, small)["Iowa"] == "aws-us-east-2"


def test_weights_share_the_clients_of_all_places() -> None:
    blue = Origin("aws-us-east-2", Cloud.AWS, "us-east-2", weight=10)
    green = Origin("azure-eastus2", Cloud.AZURE, "eastus2", weight=30)
    shares = "aws-us-east-2 25%, azure-eastus2 75%"
    assert where(blue, green, routing="weighted") == dict.fromkeys(CLIENTS, shares)


@pytest.mark.parametrize("routing", ["weighted", "latency"])
def test_regions_that_are_all_drained_are_reached_by_nobody(routing: str) -> None:
    gone = Origin("aws-us-east-2", Cloud.AWS, "us-east-2", drained=True)
    assert where(gone, routing=routing)["Ohio"] in ("no region", "not known")


def origin(of: Origin) -> dict[str, Any]:
    return {"key": of.key, "cloud": of.cloud.value, "region": of.region, "weight": 100.0}


def test_names_and_records_are_read_from_the_plan() -> None:
    entry = {"names": {"api.a.example": [AWS.key, IOWA.key], "aws.a.example": [AWS.key]}}
    steering = {
        "fqdn": "api.a.example",
        "routing": "latency",
        "origins": [origin(AWS), origin(IOWA) | {"drained": True}],
    }
    record = {
        "name": "api.a.example",
        "type": "CNAME",
        "ttl": 60.0,
        "records": [UNKNOWN],
        "setIdentifier": AWS.key,
    }
    cloud_dns = {"name": "_acme.a.example.", "type": "CNAME", "ttl": 300.0, "rrdatas": ["b."]}
    preview = preview_of(
        step("create", "multicloudgateway:index:Entry", "entry", after=entry),
        step("create", "multicloudgateway:index:Route53Steering", "steering", after=steering),
        step("create", "aws:route53/record:Record", "record", after=record),
        step("same", "gcp:dns/recordSet:RecordSet", "acme", before=cloud_dns, after=cloud_dns),
    )
    steered, alone = names(preview)
    assert (steered.fqdn, steered.how, steered.drained) == ("api.a.example", "latency", [IOWA.key])
    assert set(steered.reached.values()) == {AWS.key}
    assert (alone.how, alone.reached["Dublin"]) == ("one region", AWS.key)
    acme, api = public_records(preview)
    assert (acme.name, acme.value, acme.ttl, acme.action) == (
        "_acme.a.example",
        "b.",
        "300",
        Action.SAME,
    )
    assert (api.name, api.value, api.action) == (f"api.a.example ({AWS.key})", LATER, Action.CREATE)
