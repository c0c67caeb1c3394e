"""The program in YAML through the real engine: the component as other languages see it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stacks.contract import GatewayContract
from tests.engine_fixture import Project
from tests.environments import LIMIT, copy_of_checkout, environment_with_dependencies
from tests.integration.conftest import CANARY, CHECKOUT, Sandbox
from tools import yaml_host
from tools.environment import for_local_backend

SHOP_KEY = "0d5f6c1e9b7a4482"

pytestmark = pytest.mark.timeout(4 * LIMIT)  # the fixtures build a host and install everything


@pytest.fixture(scope="module")
def host() -> Path:
    """Return the engine's host for YAML; it is built first when there is none."""
    try:
        return yaml_host.ensure()
    except yaml_host.NoYamlHost as error:
        pytest.skip(str(error))


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox of one test's own."""
    box = Sandbox(tmp_path / "sandbox", speed=1200.0).start()
    yield box
    box.stop()


def without_python(engine: Path, host: Path, folder: Path) -> dict[str, str]:
    """An environment of engines with no virtual environment on PATH."""
    env = for_local_backend(
        engine, os.environ, state=folder / "state", home=folder / "home", passphrase="test"
    )
    env["PATH"] = os.pathsep.join([str(engine.parent), str(host.parent), os.defpath])
    return {key: env[key] for key in env if key not in ("PYTHONPATH", "VIRTUAL_ENV")}


