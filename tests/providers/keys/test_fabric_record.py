"""The record of a fabric: a preview refuses to change what is live."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from multicloudgateway import state
from providers.base.errors import ProviderError
from providers.keys.fabric_record import FabricRecordProvider
from tests.providers.konnect import rpc

RECORD: dict[str, Any] = {
    "driver": "native",
    "cores": {"aws": "aws-us-east-2", "gcp": "gcp-us-central1"},
    "asns": {"aws-us-east-2": 64513, "gcp-us-central1": 64514},
    "tunnels": {"aws-us-east-2-gcp-us-central1": ["169.254.64.0/30", "169.254.64.4/30"]},
    "spokes": {"shop": "aws-us-east-2 10.66.0.0/20"},
    "segment_tables": {"azure-eastus2": ["audit", "ledger"]},
    "routing_intents": [],
    "networks": {},
    "accounts": {},
    "firenet": [],
}
INSPECTED = {**RECORD, "segment_tables": {}, "routing_intents": ["azure-eastus2"]}
OPENED = {**RECORD, "segment_tables": {}}
OLDER = {name: RECORD[name] for name in ("driver", "cores", "asns", "tunnels", "spokes")}
"""The record of a release that knew nothing of the rest."""


@pytest.fixture(scope="module")
def process() -> Iterator[rpc.ProviderProcess]:
    """The process that the engine starts, without any credentials."""
    started = rpc.ProviderProcess({})
    yield started
    started.stop()


@pytest.fixture
def reference() -> str:
    return rpc.reference(FabricRecordProvider)


def failures(olds: dict[str, Any], news: dict[str, Any]) -> list[tuple[str, str]]:
    found = FabricRecordProvider().check(olds, news).failures
    return [(one.property, one.reason) for one in found]


@pytest.mark.parametrize(
    ("change", "property_", "said"),
    [
        (
            {"driver": "aviatrix"},
            "driver",
            "the driver of the fabric is live as native and cannot become aviatrix: restore it in "
            "the recorded address plan",
        ),
        (
            {"cores": {"aws": "aws-eu-west-1"}},
            "cores",
            "the core of aws is live as aws-us-east-2 and cannot become aws-eu-west-1",
        ),
        (
            {"asns": {"aws-us-east-2": 64999}},
            "asns",
            "the ASN of aws-us-east-2 is live as 64513 and cannot become 64999",
        ),
        (
            {"tunnels": {"aws-us-east-2-gcp-us-central1": ["169.254.65.0/30", "169.254.64.4/30"]}},
            "tunnels",
            "the tunnel blocks of aws-us-east-2-gcp-us-central1 are live as 169.254.64.0/30, "
            "169.254.64.4/30 and cannot become 169.254.65.0/30, 169.254.64.4/30",
        ),
    ],
)
def test_a_number_that_is_live_cannot_change(
    change: dict[str, Any], property_: str, said: str
) -> None:
    ((name, reason),) = failures(RECORD, {**RECORD, **change})
    assert name == property_
    assert reason.startswith(said)
    assert "RELEASE=fabric" in reason


@pytest.mark.parametrize("other", ["aws-eu-west-1 10.66.0.0/20", "aws-us-east-2 10.67.0.0/20"])
def test_the_network_of_a_live_spoke_cannot_move(other: str) -> None:
    ((name, reason),) = failures(RECORD, {**RECORD, "spokes": {"shop": other}})
    assert name == "spokes"
    assert reason == (
        f"the network of spoke shop is live as aws-us-east-2 10.66.0.0/20 and cannot become {other}"
        ": another region or block is another network. Write it back; or delete the spoke from "
        "fabric.spokes, run `pulumi up`, and declare it again"
    )
    more = {**RECORD, "spokes": {**RECORD["spokes"], "till": other}}
    assert failures(RECORD, more) == failures(more, RECORD) == []


OPEN_FIRST = (
    "A hub has one or the other, and an update deletes last. First write kind: none and gateways: "
    "true in audit, ledger, and run `pulumi up`: gateways reach the ports of these spokes until "
    "the second update. Then write what you want"
)


def test_tables_of_segments_do_not_give_way_to_routing_intent_in_one_update() -> None:
    assert failures(RECORD, INSPECTED) == [
        (
            "routing_intents",
            "virtual hub azure-eastus2 has route tables of audit, ledger and cannot get routing "
            f"intent, which fabric.inspection asks for. {OPEN_FIRST}",
        )
    ]
    assert failures(INSPECTED, RECORD) == [
        (
            "segment_tables",
            "virtual hub azure-eastus2 has routing intent and cannot get route tables of audit, "
            f"ledger, which gateways: false asks for. {OPEN_FIRST}",
        )
    ]


def test_tables_of_segments_and_routing_intent_come_and_go() -> None:
    for one in (RECORD, INSPECTED):
        assert failures(OPENED, one) == failures(one, OPENED) == []
    assert failures(OLDER, RECORD) == failures(OLDER, INSPECTED) == []


AVIATRIX: dict[str, Any] = {
    **RECORD,
    "driver": "aviatrix",
    "networks": {"aws-us-east-2": "10.75.0.0/23"},
    "accounts": {"aws": "aws-prod"},
    "firenet": ["aws-us-east-2"],
}


@pytest.mark.parametrize(
    ("change", "property_", "said"),
    [
        (
            {"networks": {"aws-us-east-2": "10.75.2.0/23"}},
            "networks",
            "the transit network of aws-us-east-2 is live as 10.75.0.0/23 and cannot become "
            "10.75.2.0/23: it would replace the transit gateways there",
        ),
        (
            {"accounts": {"aws": "aws-other"}},
            "accounts",
            "the access account of aws is live as aws-prod and cannot become aws-other: it would "
            "replace the transit gateways there",
        ),
    ],
)
def test_a_live_transit_gateway_keeps_its_network_and_its_account(
    change: dict[str, Any], property_: str, said: str
) -> None:
    ((name, reason),) = failures(AVIATRIX, {**AVIATRIX, **change})
    assert name == property_
    assert reason.startswith(said)
    assert "Write it back in fabric.aviatrix. For a change, delete fabric:" in reason


def test_firenet_stays_where_it_is_live() -> None:
    ((name, reason),) = failures(AVIATRIX, {**AVIATRIX, "firenet": []})
    assert (name, reason[:43]) == ("firenet", "FireNet of aws-us-east-2 is live and cannot")
    assert reason.endswith("Write firenet: true under fabric.aviatrix")
    assert failures({**AVIATRIX, "firenet": []}, AVIATRIX) == []
    gone = {**AVIATRIX, "networks": {}, "firenet": []}
    assert failures(AVIATRIX, gone) == []


def test_a_state_of_an_older_release_takes_any_network_and_then_keeps_it(
    process: rpc.ProviderProcess, reference: str
) -> None:
    older = {**OLDER, "driver": "aviatrix"}
    assert failures(older, AVIATRIX) == []
    diff = process.diff(reference, "fabric", older, AVIATRIX)
    assert (diff.changes, diff.replaces) == (True, [])
    recorded = process.update(reference, "fabric", older, AVIATRIX)
    assert recorded["networks"] == AVIATRIX["networks"]
    assert process.read(reference, "fabric", older).id == "fabric"


def test_a_native_fabric_of_an_older_release_has_no_change(
    process: rpc.ProviderProcess, reference: str
) -> None:
    assert not process.diff(reference, "fabric", OLDER, OPENED).changes


def test_all_changed_numbers_are_told_at_once() -> None:
    changed = {**RECORD, "asns": {"aws-us-east-2": 64520, "gcp-us-central1": 64521}}
    assert len(failures(RECORD, changed)) == 2


def test_owners_come_and_go() -> None:
    more = {**RECORD, "asns": {**RECORD["asns"], "aws-eu-west-1": 64515}}
    assert failures(RECORD, more) == failures(more, RECORD) == []


def test_a_record_goes_through_the_engine_unchanged(
    process: rpc.ProviderProcess, reference: str
) -> None:
    id_, created = process.create(reference, RECORD)
    read = process.read(reference, id_, created)
    assert read.id == id_
    assert not process.diff(reference, id_, read.outputs, RECORD).changes
    more = {**RECORD, "asns": {**RECORD["asns"], "aws-eu-west-1": 64515}}
    diff = process.diff(reference, id_, read.outputs, more)
    assert (diff.changes, diff.replaces) == (True, [])
    assert process.update(reference, id_, created, more)["asns"]["aws-eu-west-1"] == 64515
    process.delete(reference, id_, created)


def test_an_import_is_refused_with_the_remedy() -> None:
    with pytest.raises(ProviderError, match=r"cannot be imported: only .* Create a new"):
        FabricRecordProvider().read("fabric", {})


def test_state_finds_the_provider_class_by_its_type(reference: str) -> None:
    assert b"multicloudgateway:FabricRecord" in base64.b64decode(reference)
    assert type(state.provider("multicloudgateway:FabricRecord")) is FabricRecordProvider
