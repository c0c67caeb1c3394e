"""The page on governance: every example loads, and the presets are shown as they are."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.governance import PRESETS
from components.governance.presets import PresetName
from stacks.settings import load
from tests.stacks.baseline import BASELINE

PAGE = (Path(__file__).parents[2] / "docs" / "governance.md").read_text()
BLOCKS = [
    yaml.safe_load(re.sub(r"^  ", "", text, flags=re.M) if text.startswith("  ") else text)
    for text in re.findall(r"^ *```yaml\n(.*?)^ *```", PAGE, re.M | re.S)
]
EXAMPLES = [block for block in BLOCKS if "governance" in block]
SHOWN = [block for block in BLOCKS if "governance" not in block]


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_loads(example: dict[str, Any]) -> None:
    load("test", {**copy.deepcopy(BASELINE), **example})


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_shown_in_full(preset: PresetName) -> None:
    section = PAGE.partition(f"### {preset}\n")[2].partition("\n### ")[0]
    shown = yaml.safe_load(section.partition("```yaml\n")[2].partition("```")[0])
    assert shown == {key: dict(plugin) for key, plugin in PRESETS[preset].plugins.items()}


def test_the_page_has_examples_and_presets() -> None:
    assert len(EXAMPLES) >= 8
    assert len(SHOWN) == len(PRESETS)
