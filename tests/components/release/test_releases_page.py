"""The page about releases: its first example runs, and what it declares is accepted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pulumi

from components.api import ApiArgs
from providers import konnect
from tests.components.release.stage import Stage

PAGE = Path(__file__).parents[3] / "docs" / "releases.md"


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_first_example_of_the_page_runs(stage: Stage) -> None:
    plane = stage.plane()
    name = stage.konnect.get(f"/v2/control-planes/{plane.id}").body["name"]
    example = blocks()[0].replace('konnect.Provider("konnect")', "given")

    def program(provider: konnect.Provider) -> Any:
        scope: dict[str, Any] = {"given": provider}
        exec(example, scope)
        return pulumi.Output.all(scope["release"].hosts)

    for share in ("0", "10"):
        stage.run(program, {"p:control_plane": name, "p:share": share})
    assert stage.weights(plane) == {
        "10.65.4.10:8080": 90,
        "10.65.4.11:8080": 90,
        "10.65.4.20:8080": 20,
    }


def test_the_api_of_the_page_is_accepted() -> None:
    args = eval(blocks()[1], {"ApiArgs": ApiArgs})
    assert args.release.canary.share == 10
