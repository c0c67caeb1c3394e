"""The settings of Pulumi Deployments: read by Pulumi's own type, in order, without a secret."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.settings import load
from tests.deploy.conftest import BUILD_LIMIT, CHECKOUT, PROMOTION, SECRETS, STACKS
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
        ('"duration": "3h0m0s"', '"duration": "an hour"', "invalid duration"),
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


def tracked() -> set[str]:
    """Paths of the checkout's files, as a push names them."""
    command = ["git", "ls-files"]
    done = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def matches(pattern: str, path: str) -> bool:
    """Whether a path filter matches. We use the two forms that Pulumi documents, so only those."""
    folder = pattern.removesuffix("**")
    return path == pattern if folder == pattern else path.startswith(folder)


def starts_a_deployment(filters: list[str], path: str) -> bool:
    """Whether a push that changes this file starts a deployment.

    Source: pulumi.com/docs/deployments/concepts/settings/path-filtering: a file must match one of
    the include filters, if there are any, and none of the exclude filters.
    """
    excluded = [one.removeprefix("!") for one in filters if one.startswith("!")]
    included = [one for one in filters if not one.startswith("!")]
    return (not included or any(matches(one, path) for one in included)) and not any(
        matches(one, path) for one in excluded
    )


def imported(source: Path, package: list[str]) -> Iterator[str]:
    """Names of the modules that a file imports, anywhere in it. A name may be of no module."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            name = ".".join([*above, node.module or ""]).strip(".")
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


def needed_to_import(*roots: str) -> set[str]:
    """The project's files that are imported when these run, directly or not."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for name in imported(CHECKOUT / path, list(Path(path).parent.parts)):
            parts = name.split(".")
            for length in range(1, len(parts) + 1):
                start = "/".join(parts[:length])
                for candidate in (f"{start}.py", f"{start}/__init__.py"):
                    if (CHECKOUT / candidate).exists():
                        waiting.append(candidate)
    return found


def needed(stack: str) -> set[str]:
    """The files that decide what a deployment of a stack does."""
    modules = needed_to_import("__main__.py", "policies/__main__.py", "tools/bootstrap.py")
    packages = {path.split("/")[0] for path in modules if "/" in path} - {"tools"}
    data = {
        path
        for path in tracked()
        if path.split("/")[0] in packages
        and path.endswith((".json", ".yaml", ".gz"))
        and path != "stacks/settings.schema.json"  # for editors
    }
    of_others = {
        path
        for other in STACKS - {stack}
        for path in (f"stacks/Pulumi.{other}.yaml", f"policies/config/{other}.json")
    }
    installed = {"pyproject.toml", "Pulumi.yaml", "requirements.in"}
    installed |= {f"{name}.txt" for name in ("requirements", "requirements-dev")}
    return modules | (data - of_others) | installed


@pytest.mark.parametrize("stack", PROMOTION)
def test_a_deployment_starts_when_a_file_changes_that_it_needs(stack: str) -> None:
    files = needed(stack)
    assert {"stacks/program.py", "multicloudgateway/state.py", "tools/bootstrap.py"} < files
    assert {f"stacks/Pulumi.{stack}.yaml", f"policies/config/{stack}.json"} < files
    filters = settings(stack)["gitHub"]["paths"]
    assert {path for path in files if not starts_a_deployment(filters, path)} == set()


@pytest.mark.parametrize("stack", PROMOTION)
def test_no_deployment_starts_for_what_it_does_not_run(stack: str) -> None:
    filters = settings(stack)["gitHub"]["paths"]
    rooms = ("docs/", "examples/", "sandbox/", "tests/", ".github/", "deploy/")
    others = {f"stacks/Pulumi.{other}.yaml" for other in STACKS - {stack}}
    assert others <= tracked()
    for path in tracked():
        if path.startswith(rooms) or path in others:
            assert not starts_a_deployment(filters, path), path


@pytest.mark.parametrize("stack", PROMOTION)
def test_a_file_that_nobody_thought_of_starts_a_deployment(stack: str) -> None:
    assert starts_a_deployment(settings(stack)["gitHub"]["paths"], "a_new_package/module.py")


@pytest.mark.parametrize("stack", PROMOTION)
def test_every_path_filter_has_a_documented_form_and_leaves_something_out(stack: str) -> None:
    for one in settings(stack)["gitHub"]["paths"]:
        pattern = one.removeprefix("!")
        assert "*" not in pattern.removesuffix("/**")
        assert any(matches(pattern, path) for path in tracked()), one


@pytest.mark.parametrize("stack", PROMOTION)
def test_credentials_last_as_long_as_a_first_up(stack: str) -> None:
    oidc = settings(stack)["operationContext"]["oidc"]
    # As long as the jobs of GitHub and GitLab. Azure has no such setting.
    assert oidc["aws"]["duration"] == "3h0m0s"
    assert oidc.get("gcp", {"tokenLifetime": "3h0m0s"})["tokenLifetime"] == "3h0m0s"
    assert oidc["azure"].keys() == {"clientId", "tenantId", "subscriptionId"}


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
    file = yaml.safe_load((CHECKOUT / "stacks" / f"Pulumi.{stack}.yaml").read_text())
    environment = load(stack, file["config"]["multicloud-gateway:gateway"])
    assert operation["oidc"].keys() == environment.clouds
    assert {type(value) for value in operation["environmentVariables"].values()} == {str}
    assert operation["environmentVariables"].keys() == {
        "PULUMI_OPTION_POLICY_PACK",
        "PULUMI_OPTION_POLICY_PACK_CONFIG",
    }
