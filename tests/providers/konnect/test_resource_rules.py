"""What check refuses: the rules of each resource, field by field and across fields."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from providers.base.errors import ProviderError
from providers.base.model import check
from providers.konnect.crud import PlacedProvider
from tests.providers.konnect.example import ENTITY, PLANE, Example, Props, name_of
from tests.providers.konnect.examples import (
    ADDON,
    CONFIGURATION,
    CONTROL_PLANE,
    EXAMPLES,
    NETWORK,
    PARTIAL,
    PLUGIN,
    ROUTE,
    SERVICE,
    TRANSIT_GATEWAY,
)
from tests.providers.konnect.groups.consumers import KEY_AUTH
from tests.providers.konnect.groups.traffic import TARGET, UPSTREAM


def failures(example: Example, inputs: Props, **change: Any) -> list[tuple[str, str]]:
    """The failures of ``inputs`` with some of them changed."""
    return check(example.inputs, {**inputs, **change}).failures


def group(**change: Any) -> Props:
    """A valid data plane group with something changed; None leaves it out."""
    whole = {**CONFIGURATION.full["dataplane_groups"][0], **change}
    return {key: value for key, value in whole.items() if value is not None}


AUTOPILOT = "autoscale.autopilot.base_rps"
BAD_FIELDS: list[tuple[Example, Props, str]] = [
    # (resource, the only thing wrong with its inputs, words of the reason)
    (NETWORK, {"name": ""}, "at least 1 character"),
    (NETWORK, {"name": "n" * 121}, "at most 120 characters"),
    (NETWORK, {"cidr_block": "10.4.0.0"}, "match pattern"),
    (NETWORK, {"cidr_block": 10}, "valid string"),
    (NETWORK, {"availability_zones": []}, "at least 1 item"),
    (NETWORK, {"availability_zones": "use1-az1"}, "valid list"),
    (CONFIGURATION, {"version": 3.13}, "valid string"),
    (CONFIGURATION, {"version": "latest"}, "match pattern"),
    (CONFIGURATION, {"control_plane_geo": "ap"}, "'us', 'eu', 'au', 'me', 'in' or 'sg'"),
    (CONFIGURATION, {"api_access": "open"}, "'private', 'public' or 'private+public'"),
    (CONFIGURATION, {"dataplane_groups": [group(provider="ibm")]}, "0.provider: Input should be"),
    (CONFIGURATION, {"dataplane_groups": [group(region=None)]}, "0.region: is required"),
    (CONFIGURATION, {"dataplane_groups": [group(size=1)]}, "0.size: there is no such property"),
    (
        CONFIGURATION,
        {"dataplane_groups": [group(autoscale={"kind": "autopilot", "base_rps": 0})]},
        f"0.{AUTOPILOT}: Input should be greater than or equal to 1",
    ),
    (
        CONFIGURATION,
        {"dataplane_groups": [group(autoscale={"kind": "autopilot", "base_rps": 1.5})]},
        f"0.{AUTOPILOT}: Input should be a valid integer",
    ),
    (
        CONFIGURATION,
        {"dataplane_groups": [group(autoscale={"base_rps": 1})]},
        "0.autoscale: Unable to extract tag using discriminator 'kind'",
    ),
    (
        CONFIGURATION,
        {"dataplane_groups": [group(environment=[{"name": "PATH_X", "value": "1"}])]},
        "0.environment.0.name: String should match pattern",
    ),
    (
        TRANSIT_GATEWAY,
        {"transit_gateway_attachment_config": {"kind": "carrier-pigeon"}},
        "does not match any of the expected tags",
    ),
    (
        TRANSIT_GATEWAY,
        {
            "transit_gateway_attachment_config": {
                **TRANSIT_GATEWAY.full["transit_gateway_attachment_config"],
                "ram_share_arn": "tgw-1",
            }
        },
        "ram_share_arn: String should match pattern",
    ),
    (ADDON, {"name": "n" * 71}, "at most 70 characters"),
    (ADDON, {"owner": {"kind": "control-plane", "control_plane_id": PLANE}}, "geo: is required"),
    (CONTROL_PLANE, {"name": "x"}, "at least 2 characters"),
    (CONTROL_PLANE, {"description": "d" * 2049}, "at most 2048 characters"),
    (
        CONTROL_PLANE,
        {"proxy_urls": [{"host": f"{n}.example", "port": 1, "protocol": "s"} for n in range(6)]},
        "at most 5 items",
    ),
    (PARTIAL, {"type": "redis"}, "Input should be 'redis-ce'"),
    (SERVICE, {"path": "v1"}, "match pattern"),
    (ROUTE, {"methods": ["get"]}, "0: String should match pattern"),
    (ROUTE, {"https_redirect_status_code": 303}, "301, 302, 307, 308 or 426"),
    (PLUGIN, {"service": {"name": "orders"}}, "service.id: is required"),
    (PLUGIN, {"condition": "c" * 1025}, "at most 1024 characters"),
]


@pytest.mark.parametrize(("example", "change", "words"), BAD_FIELDS, ids=name_of)
def test_a_wrong_field_is_refused_under_its_name_with_the_place_and_the_reason(
    example: Example, change: Props, words: str
) -> None:
    found = failures(example, example.full, **change)
    assert {name for name, _ in found} == set(change)
    assert any(words in reason for _, reason in found)


def proxy_url(port: int) -> Props:
    return {"proxy_urls": [{"host": "api.example.com", "port": port, "protocol": "https"}]}


RANGES: list[tuple[Example, Callable[[int], Props], int, int | None]] = [
    # (resource, inputs with a number, the smallest number, the greatest number)
    (SERVICE, lambda n: {"port": n}, 0, 65535),
    (SERVICE, lambda n: {"retries": n}, 0, 32767),
    (SERVICE, lambda n: {"connect_timeout": n}, 1, 2147483646),
    (SERVICE, lambda n: {"read_timeout": n}, 1, 2147483646),
    (SERVICE, lambda n: {"write_timeout": n}, 1, 2147483646),
    (SERVICE, lambda n: {"tls_verify_depth": n}, 0, 64),
    (ROUTE, lambda n: {"sources": [{"ip": "10.0.0.0/8", "port": n}]}, 1, 65535),
    (TARGET, lambda n: {"weight": n}, 0, 65535),
    (TARGET, lambda n: {"target": f"orders.internal:{n}"}, 0, 65535),
    (UPSTREAM, lambda n: {"slots": n}, 10, 65536),
    (KEY_AUTH, lambda n: {"ttl": n}, 0, None),
    (CONTROL_PLANE, proxy_url, 1, None),
]


@pytest.mark.parametrize(("example", "change", "least", "most"), RANGES)
def test_a_number_is_taken_within_its_range_and_refused_beyond(
    example: Example, change: Callable[[int], Props], least: int, most: int | None
) -> None:
    def refused(number: int) -> set[str]:
        return {name for name, _ in failures(example, example.full, **change(number))}

    ((name, _),) = change(least).items()
    assert refused(least) == set()
    assert refused(least - 1) == {name}
    if most is not None:
        assert refused(most) == set()
        assert refused(most + 1) == {name}


def test_a_dedicated_configuration_needs_a_version_and_a_whole_group_each() -> None:
    groups = [
        group(),
        group(cloud_gateway_network_id=None, region="eu-west-1"),
        group(autoscale=None, cloud_gateway_network_id=ENTITY, region="us-west-2"),
        group(region="us-east-2"),
    ]
    found = failures(CONFIGURATION, CONFIGURATION.full, version=None, dataplane_groups=groups)
    assert sorted(reason.split("(")[-1] for _, reason in found) == [
        "aws eu-west-1): cloud_gateway_network_id is required",
        "aws us-east-2): is a second group in the same network",
        "aws us-west-2): autoscale is required",
        "is required for dedicated gateways, for example '3.13'",
    ]


def test_a_serverless_configuration_needs_none_of_that() -> None:
    groups = [{"provider": "aws", "region": "us"}]
    serverless = {
        "control_plane_id": PLANE,
        "control_plane_geo": "us",
        "kind": "serverless.v1",
        "dataplane_groups": groups,
    }
    assert failures(CONFIGURATION, serverless) == []


@pytest.mark.parametrize("kind", ["aws-transit-gateway-attachment", "aws-vpc-peering-attachment"])
def test_two_kinds_of_attachment_need_the_ranges_behind_them(kind: str) -> None:
    peering = {
        "kind": "aws-vpc-peering-attachment",
        "peer_account_id": "123456789012",
        "peer_vpc_id": "vpc-1",
        "peer_vpc_region": "us-east-1",
    }
    hub = TRANSIT_GATEWAY.full["transit_gateway_attachment_config"]
    config = hub if kind == hub["kind"] else peering
    wanted = {
        **TRANSIT_GATEWAY.least,
        "transit_gateway_attachment_config": config,
        "cidr_blocks": [],
    }
    ((name, reason),) = failures(TRANSIT_GATEWAY, wanted)
    assert (name, reason.split(":")[0]) == ("cidr_blocks", f"is required for {kind}")
    assert failures(TRANSIT_GATEWAY, wanted, cidr_blocks=["10.9.0.0/16"]) == []


def test_other_kinds_of_attachment_have_no_ranges() -> None:
    found = failures(TRANSIT_GATEWAY, TRANSIT_GATEWAY.least, cidr_blocks=["10.9.0.0/16"])
    assert found == [("cidr_blocks", "is not allowed for gcp-vpc-peering-attachment")]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({f"k{n}": "v" for n in range(5)}, "has 5 labels, and at most 4 are accepted"),
        ({"pulumi": "v"}, "label 'pulumi' marks the stack that created the control plane"),
        ({"kong-env": "v"}, "label key 'kong-env'"),
        ({"_x": "v"}, "label key '_x'"),
        ({"": "v"}, "label key ''"),
        ({"k" * 64: "v"}, "must have 1 to 63 characters"),
        ({"env": ""}, "label 'env': value ''"),
        ({"env": "-prod"}, "start and end with a letter or digit"),
        ({"env": "a b"}, "label 'env': value 'a b'"),
        ({"env": "v" * 64}, "must have 1 to 63 characters"),
    ],
)
def test_labels_that_konnect_would_refuse_are_refused(labels: Props, words: str) -> None:
    ((name, reason),) = failures(CONTROL_PLANE, CONTROL_PLANE.full, labels=labels)
    assert name == "labels"
    assert words in reason


@pytest.mark.parametrize("labels", [{"env": "a"}, {"e" * 63: "v" * 63}, {"e": "a.b_c-d9"}, {}])
def test_labels_at_the_edge_of_the_rules_are_taken(labels: Props) -> None:
    assert failures(CONTROL_PLANE, CONTROL_PLANE.full, labels=labels) == []


def test_a_free_form_config_holds_json_only() -> None:
    ((name, reason),) = failures(PARTIAL, PARTIAL.full, config={"host": object()})
    assert name == "config"
    assert "host" in reason


def test_a_route_matches_by_something_and_in_one_flavour() -> None:
    alone = {"control_plane_id": PLANE}
    assert [name for name, _ in failures(ROUTE, alone)] == ["paths"]
    both = {**ROUTE.least, "paths": ["/a"], "hosts": ["b.example"]}
    assert failures(ROUTE, both) == [("expression", "cannot be combined with paths, hosts")]
    assert failures(ROUTE, ROUTE.least, priority=1, path_handling="v1") == []
    mixed = failures(ROUTE, ROUTE.least, regex_priority=1)
    assert mixed == [("regex_priority", "is not allowed for a route with an expression")]
    assert failures(ROUTE, ROUTE.full, priority=1) == [
        ("priority", "is allowed only for a route with an expression")
    ]


def test_a_partial_of_a_plugin_has_one_known_place_that_nothing_else_fills() -> None:
    def of(name: str, link: Props, config: Props | None = None) -> list[tuple[str, str]]:
        inputs = {"control_plane_id": PLANE, "name": name, "config": config or {}}
        return failures(PLUGIN, inputs, partials=[link])

    limits: Props = {"limit": [5], "window_size": [60]}
    assert of("rate-limiting-advanced", {"id": ENTITY}, limits) == []
    assert of("my-plugin", {"id": ENTITY, "path": "config.redis"}) == []
    assert of("my-plugin", {"id": ENTITY}) == [
        ("partials", "path is required: the field of 'my-plugin' that the partial fills")
    ]
    twice = [
        ("partials", "config.redis is set by the partial and by config; write only one of them")
    ]
    assert of("rate-limiting", {"id": ENTITY}, {"minute": 5, "redis": {"host": "h"}}) == twice
    oauth: Props = {"oauth": {"token_endpoint": "https://id.example/token"}}
    nested = of("upstream-oauth", {"id": ENTITY}, {**oauth, "cache": {"redis": {"host": "h"}}})
    assert "config.cache.redis is set" in nested[0][1]
    assert of("upstream-oauth", {"id": ENTITY}, {**oauth, "cache": {"strategy": "redis"}}) == []


def test_rules_across_fields_hold_in_a_preview_that_does_not_know_the_parents_yet() -> None:
    """The first preview of an environment: nobody waits 40 minutes to hear of a typo."""
    groups = [
        group(cloud_gateway_network_id=UNKNOWN, autoscale=None),
        group(cloud_gateway_network_id=UNKNOWN),
    ]
    change = {"control_plane_id": UNKNOWN, "version": None, "dataplane_groups": groups}
    found = failures(CONFIGURATION, CONFIGURATION.full, **change)
    assert sorted(name for name, _ in found) == ["dataplane_groups", "version"]
    assert "autoscale is required" in dict(found)["dataplane_groups"]
    hub = {**TRANSIT_GATEWAY.full, "network_id": UNKNOWN, "cidr_blocks": []}
    assert [name for name, _ in failures(TRANSIT_GATEWAY, hub)] == ["cidr_blocks"]
    unplaced = failures(PLUGIN, PLUGIN.least, partials=[{"id": UNKNOWN}])
    assert [name for name, _ in unplaced] == ["partials"]


@pytest.mark.parametrize(
    ("example", "change"),
    [
        (PARTIAL, {"config": {"port": UNKNOWN}}),
        (CONTROL_PLANE, {"labels": {"env": UNKNOWN}}),
        (TRANSIT_GATEWAY, {"cidr_blocks": UNKNOWN}),
        (TRANSIT_GATEWAY, {"cidr_blocks": [UNKNOWN]}),
        (ROUTE, {"paths": UNKNOWN, "hosts": []}),
        (CONFIGURATION, {"version": UNKNOWN}),
        (PLUGIN, {"partials": [{"id": ENTITY, "path": UNKNOWN}]}),
    ],
    ids=name_of,
)
def test_a_rule_is_not_applied_to_what_is_not_known_yet(example: Example, change: Props) -> None:
    assert failures(example, example.full, **change) == []


PLACED = [example for example in EXAMPLES if issubclass(example.provider, PlacedProvider)]


@pytest.mark.parametrize("example", PLACED, ids=name_of)
@pytest.mark.parametrize("text", ["{", "{}", '{"id": "x"', '{"name": "x"}'])
def test_what_is_no_import_id_is_told_with_the_form(example: Example, text: str) -> None:
    provider = example.provider()
    with pytest.raises(ProviderError) as error:
        provider.import_id(text)
    form = json.dumps(dict.fromkeys((provider.imported_by, *provider.owners), "..."))
    assert str(error.value) == f"adopt_existing_id {text!r} is not {form}"
