"""Fixtures for what runs the project elsewhere: its definitions, and the tools that lint them.

The linters and the schemas are Go modules: Go checks each against the public checksum database.
They are built or unpacked once, into .cache/ and Go's own cache.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).parents[2]
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
KUBECONFORM = "github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0"
KUBERNETES = "k8s.io/kube-openapi@v0.0.0-20260603220949-865597e52e25"
BUILD_LIMIT = 250.0
"""Seconds to download and build a linter: ten on a quiet machine."""

STACKS = {file.name.split(".")[1] for file in (CHECKOUT / "stacks").glob("Pulumi.*.yaml")}
PROMOTION = ["dev", "staging", "prod"]
"""The shipped environments, in the order in which a commit reaches them."""

SECRETS = re.compile(
    "|".join(
        (
            "AKIA[A-Z0-9]{12}",  # AWS access key
            "[ks]pat_[A-Za-z0-9]{8}",  # Konnect
            "pul-[0-9a-f]{8}",  # Pulumi Cloud
            "gh[pousr]_[A-Za-z0-9]{8}|glpat-",  # GitHub, GitLab
            "BEGIN [A-Z ]*PRIVATE KEY",
            "sig=[A-Za-z0-9%]{8}",  # a shared access signature of Azure
        )
    )
)
"""What a credential looks like."""


def load(path: str) -> Any:
    """Return one of the project's YAML files. `on:` is the key True, as YAML 1.1 has it."""
    return yaml.safe_load((CHECKOUT / path).read_text())


def make_commands(text: str) -> list[tuple[str, set[str]]]:
    """Return the target and the names of the variables of each `make` command in a text."""
    found = re.findall(r"\bmake ((?:[A-Z_]+=\S+ )*)([a-z][a-z-]*)((?: +[A-Z_]+=\S+)*)", text)
    return [(target, set(re.findall(r"([A-Z_]+)=", f"{a}{b}"))) for a, target, b in found]


def unknown_to_make(text: str) -> list[str]:
    """Return the targets and variables of a text's `make` commands that the Makefile has not."""
    makefile = (CHECKOUT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE))
    variables = set(re.findall(r"^([A-Z_]+) +[?:]=", makefile, re.MULTILINE))
    commands = make_commands(text)
    assert commands, "no make command is found: has the text changed its form?"
    return [
        name for target, given in commands for name in ({target} - targets) | (given - variables)
    ]


def _go() -> str:
    go = shutil.which("go")
    if go is None:
        pytest.skip("there is no Go to build the linter with")
    return go


def _tool(package: str) -> Path:
    """Return a linter: the one on PATH, or else the pinned one, built if it is not there yet."""
    path, version = package.split("@")
    name = path.rsplit("/", 1)[1]
    installed = shutil.which(name)
    if installed:
        return Path(installed)
    folder = CHECKOUT / ".cache" / "bin" / f"{name}-{version}"
    if not (folder / name).exists():
        subprocess.run(
            [_go(), "install", package],
            env={**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod", "GOWORK": "off"},
            cwd="/",
            check=True,
            timeout=BUILD_LIMIT,
        )
    return folder / name


@pytest.fixture(scope="session")
def actionlint() -> Path:
    """Return the linter of GitHub workflows."""
    return _tool(ACTIONLINT)


@pytest.fixture(scope="session")
def kubernetes_schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the schemas of Kubernetes' kinds, as kubeconform asks for them.

    They are Kubernetes' own API document, which its library for such documents carries. A server
    refuses unknown fields; the document does not say so, so it is added here.
    """
    done = subprocess.run(
        [_go(), "mod", "download", "-json", KUBERNETES],
        env={**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off"},
        cwd="/",
        check=True,
        capture_output=True,
        text=True,
        timeout=BUILD_LIMIT,
    )
    published = Path(json.loads(done.stdout)["Dir"], "pkg/schemaconv/testdata/swagger.json")
    document = json.loads(published.read_text())
    folder = tmp_path_factory.mktemp("kubernetes")
    for name, schema in document["definitions"].items():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for kind in schema.get("x-kubernetes-group-version-kind", ()):
            group = f"-{kind['group'].split('.')[0]}" if kind["group"] else ""
            file = folder / f"{kind['kind'].lower()}{group}-{kind['version']}.json"
            file.write_text(json.dumps({"$ref": f"kubernetes.json#/definitions/{name}"}))
    (folder / "kubernetes.json").write_text(json.dumps(document))
    # The operator's own kind, which may refer to the Kubernetes ones.
    shutil.copy(Path(__file__).with_name("operator_stack.json"), folder / "stack-pulumi-v1.json")
    return folder


@pytest.fixture(scope="session")
def kubeconform(kubernetes_schemas: Path) -> Callable[[str], list[dict[str, Any]]]:
    """Return a function that returns what kubeconform says of each object in a YAML text."""
    tool = _tool(KUBECONFORM)

    def check(text: str) -> list[dict[str, Any]]:
        location = f"{kubernetes_schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
        done = subprocess.run(
            [tool, "-strict", "-verbose", "-output", "json", "-schema-location", location],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stdout, done.stderr
        said: list[dict[str, Any]] = json.loads(done.stdout)["resources"]
        return said

    return check


def mappings(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping in a document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from mappings(item)
