"""The Redis of regions in GCP: each rule broken once, with the message in full."""

from __future__ import annotations

from typing import Any

import pytest

from components.cache.choice import RedisChoice, RedisKind
from stacks.arguments import gateway_args
from stacks.settings import load
from tests.stacks.baseline import Step, lines_of, with_change

KEY = "gcp-us-central1"
SUBNETWORK = "projects/acme/regions/us-central1/subnetworks/redis"
GIVEN = {"cidr": "10.97.0.0/16", "network": "organization/network-team/dev"}
REDIS = {"host": "redis.shop.internal"}


@pytest.mark.parametrize(
    ("path", "to", "told"),
    [
        (
            ("cache",),
            {"gcp": "external"},
            "gateway.cache.external: is missing for gcp-us-central1, and cache.gcp is external; "
            "write external: {gcp-us-central1: {host: ...}}, or cache: {gcp: local}",
        ),
        (
            ("cache",),
            {"gcp": "external", "external": {KEY: REDIS, "gcp-us-central2": REDIS}},
            'gateway.cache.external.gcp-us-central2: "gcp-us-central2" is not a region in GCP of '
            "this environment; did you mean gcp-us-central1?",
        ),
        (
            ("cache",),
            {"external": {KEY: REDIS}},
            "gateway.cache.external: is for gcp: external, and cache.gcp is forwarded; write gcp: "
            "external, or delete external",
        ),
        (
            ("cache",),
            {"gcp": "local", "subnetworks": {KEY: SUBNETWORK}},
            "gateway.cache.subnetworks: is for gcp: forwarded, and cache.gcp is local; write gcp: "
            "forwarded, or delete subnetworks",
        ),
        (
            ("cache",),
            {"subnetworks": {KEY: SUBNETWORK}},
            f'gateway.cache.subnetworks.gcp-us-central1: "{SUBNETWORK}" is for a landing that is '
            "given; in this one the subnetwork is created; delete gcp-us-central1",
        ),
        (
            ("regions", 2, "landing"),
            GIVEN,
            "gateway.cache.subnetworks: is missing for gcp-us-central1: the landing is given, and "
            "forwarders need a subnetwork; write subnetworks: {gcp-us-central1: "
            "projects/<project>/regions/us-central1/subnetworks/<name>}, or write cache: {gcp: "
            "external} or {gcp: local}",
        ),
        (
            ("regions", 2, "landing", "cidr"),
            "10.97.0.0/22",
            'gateway.regions[2].landing.cidr: "10.97.0.0/22" has no room for the forwarders to the '
            "region's Redis; give the landing a /21 or larger or a /23 to /27, or write cache: "
            "{gcp: external} or {gcp: local}",
        ),
    ],
)
def test_a_redis_that_would_lead_nowhere_is_refused(
    path: tuple[Step, ...], to: object, told: str
) -> None:
    if path == ("cache",) and isinstance(to, dict):
        to = {"tier": "small", **to}
    assert lines_of(with_change(*path, to=to)) == [told]


def test_a_subnetwork_of_forwarders_is_in_the_region() -> None:
    document = with_change("regions", 2, "landing", to=GIVEN)
    away = SUBNETWORK.replace("us-central1", "us-east4")
    document["cache"] = {"tier": "small", "subnetworks": {KEY: away}}
    assert lines_of(document) == [
        f'gateway.cache.subnetworks.gcp-us-central1: "{away}" is not in us-central1; name a '
        "subnetwork of the region"
    ]
    document["cache"]["subnetworks"] = {KEY: SUBNETWORK}
    assert redis_of(document) == {KEY: RedisChoice(subnetwork=SUBNETWORK)}


def test_a_subnetwork_of_forwarders_is_in_the_project_of_its_network() -> None:
    network = {"id": "projects/acme-network/global/networks/shared"}
    document = with_change("regions", 2, "landing", to={**GIVEN, "network": network})
    document["cache"] = {"tier": "small", "subnetworks": {KEY: SUBNETWORK}}
    assert lines_of(document) == [
        f'gateway.cache.subnetworks.gcp-us-central1: "{SUBNETWORK}" is not in project '
        "acme-network, in which the network of the landing is; name a subnetwork of the network"
    ]
    there = SUBNETWORK.replace("acme", "acme-network")
    document["cache"]["subnetworks"] = {KEY: there}
    assert redis_of(document) == {KEY: RedisChoice(subnetwork=there)}


@pytest.mark.parametrize("kind", ["external", "local"])
def test_a_landing_without_room_can_have_another_redis(kind: str) -> None:
    document = with_change("regions", 2, "landing", "cidr", to="10.97.0.0/28")
    document["cache"] = {"tier": "small", "gcp": kind}
    if kind == "external":
        document["cache"]["external"] = {KEY: REDIS}
    load("test", document)


def redis_of(document: dict[str, Any]) -> dict[str, RedisChoice]:
    """The Redis of each region that is given one, as the gateway gets it."""
    loaded = load("test", document)
    found = {}
    for region in loaded.regions:
        choice = loaded.cache.redis_of(region.key) if loaded.cache else None
        if choice is not None and choice != RedisChoice() and region.cloud == "gcp":
            found[region.key] = choice
    return found


def test_only_regions_in_gcp_get_a_redis_and_by_default_none_is_named() -> None:
    args = gateway_args(load("test", with_change("cache", to={"tier": "small"})))
    assert [region.redis for region in args.regions] == [None, None, None]
    cache = {"tier": "small", "gcp": "external", "external": {KEY: {**REDIS, "username": "kong"}}}
    args = gateway_args(load("test", with_change("cache", to=cache)))
    assert [region.redis is None for region in args.regions] == [True, True, False]
    choice = args.regions[2].redis
    assert choice is not None
    assert choice.external is not None
    assert (choice.kind, choice.external.host) == (RedisKind.EXTERNAL, "redis.shop.internal")
    assert (choice.external.verify_tls, choice.external.username) == (True, "kong")
