"""The settings of Pulumi Deployments: read by Pulumi's own type, in order, without a secret."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.conftest import BUILD_LIMIT, CHECKOUT, PROMOTION, SECRETS
from tools.engine import pinned_version

Decode = Callable[[str], str]
FOLDER = CHECKOUT / "deploy" / "pulumi-deployments"


def settings(stack: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{stack}.json").read_text())
    return content


@pytest.fixture(scope="module")
def decode(tmp_path_factory: pytest.TempPathFactory) -> Decode:
    """Return a function that returns what Pulumi's own type has against a text.

    The type comes with the modules that the engine is built from.
    """
    go = shutil.which("go")
    if go is None:
        pytest.skip("there is no Go to build the decoder with")
    decoder = tmp_path_factory.mktemp("decoder") / "decode"
    subprocess.run(
        [go, "build", "-o", decoder, Path(__file__).with_name("deployment_settings") / "main.go"],
        cwd=CHECKOUT / "tools" / "engine",
        env={**os.environ, "GOWORK": "off"},
        check=True,
        timeout=BUILD_LIMIT,
    )

    def run(text: str) -> str:
        done = subprocess.run([decoder], input=text, capture_output=True, text=True, timeout=30)
        assert (done.returncode == 0) == (done.stderr == "")
        return done.stderr

    return run


def test_there_are_settings_for_each_shipped_environment() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == set(PROMOTION)


@pytest.mark.parametrize("stack", PROMOTION)
def test_pulumi_reads_the_settings(stack: str, decode: Decode) -> None:
    assert decode((FOLDER / f"{stack}.json").read_text()) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('"paths"', '"pathFilters"', 'unknown field "pathFilters"'),
        ('"duration": "1h0m0s"', '"duration": "an hour"', "invalid duration"),
        ('"deployCommits": true', '"deployCommits": "yes"', "deployCommits of type bool"),
    ],
)
def test_a_mistake_in_the_settings_is_found(
    right: str, wrong: str, message: str, decode: Decode
) -> None:
    text = (FOLDER / "prod.json").read_text()
    assert right in text
    assert message in decode(text.replace(right, wrong))


def test_each_environment_follows_a_branch_of_its_own() -> None:
    branches = [settings(stack)["sourceContext"]["git"]["branch"] for stack in PROMOTION]
    assert branches == ["main", "staging", "prod"]


@pytest.mark.parametrize("stack", PROMOTION)
def test_a_deployment_runs_for_every_change_of_what_it_runs_and_for_no_other_stack(
    stack: str,
) -> None:
    paths = settings(stack)["gitHub"]["paths"]
    for path in paths:
        assert list(CHECKOUT.glob(path)), path
    assert [path for path in paths if "Pulumi." in path and path.startswith("stacks/")] == [
        f"stacks/Pulumi.{stack}.yaml"
    ]
    rooms = {path.split("/")[0] for path in paths}
    assert {"Pulumi.yaml", "__main__.py", "requirements.txt"} <= rooms
    assert {"components", "policies", "providers", "stacks"} <= rooms


@pytest.mark.parametrize("stack", PROMOTION)
def test_a_deployment_holds_the_policies_of_its_environment_on_the_pinned_engine(
    stack: str,
) -> None:
    content = settings(stack)
    assert content["executorContext"]["executorImage"].split(":")[1] == pinned_version()
    operation = content["operationContext"]
    assert operation["preRunCommands"] == ["python3 -I tools/bootstrap.py"]
    assert operation["options"]["skipInstallDependencies"] is True
    variables = operation["environmentVariables"]
    pack = CHECKOUT / variables["PULUMI_OPTION_POLICY_PACK"]
    assert (pack / "PulumiPolicy.yaml").exists()
    config = CHECKOUT / variables["PULUMI_OPTION_POLICY_PACK_CONFIG"]
    assert config == pack / "config" / f"{stack}.json"
    assert config.exists()


@pytest.mark.parametrize("stack", PROMOTION)
def test_each_cloud_trusts_the_environment_and_no_secret_is_written(stack: str) -> None:
    text = (FOLDER / f"{stack}.json").read_text()
    assert not SECRETS.search(text)
    operation = json.loads(text)["operationContext"]
    assert operation["oidc"].keys() == {"aws", "azure", "gcp"}
    assert {type(value) for value in operation["environmentVariables"].values()} == {str}
    assert operation["environmentVariables"].keys() == {
        "PULUMI_OPTION_POLICY_PACK",
        "PULUMI_OPTION_POLICY_PACK_CONFIG",
    }
