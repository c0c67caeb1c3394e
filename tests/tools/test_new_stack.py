"""New environments: what is derived, that addresses stay apart, and that nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Network
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from components.regions import REGIONS, Cloud, default_zones
from sandbox.konnect.availability import document as availability
from stacks import schema
from stacks.address_files import read_plans
from stacks.environments import EnvironmentClass
from stacks.settings import (
    Settings,
    availability_problems,
    load,
    stack_file,
    warnings,
)
from tests import shipped
from tools import new_stack
from tools.new_stack import NewStackError, class_of, write

CHECKOUT = Path(__file__).parents[2]
GATEWAY = "multicloud-gateway:gateway"
SHIPPED = ("dev", "staging", "prod")
OFFERED = [
    f"{cloud}/{region}"
    for cloud, regions in REGIONS.items()
    for region in regions
    if cloud is not Cloud.AWS or default_zones(cloud, region)
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the shipped stack files."""
    return with_shipped(tmp_path)


def with_shipped(folder: Path) -> Path:
    (folder / "stacks").mkdir()
    shipped.copy_to(folder)
    return folder


@cache
def checks() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(schema.schema())


def read(project: Path, stack: str) -> Settings:
    content = yaml.safe_load((project / stack_file(stack)).read_text())
    checks().validate(content)
    plans = read_plans(project / "stacks", stack)
    return load(stack, content["config"][GATEWAY], plans=plans)


def edit(project: Path, stack: str, old: str, new: str) -> None:
    file = project / stack_file(stack)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def blocks_of(loaded: Settings) -> list[IPv4Network]:
    return [block for r in loaded.regions for block in (r.cidr, r.landing.cidr, *r.landing.reach)]


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("dev2", EnvironmentClass.DEV),
        ("development", EnvironmentClass.DEV),
        ("qa", EnvironmentClass.STAGING),
        ("stage-eu", EnvironmentClass.STAGING),
        ("test1", EnvironmentClass.STAGING),
        ("production", EnvironmentClass.PROD),
    ],
)
def test_a_name_tells_its_class(name: str, environment: EnvironmentClass) -> None:
    assert class_of(name) is environment


@pytest.mark.parametrize("environment", EnvironmentClass)
def test_a_new_environment_has_the_regions_and_defaults_of_its_class(
    project: Path, environment: EnvironmentClass
) -> None:
    assert write(project, "blue", environment) == project / stack_file("blue")
    model, made = read(project, environment), read(project, "blue")
    assert [(r.key, r.zones) for r in made.regions] == [(r.key, r.zones) for r in model.regions]
    same = {"environment", "geo", "version", "api_access", "autoscale", "protect", "cache"}
    for field in (*same, "rate_limit", "azure"):
        assert getattr(made, field) == getattr(model, field), field
    assert made.tags == {**model.tags, "env": "blue"}
    assert made.control_plane.labels == {**model.control_plane.labels, "env": "blue"}
    assert warnings(made) == []
    assert list(availability_problems(made, availability())) == []


def test_the_addresses_are_in_a_recorded_plan_in_the_next_block_of_each_cloud(
    project: Path,
) -> None:
    text = write(project, "qa").read_text()
    assert "# Addresses: the blocks of the regions are in qa.addresses.yaml." in text
    assert "cidr" not in text
    plans = read_plans(project / "stacks", "qa")
    assert plans is not None
    summaries = [str(there.summary) for there in plans.own.clouds.values()]
    assert summaries == ["10.76.0.0/14", "10.92.0.0/14", "10.96.0.0/14"]
    assert [str(block) for block in blocks_of(read(project, "qa"))] == [
        "10.76.0.0/20",
        "10.76.128.0/17",
        "10.92.0.0/20",
        "10.92.128.0/17",
        "10.96.0.0/20",
        "10.96.128.0/17",
    ]


