"""`isolated` written into stack files: only the region's own lines change."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tools.isolated_regions import StackFileError, with_isolated

CHECKOUT = Path(__file__).parents[2]
HEAD = """\
# A stack file.
config:
  other:key: "1"
  multicloud-gateway:gateway:
    geo: us   # the geo
    regions:
"""
BLOCK = (
    HEAD
    + """\
      # The first.
      - region: us-east-2 # in Ohio
        cidr: 10.64.0.0/20 # can never change
        landing: 10.65.0.0/16

      - cloud: azure
        region: "eastus2"
        cidr: 10.80.0.0/20
    # The end.
"""
)


def test_a_region_gets_one_line_and_loses_it_again() -> None:
    isolated = with_isolated(BLOCK, "aws-us-east-2", isolated=True)
    assert isolated == BLOCK.replace(
        "us-east-2 # in Ohio\n", "us-east-2 # in Ohio\n        isolated: true\n"
    )
    assert with_isolated(isolated, "us-east-2", isolated=True) == isolated
    assert with_isolated(isolated, "us-east-2", isolated=False) == BLOCK
    assert with_isolated(BLOCK, "us-east-2", isolated=False) == BLOCK


def test_a_value_that_is_written_is_updated() -> None:
    written = BLOCK.replace('"eastus2"\n', '"eastus2"\n        isolated: false # never yet\n')
    isolated = with_isolated(written, "azure-eastus2", isolated=True)
    assert isolated == written.replace("isolated: false", "isolated: true")
    assert with_isolated(isolated, "azure-eastus2", isolated=False) == BLOCK


def test_a_region_on_one_line_is_edited_on_it() -> None:
    flow = HEAD + "      - {region: us-east-2, cidr: 10.64.0.0/20} # one line\n"
    isolated = with_isolated(flow, "us-east-2", isolated=True)
    assert "- {region: us-east-2, isolated: true, cidr: 10.64.0.0/20} # one line\n" in isolated
    assert with_isolated(isolated, "us-east-2", isolated=False) == flow


def test_a_key_that_begins_an_item_is_not_deleted() -> None:
    first = HEAD + "      - isolated: true\n        region: us-east-2\n"
    restored = with_isolated(first, "us-east-2", isolated=False)
    assert restored == first.replace("true", "false")


def test_a_file_without_a_newline_at_its_end_is_edited() -> None:
    bare = HEAD + "      - region: us-east-2"
    assert with_isolated(bare, "us-east-2", isolated=True) == bare + "\n        isolated: true"


def test_every_region_of_the_shipped_environments_can_be_isolated_and_restored() -> None:
    for file in (CHECKOUT / "stacks").glob("Pulumi.*.yaml"):
        text = file.read_text()
        for region in yaml.safe_load(text)["config"]["multicloud-gateway:gateway"]["regions"]:
            isolated = with_isolated(text, region["region"], isolated=True)
            assert len(isolated.splitlines()) == len(text.splitlines()) + 1
            assert with_isolated(isolated, region["region"], isolated=False) == text


@pytest.mark.parametrize(
    ("text", "region", "message"),
    [
        (BLOCK, "us-west-2", r"no region 'us-west-2' \(there are: us-east-2, eastus2\)"),
        (BLOCK, "aws-eastus2", "no region 'aws-eastus2'"),
        (BLOCK, "", "no region ''"),
        ("config: {}\n", "us-east-2", r"no region 'us-east-2' \(there are: none\)"),
        ("config: [", "us-east-2", "no valid YAML"),
    ],
)
def test_a_file_that_cannot_be_edited_is_refused(text: str, region: str, message: str) -> None:
    with pytest.raises(StackFileError, match=message):
        with_isolated(text, region, isolated=True)


def test_an_alias_to_settings_of_another_region_is_not_edited() -> None:
    text = HEAD + (
        "      - &first\n        region: us-east-2\n        zones: []\n"
        "      - <<: *first\n        region: us-west-2\n"
    )
    with pytest.raises(StackFileError, match="by hand"):
        with_isolated(text, "us-east-2", isolated=True)
