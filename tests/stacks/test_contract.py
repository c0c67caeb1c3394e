"""The contract as a model: every version that was ever exported is read, and a newer one is not.

`exports/` holds what the staging environment exported in each version, as it was built then.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from stacks.contract import GatewayContract
from stacks.references import ContractError
from tests.event_loops import run_and_close

STACK = "acme/multicloud-gateway/staging"
RECORDED = {
    file.stem: json.loads(file.read_text())
    for file in (Path(__file__).parent / "exports").iterdir()
}
LATEST: dict[str, Any] = RECORDED[GatewayContract.VERSION]

each_version = pytest.mark.parametrize("version", sorted(RECORDED))


@pytest.fixture(autouse=True)
def nothing_pending() -> Iterator[None]:
    """Leave no unfinished Output of an event loop that is over to the tests after these."""
    yield
    pulumi.runtime.settings.reset_options()


def read(exports: dict[str, Any]) -> GatewayContract:
    """The contract in some exports; its Outputs are of an event loop that is over."""

    async def run() -> GatewayContract:
        return GatewayContract.read(exports, STACK)

    return run_and_close(run())


def written(exports: dict[str, Any]) -> dict[str, Any]:
    """What a program would export that has read these exports."""

    async def run() -> Any:
        outputs = GatewayContract.read(exports, STACK).exports()
        return await pulumi.Output.from_input(outputs).future()

    found: dict[str, Any] = run_and_close(run())
    return found


def has_all_of(value: Any, part: Any) -> bool:
    """Whether a value is another one with more keys, at any depth."""
    if not isinstance(part, dict):
        return bool(value == part)
    return isinstance(value, dict) and all(
        key in value and has_all_of(value[key], item) for key, item in part.items()
    )


def changed(**exports: Any) -> dict[str, Any]:
    return {**copy.deepcopy(LATEST), **exports}


def test_every_minor_version_was_recorded() -> None:
    major, minor = map(int, GatewayContract.VERSION.split("."))
    assert sorted(RECORDED) == [f"{major}.{number}" for number in range(minor + 1)]
    assert {exports["contract"]: exports for exports in RECORDED.values()} == RECORDED


@each_version
def test_a_consumer_finds_in_every_version_what_it_needs(version: str) -> None:
    exports = RECORDED[version]
    gateway = read(exports)
    assert (gateway.owner.project, gateway.owner.stack) == ("multicloud-gateway", "staging")
    assert {key: plane.cache for key, plane in gateway.control_planes.items()} == {
        "main": "managed",
        "gcp-us-central1": "regional",
    }
    region = gateway.regions["aws-us-east-2"]
    assert (region.cloud, region.control_plane) == ("aws", "main")
    values = written(exports)
    assert has_all_of(values["control_planes"], exports["control_planes"])
    assert has_all_of(values["regions"], exports["regions"])
    assert {key: list(region["attachments"]) for key, region in values["regions"].items()} == {
        "aws-us-east-2": ["transit-gateway"],
        "azure-eastus2": ["vnet-peering"],
        "gcp-us-central1": ["vpc-peering"],
    }
    for region in values["regions"].values():
        assert list(region["attachments"].values()) == [region["attachment"]]


def test_what_1_0_did_not_tell_is_nothing_rather_than_a_guess() -> None:
    gateway = read(RECORDED["1.0"])
    assert (gateway.environment, gateway.geo, gateway.version) == (None, None, None)


def test_1_1_tells_the_class_the_geo_and_the_version() -> None:
    gateway = read(RECORDED["1.1"])
    assert (gateway.environment, gateway.geo, gateway.version) == ("staging", "us", "3.13")


def test_1_2_tells_where_upstreams_are_and_what_lets_the_gateway_in() -> None:
    landing = RECORDED["1.2"]["regions"]["aws-us-east-2"]["landing"]
    assert landing["security_group_id"].startswith("sg-")
    assert landing["hub_id"].startswith("tgw-")
    assert landing["id"].startswith("vpc-")
    assert sorted(landing["subnet_ids"]) == ["use2-az1", "use2-az2", "use2-az3"]
    for version in ("1.0", "1.1"):
        older = read(RECORDED[version]).regions["aws-us-east-2"].landing
        assert (older.id, older.hub_id, older.security_group_id, older.subnet_ids) == (
            None,
            None,
            None,
            {},
        )


def test_1_3_tells_the_account_of_each_landing() -> None:
    accounts = {key: one["landing"]["account"] for key, one in RECORDED["1.3"]["regions"].items()}
    assert accounts == {
        "aws-us-east-2": "111122223333",
        "azure-eastus2": "0a1b2c3d-0000-4000-8000-00000000bbbb",
        "gcp-us-central1": "acme-gateway-landing",
    }
    for version in ("1.0", "1.1", "1.2"):
        assert read(RECORDED[version]).regions["aws-us-east-2"].landing.account is None


def test_1_4_tells_the_kind_of_each_link_and_what_lets_the_gateway_in() -> None:
    region = RECORDED["1.4"]["regions"]["aws-us-east-2"]
    link = region["attachments"]["transit-gateway"]
    assert (link["kind"], link["domains"]) == ("transit-gateway", [])
    assert link["security_group_id"] == region["landing"]["security_group_id"]
    for version in ("1.0", "1.1", "1.2", "1.3"):
        (older,) = read(RECORDED[version]).regions["aws-us-east-2"].attachments.values()
        assert (older.kind, older.security_group_id, older.domains) == (None, None, [])


@pytest.mark.parametrize("regions", [None, "one", {"aws-us-east-2": "one"}], ids=str)
@each_version
def test_regions_of_another_form_are_an_error_in_every_version(version: str, regions: Any) -> None:
    with pytest.raises(ContractError, match="regions"):
        read({**RECORDED[version], "regions": regions})


def test_a_control_plane_without_a_cache_has_no_partial() -> None:
    for version in RECORDED:
        exports = copy.deepcopy(RECORDED[version])
        main = exports["control_planes"]["main"]
        # The engine leaves out what is null, in some places.
        main.pop("cache_partial_id")
        main.pop("cache", None)
        plane = read(exports).control_planes["main"]
        assert (plane.cache, plane.cache_partial_id) == (None, None)


def test_what_is_read_is_what_would_be_exported() -> None:
    assert written(LATEST) == LATEST


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (None, "exports no multicloud-gateway contract, and this program reads 1.0 to 1.6: "),
        ("1.7", "exports multicloud-gateway contract 1.7, and this program reads 1.0 to 1.6: "),
        ("1.10", "contract 1.10, and this program reads 1.0 to 1.6: install a newer"),
        ("2.0", "contract 2.0, and this program reads 1.0 to 1.6: install a newer"),
        ("0.9", "contract 0.9, and this program reads 1.0 to 1.6: upgrade that stack"),
        ("1", "contract '1', which is not a version such as 1.6"),
        (1.1, "contract 1.1, which is not a version such as 1.6"),
    ],
)
def test_a_version_that_cannot_be_read_is_named_with_those_that_can(
    version: object, said: str
) -> None:
    with pytest.raises(ContractError) as error:
        read(changed(contract=version))
    assert str(error.value).startswith(f"{STACK} exports ")
    assert said in str(error.value)


def test_exports_that_are_not_as_described_are_told_by_path_and_never_by_value() -> None:
    exports = changed()
    exports["control_planes"]["main"]["id"] = {"canary": "secret"}
    del exports["regions"]["aws-us-east-2"]["cidr"]
    with pytest.raises(ContractError) as error:
        read(exports)
    said = str(error.value)
    assert "control_planes.main.id: Input should be a valid string" in said
    assert "regions.aws-us-east-2.cidr: Field required" in said
    assert "canary" not in said


@pytest.mark.parametrize("planes", [None, "main", ["main"], {"main": "id"}], ids=str)
@each_version
def test_exports_of_another_form_are_an_error_in_every_version(version: str, planes: Any) -> None:
    with pytest.raises(ContractError, match="control_planes"):
        read({**RECORDED[version], "control_planes": planes})


def test_what_is_exported_is_checked_at_once_or_as_soon_as_it_is_known() -> None:
    with pytest.raises(ContractError, match="version: Input should be a valid string"):
        read(changed(version=3.13))

    async def later() -> Any:
        exports = changed()
        exports["control_planes"]["main"]["endpoint"] = pulumi.Output.from_input({"canary": 1})
        plane = GatewayContract.read(exports, STACK).control_planes["main"]
        return await plane.endpoint.future()

    with pytest.raises(ContractError) as error:
        run_and_close(later())
    assert str(error.value) == (
        "endpoint of the contract is not valid: Input should be a valid string"
    )


def test_a_consumer_loads_no_component_and_no_clouds_sdk() -> None:
    program = (
        "import sys, stacks.contract, providers.konnect\n"
        "wrong = ('components', 'pulumi_aws', 'pulumi_azure_native', 'pulumi_gcp')\n"
        "print([name for name in sys.modules if name.startswith(wrong)])"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


_BY_KEY = (
    *("control_planes", "regions", "attachments", "landing.subnet_ids"),
    *("domains", "records", "name_servers"),
)


def test_the_page_for_consumers_has_every_field() -> None:
    page = (Path(__file__).parents[2] / "docs" / "contract.md").read_text()
    table = page.partition(f"## Version {GatewayContract.VERSION}")[2]

    def leaves(value: Any, name: str) -> Iterator[str]:
        """Field names; keys of control planes, regions and names are none."""
        if not isinstance(value, dict):
            yield name
        for key, item in value.items() if isinstance(value, dict) else ():
            keyed = name in _BY_KEY
            yield from leaves(item, "" if keyed else f"{name}.{key}".removeprefix("."))

    names = {name for name in leaves(LATEST, "") if name}
    assert sorted(name for name in names if f"`{name}`" not in table) == []