def test_what_another_environment_only_reaches_is_not_given_away(project: Path) -> None:
    reach = "landing: {cidr: 10.65.0.0/16, reach: [10.77.3.0/24]}"
    edit(project, "dev", "landing: 10.65.0.0/16", reach)
    write(project, "qa", regions=["us-east-2"])
    (region,) = read(project, "qa").regions
    assert not region.cidr.subnet_of(IPv4Network("10.76.0.0/14"))


def test_regions_can_be_chosen_with_or_without_their_cloud_and_once_each(project: Path) -> None:
    write(project, "dev2", regions=["aws/eu-west-2", " northeurope", "gcp/us-west1", "eu-west-2"])
    made = read(project, "dev2")
    assert [region.key for region in made.regions] == [
        "aws-eu-west-2",
        "azure-northeurope",
        "gcp-us-west1",
    ]
    assert "zones: [euw2" not in (project / stack_file("dev2")).read_text()


def test_zones_that_kong_does_not_document_are_those_of_another_environment(project: Path) -> None:
    edit(project, "dev", "[eastus2-az2, eastus2-az3]", "[eastus2-az1]")
    write(project, "dev2", regions=["azure/eastus2"])
    assert read(project, "dev2").regions[0].zones == ("eastus2-az1",)


@pytest.mark.parametrize("cloud", [Cloud.AZURE, Cloud.GCP])
def test_usual_zones_are_zones_that_konnect_offers(cloud: Cloud) -> None:
    offered = {
        region["region"]: region["availability_zones"]
        for provider in availability()["providers"]
        if provider["provider"] == cloud
        for region in provider["regions"]
    }
    for region in REGIONS[cloud]:
        assert set(new_stack.usual_zones(cloud, region)) <= set(offered[region])


def test_an_azure_principal_is_taken_from_any_environment_of_the_tenant(project: Path) -> None:
    edit(project, "dev", "kong_principal_id: 0a1b2c3d-0000-4000-8000-00000000dddd\n", "\n")
    edit(project, "dev", "consent: assigned", "consent: manual")
    write(project, "dev2")
    assert read(project, "dev2").azure == read(project, "prod").azure


def test_without_a_principal_an_administrator_consents(tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    region = {"region": "us-east-2", "cidr": "10.0.0.0/20", "landing": "10.1.0.0/16"}
    only = {"geo": "eu", "version": "3.12", "cache": None, "regions": [region]}
    (tmp_path / stack_file("dev")).write_text(yaml.safe_dump({"config": {GATEWAY: only}}))
    write(tmp_path, "dev2", regions=["aws/us-east-2", "azure/uksouth"])
    made = read(tmp_path, "dev2")
    assert made.azure is not None
    assert (made.azure.consent, made.azure.kong_principal_id) == ("manual", None)


def test_what_the_model_has_otherwise_than_its_class_is_taken_over(project: Path) -> None:
    own = 'version: "3.12"\n    cache: null\n    rate_limit: {limit: 5}\n    api_access: public'
    edit(project, "staging", 'version: "3.13"', own)
    text = write(project, "qa").read_text()
    assert "    cache: null\n" in text
    assert "    rate_limit: {limit: 5, window_size: 60}\n" in text
    assert "    api_access: public\n" in text
    assert "autoscale" not in text
    model, made = read(project, "staging"), read(project, "qa")
    assert (made.cache, made.rate_limit, made.version) == (None, model.rate_limit, "3.12")


def taken(project: Path) -> None:
    write(project, "qa")


def broken(project: Path) -> None:
    edit(project, "prod", "geo: us", "geo: uk")


def no_yaml(project: Path) -> None:
    edit(project, "prod", "geo: us", "geo: [")


def no_model(project: Path) -> None:
    (project / stack_file("staging")).unlink()


def full(project: Path) -> None:
    aws: dict[str, Any] = {"region": "us-east-2", "cidr": "192.168.0.0/20"}
    gcp: dict[str, Any] = {"region": "us-east1", "cidr": "192.168.16.0/20", "zones": ["us-east1-b"]}
    aws["landing"] = {"cidr": "192.168.32.0/20", "reach": ["100.64.0.0/10", "172.16.0.0/12"]}
    gcp["landing"] = "10.0.0.0/8"
    config: dict[str, Any] = {GATEWAY: {"environment": "dev", "geo": "us", "version": "3.13"}}
    config[GATEWAY]["regions"] = [aws, gcp]
    (project / stack_file("full")).write_text(yaml.safe_dump({"config": config}))


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (taken, r"Pulumi\.qa\.yaml exists already"),
        (broken, r"(?s)free addresses cannot be found.*Pulumi\.prod\.yaml: gateway\.geo"),
        (no_yaml, r"(?s)free addresses cannot be found.*while parsing"),
        (no_model, "no environment of class staging to begin from"),
        (full, "aws finds no free /14 for its summary"),
    ],
)
def test_a_folder_that_allows_no_new_environment_is_left_as_it_is(
    project: Path, prepare: Callable[[Path], None], told: str
) -> None:
    prepare(project)
    before = contents(project)
    with pytest.raises(NewStackError, match=told):
        write(project, "qa")
    assert contents(project) == before


