"""For each input of each resource: what a change of it does, as Konnect's API allows it.

Sources: the PATCH bodies of `/v2/cloud-gateways` and `/v2/control-planes`. Core entities are
replaced as a whole by a PUT, so little is immutable there.
"""

from __future__ import annotations

import pytest
from pulumi import dynamic

from providers.base.errors import ProviderError
from providers.base.model import Trait, check
from providers.konnect.vocabulary import CacheTier
from tests.providers.konnect.example import (
    ENTITY,
    OTHER,
    PLANE,
    REQUEST_ONLY,
    Example,
    Props,
    name_of,
)
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

TABLE = [(example, example.replaces, example.updates) for example in EXAMPLES]
"""(resource, what replaces it, what is changed in place): field -> another valid value."""

CASES = [
    pytest.param(example, name, value, replaces, id=f"{name_of(example)}.{name}")
    for example, replacing, updating in TABLE
    for replaces, fields in ((True, replacing), (False, updating))
    for name, value in fields.items()
]


def diff(example: Example, olds: Props, news: Props) -> dynamic.DiffResult:
    """The answer of the provider to checked inputs, as the engine asks for it."""
    provider = example.provider()
    before = check(example.inputs, olds)
    after = check(example.inputs, news)
    assert after.failures == before.failures == []
    outputs = {**before.inputs, **provider._fingerprints(before.inputs), "state": "ready"}
    return provider.diff("id", outputs, after.inputs)


@pytest.mark.parametrize(("example", "name", "value", "replaces"), CASES)
def test_a_change_of_an_input_replaces_or_updates(
    example: Example, name: str, value: object, replaces: bool
) -> None:
    result = diff(example, example.full, {**example.full, name: value})
    assert result.changes is True
    assert result.replaces == ([name] if replaces else [])


REFUSED = [
    pytest.param(example, name, value, id=f"{name_of(example)}.{name}")
    for example in EXAMPLES
    for name, value in example.refused.items()
]


@pytest.mark.parametrize(("example", "name", "value"), REFUSED)
def test_a_change_that_would_delete_what_is_live_is_refused(
    example: Example, name: str, value: object
) -> None:
    with pytest.raises(ProviderError, match=f"{name} cannot change while it is live"):
        diff(example, example.full, {**example.full, name: value})


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_the_table_says_of_every_input_what_its_change_does(example: Example) -> None:
    told = {
        *example.replaces,
        *example.updates,
        *example.refused,
        *example.seldom,
        *REQUEST_ONLY,
    }
    assert told == set(example.inputs.model_fields)
    assert not example.replaces.keys() & example.updates.keys()


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_adopting_is_no_property_of_the_object_so_its_change_is_none(example: Example) -> None:
    result = diff(example, example.full, {**example.full, "adopt_existing_id": OTHER})
    assert result.changes is False
    assert result.replaces == []


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_removing_an_optional_input_is_an_update_unless_the_server_decides(
    example: Example,
) -> None:
    for name in example.full.keys() - example.least.keys() - example.refused.keys():
        news = {key: value for key, value in example.full.items() if key != name}
        if check(example.inputs, news).failures:
            continue  # A rule asks for it.
        kept = example.inputs.traits(name) & {Trait.SERVER_DEFAULT, Trait.LOCAL}
        default = check(example.inputs, news).inputs.get(name)
        expected = not kept and default != example.full[name]
        assert diff(example, example.full, news).changes is expected, name


@pytest.mark.parametrize("change", [{"expression": 'http.path == "/"'}, {"priority": 7}])
def test_a_change_of_a_route_with_an_expression_is_an_update(change: Props) -> None:
    result = diff(ROUTE, {**ROUTE.least, "priority": 3}, {**ROUTE.least, **change})
    assert (result.changes, result.replaces) == (True, [])


