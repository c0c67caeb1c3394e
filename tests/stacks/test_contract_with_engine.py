"""A stack reference through the real engine: what is exported arrives, and secrets stay secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.engine_fixture import Project

RECORDED = Path(__file__).parent / "exports"
GATEWAY = """
import json, os, pulumi

exports = json.loads(os.environ["EXPORTS"])
for name, value in exports.items():
    hidden = name == os.environ.get("SECRET")
    pulumi.export(name, pulumi.Output.secret(value) if hidden else value)
"""
CONSUMER = """
import os, pulumi
from stacks.contract import GatewayContract

async def main():
    gateway = await GatewayContract.reference(os.environ["GATEWAY"])
    return {
        "keys": sorted(gateway.control_planes),
        "ids": {key: plane.id for key, plane in gateway.control_planes.items()},
        "hostnames": gateway.regions["aws-us-east-2"].hostnames,
    }

pulumi.run(main)
"""
NAME = "organization/multicloud-gateway/dev"


def test_a_contract_is_read_by_another_project_and_a_secret_export_is_a_secret_there(
    make_project: Callable[..., Project],
) -> None:
    gateway = make_project(GATEWAY, name="multicloud-gateway")
    consumer = make_project(CONSUMER, name="consumer")

    def export(exports: dict[str, object], **env: str) -> None:
        gateway.ok("up", "--yes", "--skip-preview", env={"EXPORTS": json.dumps(exports), **env})

    def said(name: str = NAME) -> str:
        done = consumer.run("preview", env={"GATEWAY": name})
        assert done.code != 0
        assert "Traceback" not in done.output
        return done.output

    # A bare name, no such stack, and one that was never up.
    assert "'dev' is not a full stack name: write org/multicloud-gateway/stack" in said("dev")
    assert 'unknown stack "organization/multicloud-gateway/no"' in said(NAME[:-3] + "no")
    assert f"{NAME} exports no multicloud-gateway contract" in said()

    exports = json.loads((RECORDED / "1.2.json").read_text())
    export({**exports, "contract": "2.0"})
    assert "contract 2.0, and this program reads 1.0 to 1.6: install a newer" in said()

    export(exports, SECRET="control_planes")
    consumer.ok("up", "--yes", "--skip-preview", env={"GATEWAY": NAME})
    outputs = consumer.outputs()
    assert outputs["keys"] == sorted(exports["control_planes"])
    assert outputs["hostnames"] == exports["regions"]["aws-us-east-2"]["hostnames"]
    assert set(
        outputs["ids"].values() if isinstance(outputs["ids"], dict) else [outputs["ids"]]
    ) == {"[secret]"}
    ids = {key: plane["id"] for key, plane in exports["control_planes"].items()}
    assert consumer.outputs(show_secrets=True)["ids"] == ids
    state = Path(consumer.env["PULUMI_BACKEND_URL"].removeprefix("file://"))
    for file in (state / ".pulumi" / "stacks" / "consumer").glob("*.json*"):
        assert all(id_ not in file.read_text() for id_ in ids.values()), file
    consumer.ok("preview", "--expect-no-changes", env={"GATEWAY": NAME})
