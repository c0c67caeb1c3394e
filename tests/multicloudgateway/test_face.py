"""What other projects import: every name is there, and nothing is loaded before it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import multicloudgateway

CHECKOUT = Path(__file__).parents[2]


def run(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with this project behind it on the path."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{CHECKOUT}", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def loaded_with(folder: Path, statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sorted(sys.modules))"
    done = run(folder, program)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("name", multicloudgateway.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(multicloudgateway, name).__name__.rpartition(".")[2] == name or name == "Network"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Gateway'"):
        _ = multicloudgateway.Gateway  # type: ignore[attr-defined]


def test_the_package_itself_loads_nothing_of_the_project(tmp_path: Path) -> None:
    loaded = loaded_with(tmp_path, "import multicloudgateway.state")
    assert not loaded & {"pulumi", "providers", "components", "stacks"}


def test_the_contract_and_konnect_load_no_clouds_sdk(tmp_path: Path) -> None:
    loaded = loaded_with(tmp_path, "from multicloudgateway import GatewayContract, konnect")
    assert {"stacks.contract", "providers.konnect"} <= loaded
    assert not loaded & {"pulumi_aws", "pulumi_azure_native", "pulumi_gcp"}


@pytest.mark.parametrize("package", ["providers", "components", "stacks"])
def test_a_foreign_package_of_the_same_name_is_told_in_one_line(
    tmp_path: Path, package: str
) -> None:
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("")
    done = run(tmp_path, "from multicloudgateway import konnect")
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("pulumi.errors")]
    assert f"multicloud-gateway needs its own package '{package}'" in line
    assert str(tmp_path / package) in line
    assert "rename the other package" in line