@pytest.mark.parametrize("old", CacheTier)
@pytest.mark.parametrize("new", CacheTier)
def test_a_cache_grows_in_place_and_is_never_made_smaller(old: CacheTier, new: CacheTier) -> None:
    def sized(tier: CacheTier) -> Props:
        capacity = {"kind": "tiered", "tier": str(tier)}
        return {**ADDON.full, "config": {"kind": "managed-cache.v0", "capacity_config": capacity}}

    smaller = list(CacheTier).index(new) < list(CacheTier).index(old)
    failures = ADDON.provider().check(sized(old), sized(new)).failures
    said = f"cannot be lowered from {old} to {new}: write tier {old}"
    assert [said in failure.reason for failure in failures] == ([True] if smaller else [])
    result = diff(ADDON, sized(old), sized(new))
    assert result.changes is (old != new)
    assert result.replaces == []


VPC_PEERING: Props = {
    "kind": "aws-vpc-peering-attachment",
    "peer_account_id": "123456789012",
    "peer_vpc_id": "vpc-1",
    "peer_vpc_region": "us-east-1",
}
ENDPOINT: Props = {
    "kind": "aws-resource-endpoint-attachment",
    "ram_share_arn": "arn:aws:ram:us-east-1:123456789012:resource-share/abc",
    "resource_config": [{"resource_config_id": "rcfg-1", "domain_name": "a.example"}],
}
VNET: Props = {
    "kind": "azure-vnet-peering-attachment",
    "tenant_id": "t",
    "subscription_id": "s",
    "resource_group_name": "g",
    "vnet_name": "v",
}
VHUB: Props = {**VNET, "kind": "azure-vhub-peering-attachment", "vhub_name": "h"}
del VHUB["vnet_name"]
GCP: Props = TRANSIT_GATEWAY.least["transit_gateway_attachment_config"]
SECOND_ENDPOINT = {"resource_config_id": "rcfg-2", "domain_name": "b.example"}


@pytest.mark.parametrize(
    ("config", "field", "value", "replaces"),
    [
        (VPC_PEERING, "peer_vpc_id", "vpc-2", True),
        (ENDPOINT, "resource_config", [SECOND_ENDPOINT], False),
        (ENDPOINT, "resource_config", [], False),
        (
            ENDPOINT,
            "ram_share_arn",
            "arn:aws:ram:us-east-1:123456789012:resource-share/def",
            True,
        ),
        (VNET, "vnet_name", "w", True),
        (VHUB, "vhub_name", "w", True),
        (GCP, "peer_vpc_name", "spoke", True),
    ],
)
def test_of_an_attachments_config_only_endpoint_mappings_change_in_place(
    config: Props, field: str, value: object, replaces: bool
) -> None:
    ranges = {"cidr_blocks": ["10.9.0.0/16"]} if config is VPC_PEERING else {}
    olds = {**TRANSIT_GATEWAY.least, **ranges, "transit_gateway_attachment_config": config}
    news = {**olds, "transit_gateway_attachment_config": {**config, field: value}}
    expected = ["transit_gateway_attachment_config"] if replaces else []
    assert diff(TRANSIT_GATEWAY, olds, news).replaces == expected


def test_the_ranges_of_a_vpc_peering_cannot_be_edited() -> None:
    olds = {
        **TRANSIT_GATEWAY.least,
        "cidr_blocks": ["10.9.0.0/16"],
        "transit_gateway_attachment_config": VPC_PEERING,
    }
    result = diff(TRANSIT_GATEWAY, olds, {**olds, "cidr_blocks": ["10.10.0.0/16"]})
    assert result.replaces == ["cidr_blocks"]


def test_another_kind_of_attachment_is_another_attachment() -> None:
    olds = {**TRANSIT_GATEWAY.least, "transit_gateway_attachment_config": VNET}
    news = {**TRANSIT_GATEWAY.least, "transit_gateway_attachment_config": ENDPOINT}
    assert diff(TRANSIT_GATEWAY, olds, news).replaces == ["transit_gateway_attachment_config"]