@pytest.mark.parametrize(
    ("name", "regions", "told"),
    [
        ("blue", [], "add CLASS= with one of dev, staging, prod"),
        ("Dev", [], "cannot name a stack"),
        ("dev-", [], "cannot name a stack"),
        ("", [], "cannot name a stack"),
        ("qa", ["aws/us-esat-2"], "no region 'aws/us-esat-2': did you mean aws/us-east-2"),
        ("qa", ["gcp/eastus2"], "no region 'gcp/eastus2'"),
        ("qa", ["aws/eu-central-2"], "no zones of aws/eu"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told_and_writes_nothing(
    project: Path, name: str, regions: list[str], told: str
) -> None:
    before = contents(project)
    with pytest.raises(NewStackError, match=told):
        write(project, name, regions=regions)
    assert contents(project) == before


def contents(project: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (project / "stacks").iterdir()}


CHOICES = st.lists(st.sampled_from(OFFERED), max_size=8, unique=True)


@given(st.lists(st.tuples(st.sampled_from(list(EnvironmentClass)), CHOICES), max_size=9))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_number_of_new_environments_are_valid_and_share_no_address(
    wanted: list[tuple[EnvironmentClass, list[str]]],
) -> None:
    with TemporaryDirectory() as folder:
        project = with_shipped(Path(folder))
        before = contents(project)
        names = [f"stack{number}" for number in range(len(wanted))]
        for name, (environment, regions) in zip(names, wanted, strict=True):
            write(project, name, environment, regions)
        shipped = [read(project, stack) for stack in SHIPPED]
        written = [read(project, stack) for stack in names]
        for made in written:
            assert list(availability_problems(made, availability())) == []
            assert warnings(made) == []
        for one, other in combinations(map(blocks_of, (*shipped, *written)), 2):
            assert not any(a.overlaps(b) for a in one for b in other)
        assert contents(project).items() >= before.items()


def test_the_command_says_what_it_wrote_and_what_comes_next(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_stack, "CHECKOUT", project)
    arguments = ["blue", "--class", "dev", "--regions", "aws/us-east-2,uksouth"]
    done = CliRunner().invoke(new_stack.app, arguments)
    assert done.exit_code == 0
    assert [region.key for region in read(project, "blue").regions] == [
        "aws-us-east-2",
        "azure-uksouth",
    ]
    assert "stacks/Pulumi.blue.yaml" in done.output
    assert f"make preview STACK=blue PROJECT={project.resolve()}" in done.output

    done = CliRunner().invoke(new_stack.app, arguments)
    assert done.exit_code == 1
    assert "exists already" in done.output
