"""The picture of the network after the change: what it shows, and what it does not claim."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reachability.records import UNKNOWN, Record, Records
from tests.reachability.fabrics import for_tests, prod
from tests.tools.report.logs import UNKNOWN as UNKNOWN_TEXT
from tests.tools.report.logs import events_of, recorded
from tools.report import Preview, write_page
from tools.report.network import network
from tools.topology.render import svg
from tools.topology.scene import topology_of

HUB = "aws:ec2transitgateway/transitGateway:TransitGateway"
NETWORK = "pulumi-python:dynamic/konnect:CloudGatewayNetwork"
RULE = "azure-native:network:SecurityRule"


def preview_of(records: Sequence[Record], *deleted: str, blank: bool = False) -> Preview:
    """A first preview of resources, but for some that go. Blank: the dependencies are not known."""
    events = [
        {
            "resOutputsEvent": {
                "metadata": {
                    "op": "delete" if one.name in deleted else "create",
                    "urn": one.urn,
                    "type": one.type,
                    "old" if one.name in deleted else "new": {
                        "id": one.id or UNKNOWN_TEXT,
                        "inputs": on_the_wire(one.properties),
                        "outputs": on_the_wire(one.properties),
                    },
                }
            }
        }
        for one in records
    ]
    preview = Preview.of(events_of(*events))
    dependencies = {one.urn: one.dependencies for one in records}
    return preview if blank else replace(preview, dependencies=dependencies)


def on_the_wire(value: Any) -> Any:
    """A value as the engine writes it to an event log."""
    if isinstance(value, Mapping):
        return {key: on_the_wire(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [on_the_wire(item) for item in value]
    return UNKNOWN_TEXT if value is UNKNOWN else value


def changed(
    records: Sequence[Record], type_: str, change: Callable[[dict[str, Any]], Mapping[str, Any]]
) -> list[Record]:
    """The resources, with other properties in those of one type."""
    return [
        replace(one, properties={**one.properties, **change(dict(one.properties))})
        if one.type == type_
        else one
        for one in records
    ]


def test_a_first_preview_shows_what_the_state_will_show() -> None:
    for fabric in (for_tests(), prod()):
        after = topology_of("prod", Records(fabric.resources()))
        assert after.lines
        assert network(preview_of(fabric.resources(preview=True)), "prod") == svg(after)


def test_without_the_dependencies_of_unknown_ids_nothing_is_drawn() -> None:
    assert network(preview_of(prod().resources(preview=True), blank=True), "prod") is None
    assert network(recorded("first-dev"), "dev") is None


def test_a_network_without_a_hub_and_without_a_service_is_only_in_the_first_picture() -> None:
    properties = {"name": "a", "cidr_block": "10.80.0.0/20", "region": "eastus2"}
    gateway = Record(NETWORK, f"urn:pulumi:dev::p::{NETWORK}::dev-azure-eastus2", properties)
    assert topology_of("dev", Records([gateway])).regions
    assert network(preview_of([gateway]), "dev") is None


def test_a_deleted_hub_is_not_in_the_network_after_the_change() -> None:
    records = prod().resources(preview=True)
    hubs = [one.name for one in records if one.type == HUB]
    before, after = preview_of(records), preview_of(records, hubs[0])
    assert all(f"<title>{hub}</title>" in str(network(before, "prod")) for hub in hubs)
    shown = [f"<title>{hub}</title>" in str(network(after, "prod")) for hub in hubs]
    assert shown == [False, *[True] * (len(hubs) - 1)]


def test_a_connection_that_unknown_blocks_decide_is_not_said_to_stop() -> None:
    denied = changed(prod().resources(preview=True), RULE, lambda _: {"access": "Deny"})
    stops = str(network(preview_of(denied), "prod"))
    assert " stops" in stops.split("</style>")[1]
    assert "does not reach it" in stops
    for hidden in (UNKNOWN, "[secret]"):
        unknown = changed(denied, RULE, lambda _, hidden=hidden: {"sourceAddressPrefix": hidden})
        shown = str(network(preview_of(unknown), "prod"))
        assert " stops" not in shown.split("</style>")[1]
        assert "does not reach it" not in shown
        assert "reaches it is not known before `up`: it depends on values" in shown


def test_the_styles_and_ids_of_picture_and_page_do_not_meet(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write_page(preview_of(prod().resources(preview=True)), file, stack="prod")
    page = file.read_text()
    of_page, of_picture = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    rules = re.findall(r"([^{}]+)\{[^}]*\}", of_picture)
    selectors = [one.strip() for rule in rules for one in rule.split(",")]
    assert len(selectors) > 20
    assert [one for one in selectors if not re.match(r"\.network\b", one)] == []
    drawn = page.partition('class="network"')[2].partition("</svg>")[0]
    classes = {name for found in re.findall(r'class="([^"]*)"', drawn) for name in found.split()}
    assert classes
    bare = re.sub(r"\.picture [^{]*\{", "{", of_page)
    assert {name for name in classes if re.search(rf"(?<![\w-])(?<!ul)\.{name}\b", bare)} == set()
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert {"network-title", "network-description", "picture-title"} <= set(ids)


def test_names_in_the_picture_are_escaped(tmp_path: Path) -> None:
    attack = "</svg><script>alert(1)</script>"
    records = []
    for one in prod().resources(preview=True):
        text = json.dumps(on_the_wire(one.properties)).replace('"till"', json.dumps(attack))
        records.append(replace(one, properties=json.loads(text)))
    file = tmp_path / "report.html"
    write_page(preview_of(records), file, stack=f"prod{attack}")
    page = file.read_text()
    assert "&lt;/svg&gt;&lt;script&gt;" in page
    assert "<script" not in page
    assert page.count("</svg>") == page.count("<svg")