@pytest.mark.parametrize(
    ("example", "change", "deletes_first"),
    [
        (NETWORK, {"cidr_block": "10.8.0.0/16"}, True),
        (NETWORK, {"cidr_block": "10.8.0.0/16", "name": "orders-b"}, False),
        (CONTROL_PLANE, {"cloud_gateway": False}, True),
        (CONTROL_PLANE, {"cloud_gateway": False, "name": "orders-b"}, False),
        (CONFIGURATION, {"control_plane_id": OTHER}, False),
        (CONFIGURATION, {"control_plane_geo": "us"}, True),
        (TRANSIT_GATEWAY, {"network_id": OTHER}, False),
        (TRANSIT_GATEWAY, {"name": "orders-b"}, True),
        (ADDON, {"name": "orders-b"}, True),
        (PARTIAL, {"type": "redis-ce", "config": {}}, True),
        (PARTIAL, {"control_plane_id": OTHER}, False),
        (SERVICE, {"control_plane_id": OTHER}, False),
        (ROUTE, {"control_plane_id": OTHER}, False),
        (PLUGIN, {"control_plane_id": OTHER}, False),
        (PLUGIN, {"name": "our-own"}, False),
    ],
    ids=name_of,
)
def test_the_old_object_goes_first_only_where_both_cannot_be(
    example: Example, change: Props, deletes_first: bool
) -> None:
    olds = {key: value for key, value in example.full.items() if key != "partials"}
    result = diff(example, olds, {**olds, **change})
    assert result.replaces
    assert result.delete_before_replace is deletes_first


def test_of_a_plugins_config_what_konnect_adds_is_no_change_and_what_it_lost_is() -> None:
    olds = {**PLUGIN.least, "config": {"limit": [5], "redis": {"port": 6379}}}
    provider = PLUGIN.provider()
    written = check(PLUGIN.inputs, olds).inputs
    returned = {
        **written,
        "id": ENTITY,
        "config": {"limit": [5], "strategy": "local", "redis": {"port": 6379, "host": None}},
    }
    kept, changed = provider._compare(returned, written)
    assert (kept["config"], changed) == (olds["config"], [])
    drifted = {**returned, "config": {"limit": [6], "redis": {"port": 6379}}}
    seen, changed = provider._compare(drifted, written)
    assert (seen["config"]["limit"], changed) == ([6], ["config"])
    lost = {**returned, "config": {"limit": [5]}}
    assert provider._compare(lost, written)[1] == ["config"]


def test_a_cache_link_written_with_its_known_path_is_the_same_as_without() -> None:
    plain = {
        **PLUGIN.least,
        "name": "rate-limiting-advanced",
        "config": {"limit": [5], "window_size": [60]},
        "partials": [{"id": ENTITY}],
    }
    explicit = {**plain, "partials": [{"id": ENTITY, "path": "config.redis"}]}
    assert diff(PLUGIN, plain, explicit).changes is False
    provider = PLUGIN.provider()
    written = check(PLUGIN.inputs, explicit).inputs
    returned = {**written, "partials": [{"id": ENTITY, "name": "r", "path": "config.redis"}]}
    assert provider._compare({**returned, "id": PLANE}, written)[1] == []


NETWORK_CHANGES = [
    ({"availability_zones": ["use2-az1"]}, True),
    ({"availability_zones": ["use2-az3", "use2-az1", "use2-az2"]}, False),
    ({"availability_zones": ["use2-az1"], "cidr_block": "10.8.0.0/16"}, False),
    ({"cidr_block": "10.8.0.0/16"}, False),
    ({"name": "another"}, False),
]


@pytest.mark.parametrize(("change", "refused"), NETWORK_CHANGES, ids=str)
def test_zones_of_a_network_change_with_its_cidr_block_only(change: Props, refused: bool) -> None:
    olds = {**NETWORK.full, "availability_zones": ["use2-az1", "use2-az2", "use2-az3"]}
    failures = NETWORK.provider().check(olds, {**olds, **change}).failures
    assert [failure.property for failure in failures] == (["availability_zones"] if refused else [])
    for failure in failures:
        assert "while its cidr_block stays" in failure.reason
        assert "Write another cidr_block with the new zones" in failure.reason
