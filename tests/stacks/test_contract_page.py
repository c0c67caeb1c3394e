"""The page on the contract: its sample in TypeScript reads what is exported."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "contract.md").read_text()
EXPORTS = sorted((Path(__file__).parent / "exports").glob("*.json"))

AROUND = """
const exported = JSON.parse(process.argv[1]);
const read = [];
const pulumi = {
  StackReference: class {
    constructor(name) { read.push(name); }
    async getOutputDetails(key) { return { value: exported[key] }; }
    requireOutput(key) {
      if (!(key in exported)) throw new Error(`no output ${key}`);
      return exported[key];
    }
  },
};
%s
console.log(JSON.stringify({ read, id: planes["main"].id }));
"""
"""Pulumi as far as the sample uses it, and what the sample's comment says that it yields."""


def run(exported: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run the sample on a stack that exports this."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on PATH")
    (sample,) = re.findall(r"```ts\n(.*?)```", PAGE, re.DOTALL)
    command = [node, "--input-type=module", "--eval", AROUND % sample, json.dumps(exported)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("file", EXPORTS, ids=lambda file: file.stem)
def test_the_sample_in_typescript_reads_every_version_of_the_contract(file: Path) -> None:
    exported = json.loads(file.read_text())
    done = run(exported)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "read": ["acme/multicloud-gateway/prod"],
        "id": exported["control_planes"]["main"]["id"],
    }


@pytest.mark.parametrize("contract", ["2.0", None])
def test_the_sample_in_typescript_refuses_another_contract(contract: str | None) -> None:
    done = run({"contract": contract, "control_planes": {}})
    assert done.returncode != 0
    assert "expected 1.x" in done.stderr
