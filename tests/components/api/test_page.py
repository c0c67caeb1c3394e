"""The page about APIs: its first example is a tested program, its errors are the real ones."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from components.api import ApiArgs
from tests.components.api.apis import PER_CLOUD, SHARED, Plane, Shape, built, problems

CHECKOUT = Path(__file__).parents[3]
PAGE = (CHECKOUT / "docs" / "apis.md").read_text()


def blocks(language: str) -> list[str]:
    """The blocks of the page in a language."""
    return [part.partition("```")[0] for part in PAGE.split(f"```{language}\n")[1:]]


def test_the_first_example_is_the_program_of_the_billing_api() -> None:
    program = CHECKOUT / "examples" / "billing-api" / "__main__.py"
    assert blocks("python")[0] == program.read_text()


def test_the_declarations_of_upstreams_are_taken() -> None:
    several, by_cloud = (yaml.safe_load(block) for block in blocks("yaml"))
    world, _ = built(SHARED, **several)
    assert len(world.of("konnect:GatewayTarget")) == 2
    regions = {
        **{key: plane for key, plane in PER_CLOUD.regions.items() if plane != "gcp"},
        "gcp-us-central1": "gcp-us-central1",
    }
    shape = Shape({key: Plane() for key in {*regions.values()}}, regions)
    world, _ = built(shape, service=None, **by_cloud)
    assert len(world.of("konnect:GatewayTarget")) == 6


def test_the_errors_are_those_of_the_component() -> None:
    upstreams = {"aws": {"host": "a.internal"}, "azure-eastus2": {"host": "b.internal"}}
    plugins = {"cors": {"config": {"origin": ["https://example.com"]}}}
    printed = PAGE.rpartition("```\nApi billing")[2].partition("```")[0]
    assert problems(SHARED, upstreams=upstreams, plugins=plugins) == (
        f"Api billing{printed}".splitlines()
    )


def test_every_field_of_an_api_is_on_the_page() -> None:
    assert [name for name in ApiArgs.model_fields if not re.search(rf"\b{name}\b", PAGE)] == []