@pytest.fixture(scope="module")
def checkout(engine: Path, host: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout whose package was added to the example.

    The dependencies are put into its environment before. `pulumi package add` would install them
    too, more slowly; so it installs only the project itself.
    """
    home = tmp_path_factory.mktemp("package")
    folder = copy_of_checkout(home / "checkout")
    environment_with_dependencies(folder / "multicloudgateway" / ".venv")
    example = Project(folder / "examples" / "yaml", engine, without_python(engine, host, home))
    example.ok("package", "add", "../../multicloudgateway")
    return folder


@pytest.fixture
def project(
    engine: Path, host: Path, sandbox: Sandbox, checkout: Path, tmp_path: Path
) -> Iterator[Project]:
    """The example beside the package, with a stack `try`, and no virtual environment on PATH."""
    folder = checkout / "examples" / "yaml"
    shutil.rmtree(folder)
    shutil.copytree(CHECKOUT / "examples" / "yaml", folder)
    env = without_python(engine, host, tmp_path) | sandbox.env
    # The token is the stack's own secret, as a program without the environment's has it.
    del env["KONNECT_TOKEN"]
    made = Project(folder, engine, env)
    made.ok("stack", "init", "try")
    made.ok("config", "set", "--secret", "konnect:token", CANARY)
    yield made
    for running in made.running:
        running.end()


def test_a_gateway_is_built_kept_and_destroyed_by_a_program_in_yaml(
    project: Project, sandbox: Sandbox, tmp_path: Path, edit: Callable[[str, str], None]
) -> None:
    # Cloud providers that the program gives to the component reach its resources.
    component = "    type: multicloudgateway:MultiCloudGateway\n"
    edit(component, component + "    options: {providers: ['${shop}']}\n")
    edit("outputs:\n", "  shop: {type: pulumi:providers:aws}\noutputs:\n")
    project.ok("up", "--yes", "--stack", "try")

    outputs = project.outputs(stack="try")

    async def read() -> GatewayContract:
        return GatewayContract.read(outputs, "organization/gateway-in-yaml/try")

    contract = asyncio.run(read())
    assert contract.environment == "dev"
    assert (contract.owner.project, contract.owner.stack) == ("gateway-in-yaml", "try")
    (network,) = sandbox.konnect("networks")
    assert outputs["regions"]["aws-us-east-2"]["networkId"] == network
    assert outputs["regions"]["aws-us-east-2"]["attachment"]["state"] == "ready"

    resources = project.resources(stack="try")
    assert {r["type"] for r in resources} >= {
        "multicloudgateway:index:MultiCloudGateway",
        "pulumi-python:dynamic/konnect:CloudGatewayNetwork",
        "pulumi-python:dynamic/konnect:GatewayDependents",
    }
    of_aws = [r["provider"] for r in resources if r["type"].startswith("aws:")]
    assert of_aws
    assert all("::shop::" in provider for provider in of_aws)
    # The plugin serves Konnect's resources itself: nothing else here could.
    of_konnect = {r["provider"] for r in resources if "dynamic/konnect:" in r["type"]}
    assert {provider.split("::")[2] for provider in of_konnect} == {
        "pulumi:providers:multicloudgateway"
    }
    main = outputs["controlPlanes"]["main"]["id"]
    assert the_sample_on_the_contract_s_page_reads(project, tmp_path / "reader") == {"main": main}

    an_api_in_yaml_is_on_it_for_a_while(project, sandbox)

    written = [file for file in (tmp_path / "state").rglob("*") if file.is_file()]
    assert written
    assert not [file for file in written if CANARY.encode() in file.read_bytes()]

    project.ok("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "try")
    project.ok("preview", "--expect-no-changes", "--stack", "try")

    project.ok("destroy", "--yes", "--skip-preview", "--stack", "try")
    assert sandbox.settled(lambda _: not sandbox.konnect("networks"))
    assert project.resources(stack="try") == []


def an_api_in_yaml_is_on_it_for_a_while(gateway: Project, sandbox: Sandbox) -> None:
    """Create the example of another team, which reads the gateway's stack, and delete it."""
    billing = Project(gateway.folder.with_name("billing-api-yaml"), gateway.pulumi, gateway.env)
    billing.ok("stack", "init", "dev")
    billing.ok("config", "set", "gateway", "organization/gateway-in-yaml/try")
    billing.ok("config", "set", "--secret", "konnect:token", CANARY)
    billing.ok("config", "set", "--secret", "shopKey", SHOP_KEY)
    billing.ok("up", "--yes", "--skip-preview", "--stack", "dev")

    (hostname,) = gateway.outputs(stack="try")["regions"]["aws-us-east-2"]["hostnames"]
    assert billing.outputs()["urls"] == {
        "aws-us-east-2": [
            f"https://{hostname}/billing/{route}" for route in ("invoices", "payments")
        ]
    }
    (service,) = sandbox.konnect("services").values()
    assert (service["host"], service["tls_verify"]) == ("billing.internal", True)
    plugins = {plugin["name"]: plugin for plugin in sandbox.konnect("plugins").values()}
    assert plugins["correlation-id"]["config"]["header_name"] == "X-Request-Id"
    assert plugins["key-auth"]["config"]["key_names"] == ["X-Api-Key"]
    assert SHOP_KEY in json.dumps(sandbox.state())
    assert SHOP_KEY not in billing.ok("stack", "export", "--stack", "dev")
    billing.ok("preview", "--expect-no-changes", "--stack", "dev")
    billing.ok("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert not sandbox.konnect("services")


def the_sample_on_the_contract_s_page_reads(project: Project, folder: Path) -> dict[str, Any]:
    """Run the page's sample in YAML as a project of another team, and return what it exports."""
    page = (CHECKOUT / "docs" / "contract.md").read_text()
    (sample,) = re.findall(r"```yaml\n(resources:.*?)```", page, re.DOTALL)
    sample = sample.replace("acme/multicloud-gateway/prod", "organization/gateway-in-yaml/try")
    sample = sample.replace("control_planes", "controlPlanes")  # exported by a program in YAML
    reader = Project(folder, project.pulumi, project.env)
    reader.write("Pulumi.yaml", f"name: reader\nruntime: yaml\n{sample}")
    reader.ok("stack", "init", "dev")
    reader.ok("up", "--yes", "--skip-preview", "--stack", "dev")
    return reader.outputs()


def test_every_problem_in_a_program_in_yaml_is_told_at_once_and_no_secret(
    project: Project, edit: Callable[[str, str], None]
) -> None:
    edit("10.64.0.0/20", "10.64.0.0/29")
    edit("geo: us", 'geo: {"fn::secret": us}')
    edit("team: platform", "team: kpat_canary0123456789abcdef")

    refused = project.run("preview", "--stack", "try")

    assert refused.code != 0
    assert "gateway: geo: is a secret" in refused.output
    assert "Traceback" not in refused.output

    edit('{"fn::secret": us}', "us")

    refused = project.run("preview", "--stack", "try")

    assert refused.code != 0
    assert 'gateway: regions[0].cidr: "10.64.0.0/29" is a /29' in refused.output
    assert "gateway: controlPlane.labels.team: is a Konnect token" in refused.output
    assert "gateway: tags.team: is a Konnect token" in refused.output
    assert "kpat_canary0123456789abcdef" not in refused.output


@pytest.fixture
def edit(project: Project) -> Callable[[str, str], None]:
    """Return a function that replaces text in the program, wherever it stands."""
    program = project.folder / "Pulumi.yaml"

    def replace(old: str, new: str) -> None:
        text = program.read_text()
        assert old in text
        program.write_text(text.replace(old, new))

    return replace
