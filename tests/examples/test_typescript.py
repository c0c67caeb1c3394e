"""The programs in TypeScript against the SDK that Pulumi generates from the package's schema."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from multicloudgateway.schema import package_schema
from tests.environments import CHECKOUT

EXAMPLES = CHECKOUT / "examples" / "typescript"
LIMIT = 600.0
"""Seconds for one command: the generator is compiled, and npm downloads 130 MB."""

OURS = ("./main.go:", "missing go.sum entry", "updates to go.mod needed", "ETARGET", "ERESOLVE")
"""What go and npm say when a file of this project is wrong, and not the registry."""

pytestmark = pytest.mark.timeout(4 * LIMIT)


def obtained(command: list[str], folder: Path) -> None:
    """Run a command that needs a registry. Skip the tests where it cannot be had in time.

    A command that fails because of a file of this project fails the tests.
    """
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on PATH")
    env = {**os.environ, "GOWORK": "off"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{' '.join(command)}: took longer than {LIMIT:.0f} seconds")
    assert not any(text in done.stderr for text in OURS), done.stderr
    if done.returncode != 0:
        pytest.skip(f"{' '.join(command)}: {done.stderr[-500:]}")


@pytest.fixture(scope="module")
def modules() -> Path:
    """Folder `node_modules` with the compiler and Pulumi's SDK, which is kept in `.cache`."""
    folder = CHECKOUT / ".cache" / "typescript"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(EXAMPLES / "gateway" / "package.json", folder)
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
    obtained(["npm", "install", *quiet], folder)
    return folder / "node_modules"


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the generated SDK of the package."""
    folder = tmp_path_factory.mktemp("sdk")
    generator = folder / "generate"
    obtained(["go", "build", "-o", str(generator), "."], CHECKOUT / "tools" / "sdk")
    schema = json.dumps(package_schema("1.0.0"))
    subprocess.run(
        [generator, "nodejs", folder / "nodejs"], input=schema, text=True, check=True, timeout=LIMIT
    )
    return folder / "nodejs"


def said_by_the_compiler(programs: list[Path], modules: Path, sdk: Path, folder: Path) -> str:
    """Compile programs with the options of the examples, and return what the compiler says."""
    options = json.loads((EXAMPLES / "gateway" / "tsconfig.json").read_text())["compilerOptions"]
    options["paths"] = {
        "@pulumi/multicloudgateway": [str(sdk)],
        "@pulumi/pulumi": [str(modules / "@pulumi" / "pulumi")],
        "@pulumi/pulumi/*": [str(modules / "@pulumi" / "pulumi" / "*")],
    }
    options |= {"typeRoots": [str(modules / "@types")], "baseUrl": str(folder)}
    project = folder / "tsconfig.json"
    project.write_text(json.dumps({"compilerOptions": options, "files": list(map(str, programs))}))
    done = subprocess.run(
        ["node", modules / "typescript" / "bin" / "tsc", "--pretty", "false", "--project", project],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_examples_compile_and_a_name_as_in_a_stack_file_does_not(
    modules: Path, sdk: Path, tmp_path: Path
) -> None:
    examples = [EXAMPLES / name / "index.ts" for name in ("gateway", "billing-api")]
    wrong = tmp_path / "wrong.ts"
    wrong.write_text(examples[0].read_text().replace("controlPlane:", "control_plane:"))

    said = said_by_the_compiler([*examples, wrong], modules, sdk, tmp_path)

    (line,) = [line for line in said.splitlines() if "error" in line]
    assert "wrong.ts" in line
    assert "'control_plane' does not exist" in line
    assert "controlPlane" in line
