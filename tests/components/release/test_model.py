"""Declarations of releases: what they refuse, all at once."""

from __future__ import annotations

from typing import Any

import pytest

from components.release import ReleaseArgs, ReleaseError
from components.release.weights import share_of, weights

VERSIONS = {"v1": {"targets": {"a": "10.0.1.1:80"}}, "v2": {"targets": {"b": "10.0.2.1:80"}}}


def refusals(**declared: Any) -> list[str]:
    with pytest.raises(ReleaseError) as refused:
        ReleaseArgs(**{"versions": VERSIONS, **declared})
    return str(refused.value).splitlines()


def test_all_problems_are_reported_with_their_paths() -> None:
    canary = {"stable": "v1", "new": "v1"}
    lines = refusals(canary=canary, waves=[["aws"], ["aws"]], wave=3)
    assert len(lines) == 3
    assert all(line.startswith("ReleaseArgs: ") for line in lines)


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ({}, "canary: null is no strategy; write one of canary, canary_plugin, blue_green and ab"),
        (
            {"canary": {"stable": "v1"}, "blue_green": {"active": "v1"}},
            "is one of several strategies",
        ),
        ({"canary": {"stable": "v3"}}, "names version 'v3', which is not declared"),
        ({"canary": {"stable": "v1", "new": "v2", "share": 101}}, "canary.share: 101"),
        ({"canary": {"stable": "v1", "new": "v2", "weight": 1}}, "is not a known key"),
        ({"canary": {"stable": "v1"}, "max_step": 0}, "max_step: 0"),
        ({"canary": {"stable": "v1"}, "gate": {"window": "10m"}}, "window"),
        ({"blue_green": {"active": "v1"}}, "give blue_green.preview_header, or write gate: none"),
        (
            {"blue_green": {"active": "v1", "preview_header": "X-Release"}},
            "paths: [] is empty, and blue_green makes routes by a header",
        ),
        (
            {"canary_plugin": {"stable": "v1", "new": "v2", "hash": "allow", "groups": ["beta"]}},
            "write gate: none",
        ),
        (
            {"canary_plugin": {"stable": "v1", "new": "v2"}, "gate": "none"},
            "write one of percentage, start and groups",
        ),
        (
            {"canary_plugin": {"stable": "v1", "new": "v2", "percentage": 1, "hash": "header"}},
            "hash_header",
        ),
        ({"versions": {"v1": {"targets": {}}}, "canary": {"stable": "v1"}}, "versions.v1.targets"),
        ({"versions": {"v1": {"targets": {"a": "10.0.0.1:80:90"}}}}, "10.0.0.1:80:90"),
    ],
)
def test_a_declaration_is_refused_with_its_rule_and_the_remedy(
    declared: dict[str, Any], text: str
) -> None:
    assert text in "\n".join(refusals(**declared))


def test_two_targets_never_have_one_key() -> None:
    versions = {"v1": VERSIONS["v1"], "v2": {"targets": {"a": "10.0.2.1:80"}}}
    (line,) = refusals(versions=versions, canary={"stable": "v1", "new": "v2"})
    assert "has 2 targets with the key 'a'; give each target a key of its own" in line


def test_two_targets_never_have_one_address() -> None:
    versions = {"v1": VERSIONS["v1"], "v2": {"targets": {"b": "10.0.1.1:80"}}}
    (line,) = refusals(versions=versions, canary={"stable": "v1", "new": "v2"})
    assert "has 2 targets with the address 10.0.1.1:80; give each target an address" in line


@pytest.mark.parametrize("share", range(0, 101, 5))
@pytest.mark.parametrize(("stable", "new"), [("a", "b"), ("abc", "de"), ("ab", "cdefg")])
def test_weights_give_exactly_the_share_that_is_declared(stable: str, new: str, share: int) -> None:
    found = weights(stable, new, share)
    assert share_of(new, found) == pytest.approx(share)
    assert len({found[key] for key in new}) == 1
    assert len({found[key] for key in stable}) == 1


def test_weights_are_within_what_konnect_takes_for_as_many_targets_as_there_may_be() -> None:
    found = weights([f"a{n}" for n in range(500)], [f"b{n}" for n in range(499)], 1)
    assert max(found.values()) <= 65535


def test_an_address_without_a_port_has_the_one_that_konnect_gives_it() -> None:
    versions = {"v1": {"targets": {"a": "10.0.1.1", "b": {"aws": "10.0.1.2:81"}}}}
    args = ReleaseArgs(versions=versions, canary={"stable": "v1"})
    assert args.versions["v1"].addresses("aws") == {"a": "10.0.1.1:8000", "b": "10.0.1.2:81"}
    assert args.versions["v1"].addresses("gcp") == {"a": "10.0.1.1:8000"}
