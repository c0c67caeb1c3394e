"""Stack settings: what loads, what is refused across values, and that nothing else is raised."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network
from typing import Any, get_args
from uuid import UUID

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.runtime.config import set_all_config
from pydantic import ValidationError

from stacks.settings import (
    ApiAccess,
    CacheTier,
    Cloud,
    Consent,
    Geo,
    Settings,
    SettingsError,
    load,
    require_secret_keys,
    require_secret_token,
    warnings,
)
from tests.stacks.baseline import BASELINE, FILE, PRINCIPAL, Step, lines_of, with_change

# What is accepted


def test_a_compliant_environment_becomes_typed_settings() -> None:
    loaded = load("test", BASELINE)
    assert (loaded.stack, loaded.file) == ("test", FILE)
    assert (loaded.geo, loaded.release, loaded.protect) == (Geo.EU, (3, 13), True)
    assert loaded.api_access is ApiAccess.PRIVATE
    assert loaded.cache is not None
    assert loaded.cache.tier is CacheTier.SMALL
    assert loaded.azure is not None
    assert loaded.azure.kong_principal_id == UUID(PRINCIPAL)
    assert loaded.azure.consent is Consent.ASSIGNED
    assert loaded.clouds == set(Cloud)
    aws = loaded.regions[0]
    assert (aws.key, aws.cidr) == ("aws-us-east-2", IPv4Network("10.64.0.0/20"))
    assert aws.landing.reach == (IPv4Network("10.128.0.0/16"),)
    assert warnings(loaded) == []


def test_what_is_optional_has_the_documented_defaults() -> None:
    region = {"region": "us-east-2", "cidr": "10.64.0.0/20", "landing": "10.65.0.0/16"}
    loaded = load("dev", {"geo": "us", "version": "3.13", "regions": [region]})
    assert (loaded.azure, loaded.tags) == (None, {})
    assert (loaded.control_plane.description, loaded.control_plane.labels) == ("", {})
    assert loaded.regions[0].cloud is Cloud.AWS
    assert loaded.regions[0].zones == ("use2-az1", "use2-az2", "use2-az3")
    assert loaded.regions[0].landing.cidr == IPv4Network("10.65.0.0/16")
    assert (loaded.regions[0].landing.ports, loaded.regions[0].landing.network) == ((443,), None)


@pytest.mark.parametrize("field", Settings.model_fields)
def test_settings_are_frozen(field: str) -> None:
    loaded = load("test", BASELINE)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(loaded, field, None)


def test_tags_are_written_once_and_folded_for_gcp() -> None:
    loaded = load("test", BASELINE)
    assert loaded.tags_for(Cloud.AWS) == {"Cost Centre": "4711"}
    assert loaded.tags_for(Cloud.GCP) == {"cost-centre": "4711"}


def test_manual_consent_needs_no_principal() -> None:
    loaded = load("test", with_change("azure", to={"consent": "manual"}))
    assert loaded.azure is not None
    assert loaded.azure.kong_principal_id is None


def test_a_cache_and_a_gcp_region_go_together() -> None:
    loaded = load("test", with_change("regions", to=BASELINE["regions"][2:]))
    assert [region.cloud for region in loaded.regions] == [Cloud.GCP]
    assert loaded.cache is not None
    assert loaded.cache.tier == "small"


def test_every_field_has_a_docstring_and_an_example() -> None:
    models: list[Any] = [Settings]
    for model in models:
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name} has no docstring"
            assert field.examples, f"{model.__name__}.{name} has no example"
        for field in model.model_fields.values():
            models += _models_in(field.annotation)
    assert len(models) == 48


def _models_in(annotation: Any) -> list[Any]:
    """The models in a type, in all its forms."""
    if hasattr(annotation, "model_fields"):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]


def test_settings_that_are_not_there_or_not_an_object_say_what_to_write() -> None:
    remedy = "write multicloud-gateway:gateway as stacks/Pulumi.dev.yaml does"
    assert lines_of(None) == [f"gateway: is missing; {remedy}"]
    assert lines_of(["aws"]) == [f"gateway: should be an object; {remedy}"]


def test_the_file_of_a_message_can_be_named() -> None:
    with pytest.raises(SettingsError, match=r"^envs/test\.yaml: gateway: is missing"):
        load("test", None, "envs/test.yaml")


# What is refused between values


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    document = copy.deepcopy(BASELINE)
    document["geo"] = "uk"
    document["regions"][0]["cidr"] = "10.65.0.0/20"
    document["regions"][1]["zones"] = "eastus2-az2"
    del document["regions"][2]["cidr"]
    document["regins"] = []
    assert [line.split(": ")[0] for line in lines_of(document)] == [
        "gateway.geo",
        "gateway.regions[0].landing.cidr",
        "gateway.regions[1].zones",
        "gateway.regions[2].cidr",
        "gateway.regins",
    ]


def test_a_region_named_twice_is_refused_and_both_places_are_named() -> None:
    again = {**BASELINE["regions"][0], "cidr": "10.64.16.0/20", "landing": {"cidr": "10.66.0.0/16"}}
    assert lines_of(with_change("regions", to=[BASELINE["regions"][0], again])) == [
        'gateway.regions[1].region: "us-east-2" is in gateway.regions[0] too; delete one of the two'
    ]


def test_every_network_of_an_environment_is_held_against_every_other() -> None:
    everything = {"cidr": "10.0.0.0/8", "reach": []}
    lines = lines_of(with_change("regions", 2, "landing", to=everything))
    assert sorted(line.split("; ")[0] for line in lines if "overlaps" in line) == [
        'gateway.regions[0].landing.reach[0]: "10.128.0.0/16" overlaps 10.0.0.0/8 of '
        "gateway.regions[2].landing.cidr",
        'gateway.regions[2].landing.cidr: "10.0.0.0/8" overlaps '
        + " and ".join(
            f"{block} of {owner}"
            for block, owner in [
                ("10.64.0.0/20", "gateway.regions[0].cidr"),
                ("10.65.0.0/16", "gateway.regions[0].landing.cidr"),
                ("10.80.0.0/20", "gateway.regions[1].cidr"),
                ("10.81.0.0/16", "gateway.regions[1].landing.cidr"),
                ("10.96.0.0/20", "gateway.regions[2].cidr"),
            ]
        ),
    ]


@pytest.mark.parametrize(
    ("index", "cidr", "told"),
    [
        (1, "10.65.8.0/24", "is a /24, and a gateway network in azure is /16 to /21"),
        (2, "10.81.8.0/25", "is a /25, and a gateway network in gcp is /16 to /23"),
        (2, "10.81.0.0/12", "has host bits"),
    ],
)
def test_a_value_with_two_problems_is_told_once_and_the_proposal_mends_both(
    index: int, cidr: str, told: str
) -> None:
    """A /24 was proposed for Azure, which takes /16 to /21."""
    document = with_change("regions", index, "cidr", to=cidr)
    lines = [line for line in lines_of(document) if line.startswith(f"gateway.regions[{index}].c")]
    (line,) = lines
    assert told in line
    if "host bits" not in told:
        assert "overlaps" in line
        proposed = line.split("write cidr: ")[1].removesuffix(", which is free")
        document["regions"][index]["cidr"] = proposed
        load("test", document)


def test_blocks_that_are_proposed_for_several_overlaps_can_all_be_taken_together() -> None:
    document = copy.deepcopy(BASELINE)
    for index in (1, 2):
        document["regions"][index] |= {"cidr": "10.64.0.0/20", "landing": "10.65.0.0/16"}
    for line in lines_of(document):
        path, _, told = line.partition(": ")
        place, key = path.removeprefix("gateway.regions[").split("].")
        proposed = told.split(f"write {key}: ")[1].removesuffix(", which is free")
        document["regions"][int(place)][key] = proposed
    assert len(load("test", document).regions) == 3


def test_a_landing_that_overlaps_and_is_too_large_gets_a_block_that_it_can_have() -> None:
    document = with_change("regions", 0, "landing", to="10.64.0.0/12")
    (line,) = (line for line in lines_of(document) if ".landing" in line)
    assert "too large" in line
    document["regions"][0]["landing"] = line.split("write landing: ")[1].split(",")[0]
    load("test", document)


def test_a_landing_that_overlaps_gets_a_block_of_its_own_size_which_no_gateway_could_have() -> None:
    document = with_change("regions", 1, "landing", to="10.64.8.0/24")
    (line,) = lines_of(document)
    proposed = IPv4Network(line.split("write landing: ")[1].split(",")[0])
    assert proposed.prefixlen == 24
    document["regions"][1]["landing"] = str(proposed)
    load("test", document)


def test_a_gateway_network_is_proposed_near_gateways_and_a_landing_near_landings() -> None:
    document = copy.deepcopy(BASELINE)
    document["regions"][0] |= {"cidr": "10.20.0.0/20", "landing": {"cidr": "172.20.0.0/16"}}
    document["regions"].append({"cloud": "aws", "region": "eu-west-1"})
    missing = {line.split(": ")[0]: line for line in lines_of(document)}
    assert "add cidr: 10.20.16.0/20" in missing["gateway.regions[3].cidr"]
    assert "add landing: 172.21.0.0/16" in missing["gateway.regions[3].landing"]


def test_per_cloud_control_planes_with_a_cache_take_one_gcp_region() -> None:
    document = with_change("control_planes", to="per-cloud")
    load("test", document)
    second = {"cloud": "gcp", "region": "europe-west1", "zones": ["europe-west1-b"]}
    document["regions"].append({**second, "cidr": "10.96.16.0/20", "landing": "10.98.0.0/16"})
    assert lines_of(document) == [
        'gateway.control_planes: "per-cloud" gives us-central1, europe-west1 one control plane, '
        "and with a cache each gcp region needs its own: Konnect has no managed cache there, only "
        "a Redis for one region; write control_planes: per-region, or shared, or cache: null"
    ]
    load("test", {**document, "cache": None})


def test_proposed_blocks_can_all_be_taken_together() -> None:
    document = copy.deepcopy(BASELINE)
    document["regions"].append({"cloud": "aws", "region": "eu-west-1"})
    document["regions"].append({"cloud": "aws", "region": "eu-west-2", "landing": {}})
    document["regions"].append({**BASELINE["regions"][0], "region": "eu-west-3"})
    document["regions"][-1]["landing"] = {"cidr": "10.65.0.0/16"}
    proposed = {
        line.split(": ")[0]: line.removesuffix(", which is free").rpartition(": ")[2]
        for line in lines_of(document)
    }
    assert proposed == {
        "gateway.regions[3].cidr": "10.64.16.0/20",
        "gateway.regions[3].landing": "10.66.0.0/16",
        "gateway.regions[4].cidr": "10.64.32.0/20",
        "gateway.regions[4].landing.cidr": "10.67.0.0/16",
        "gateway.regions[5].cidr": "10.64.48.0/20",
        "gateway.regions[5].landing.cidr": "10.68.0.0/16",
    }
    for index, landing in ((3, "landing"), (4, "landing.cidr"), (5, "landing.cidr")):
        region = document["regions"][index]
        region["cidr"] = proposed[f"gateway.regions[{index}].cidr"]
        region["landing"] = {"cidr": proposed[f"gateway.regions[{index}].{landing}"]}
    assert len(load("test", document).regions) == 6


# Secrets

TOKEN = "kpat_V3rySecret"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (TOKEN, "gateway"),
        (with_change("geo", to=TOKEN), "gateway.geo"),
        (with_change("geo", to=TOKEN.replace("kpat", "SPAT")), "gateway.geo"),
        (with_change("tags", "token", to=f"Bearer {TOKEN}"), "gateway.tags.token"),
        (with_change("regions", 0, "cidr", to=TOKEN), "gateway.regions[0].cidr"),
        (with_change("regions", 0, "zones", to=[TOKEN]), "gateway.regions[0].zones[0]"),
        (with_change("tags", TOKEN, to="x"), 'gateway.tags["(a Konnect token)"]'),
        (with_change(TOKEN, to={}), 'gateway["(a Konnect token)"]'),
    ],
    ids=str,
)
def test_a_token_is_refused_where_it_stands_and_never_printed(document: object, path: str) -> None:
    assert lines_of(document) == [
        f"{path}: is a Konnect token in plain text; delete it, revoke it if it was shared, and "
        "pass a token as KONNECT_TOKEN"
    ]


CONFIGURED: list[tuple[dict[str, str], list[str]]] = [
    ({}, []),
    ({"konnect:server_url": "https://eu.api.konghq.com"}, []),
    ({"konnect:token": TOKEN}, ["konnect:token"]),
]


@pytest.mark.parametrize(("config", "secret"), CONFIGURED, ids=["none", "url", "secret"])
def test_a_secret_token_or_none_in_the_configuration_is_in_order(
    config: dict[str, str], secret: list[str]
) -> None:
    with configuration(config, secret):
        require_secret_token("test")


def test_a_plain_token_in_the_configuration_is_refused_and_not_printed() -> None:
    with (
        configuration({"konnect:token": TOKEN}, ["konnect:other"]),
        pytest.raises(pulumi.RunError) as caught,
    ):
        require_secret_token("test")
    assert str(caught.value) == (
        f"{FILE}: konnect:token: is a Konnect token in plain text; revoke it, and set a new one "
        "with `pulumi config set --secret konnect:token`, or let an ESC environment have it as a "
        "secret"
    )


def test_a_private_key_is_a_reference_or_a_secret_of_the_stack() -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----"
    document = copy.deepcopy(BASELINE)
    certificate = {"cert": "{vault://konnect/cert}", "key": pem}
    document["domains"] = {"api.example.com": {"certificate": certificate}}
    given = "multicloud-gateway:gateway"
    with configuration({given: "{}"}, [given]):
        require_secret_keys(load("test", document))
    with configuration({given: "{}"}, []), pytest.raises(SettingsError) as caught:
        require_secret_keys(load("test", document))
    assert "certificate.key: is a private key in plain text" in str(caught.value)
    assert "MC4CAQ" not in str(caught.value)
    certificate["key"] = "{vault://konnect/key}"
    with configuration({given: "{}"}, []):
        require_secret_keys(load("test", document))


def test_the_password_of_a_redis_is_a_reference_or_a_secret_of_the_stack() -> None:
    redis = {"host": "redis.example.com", "password": "hunter2"}
    cache = {"tier": "small", "gcp": "external", "external": {"gcp-us-central1": redis}}
    given = "multicloud-gateway:gateway"
    with configuration({given: "{}"}, [given]):
        require_secret_keys(load("test", with_change("cache", to=cache)))
    with configuration({given: "{}"}, []), pytest.raises(SettingsError) as caught:
        require_secret_keys(load("test", with_change("cache", to=cache)))
    assert "external.gcp-us-central1.password: is a password in plain text" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    redis["password"] = "{vault://env/redis-password}"
    with configuration({given: "{}"}, []):
        require_secret_keys(load("test", with_change("cache", to=cache)))


@contextmanager
def configuration(config: dict[str, str], secret: list[str]) -> Iterator[None]:
    """What the engine gives a program as its stack's configuration."""
    set_all_config(config, secret)
    try:
        yield
    finally:
        set_all_config({}, [])


# Any input

texts = st.text(max_size=8) | st.sampled_from(["aws", "gcp", "10.64.0.0/20", "3.13", TOKEN])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
keys = st.sampled_from(["cidr", "cloud", "region", "regions", "landing", "reach"]) | texts
anything = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=12
)


def paths_of(value: object, path: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    items: list[tuple[Step, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [below for key, item in items for below in [(*path, key), *paths_of(item, (*path, key))]]


def loads_or_explains(value: object) -> None:
    told, problems = "", 0
    try:
        load("test", value)
    except SettingsError as error:
        told, problems = str(error), len(error.problems)
    lines = told.split("\n") if problems else []
    assert len(lines) == problems
    assert all(line.startswith(f"{FILE}: gateway") for line in lines)
    assert "V3rySecret" not in told


@pytest.mark.parametrize("key", ["<", "<aws>", "[key]"])
def test_an_unknown_key_that_looks_like_a_form_is_named(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load("test", {**BASELINE, key: None})
    (problem,) = caught.value.problems
    assert problem.path == (key,)


@given(anything)
def test_any_input_at_all_loads_or_is_explained(value: object) -> None:
    loads_or_explains(value)


@given(st.sampled_from(paths_of(BASELINE)), anything)
@settings(max_examples=300)
def test_any_value_in_any_place_loads_or_is_explained(path: tuple[Step, ...], to: object) -> None:
    loads_or_explains(with_change(*path, to=to))


@pytest.mark.parametrize(
    "value",
    [1 << 20_000, float("nan"), {"x": {1: "y"}}],
    ids=["huge", "nan", "key"],
)
def test_values_that_json_cannot_carry_are_explained(value: object) -> None:
    loads_or_explains(with_change("geo", to=value))


@pytest.mark.parametrize(
    ("value", "shown"), [("\u2028", '"\\u2028"'), ("\x9b", '"\\u009b"'), ("\ud800", '"\\\\ud800"')]
)
def test_characters_that_do_not_print_are_escaped(value: str, shown: str) -> None:
    (line,) = lines_of(with_change("geo", to=value))
    assert line.startswith(f"gateway.geo: {shown} should be")


def test_input_nested_beyond_reason_is_explained() -> None:
    value: object = "deep"
    for _ in range(500):
        value = [value]
    assert any("is nested too deeply" in line for line in lines_of(with_change("tags", to=value)))


# What is accepted with a warning


@pytest.mark.parametrize(
    ("path", "to", "told"),
    [
        (
            ("regions", 0, "cidr"),
            "10.64.0.0/23",
            'gateway.regions[0].cidr: "10.64.0.0/23" is accepted, but Kong recommends at least a '
            "/22 for 3 zones; choose a larger block before the first deployment: it can never "
            "change",
        ),
        (
            ("regions", 1, "region"),
            "eastus9",
            'gateway.regions[1].region: "eastus9" is not a region Kong documents for azure; did '
            "you mean eastus2?",
        ),
        (
            ("regions", 2, "landing", "cidr"),
            "10.100.0.0/20",
            'gateway.regions[2].landing.cidr: "10.100.0.0/20" overlaps 10.100.0.0/16, which '
            "Kong's data planes use internally; make sure that the gateway calls nothing in it",
        ),
        (
            ("regions", 0, "landing", "reach"),
            ["10.128.0.0/16", "172.17.4.0/24"],
            'gateway.regions[0].landing.reach[1]: "172.17.4.0/24" overlaps 172.17.0.0/16, which '
            "Kong's data planes use internally; make sure that the gateway calls nothing in it",
        ),
        (
            ("rate_limit", "sync_rate"),
            0.1,
            "gateway.rate_limit.sync_rate: 0.1 is too short for a small cache: Kong advises 0.5 "
            "seconds or more for tiers below xlarge; write sync_rate: 0.5",
        ),
        (
            ("cache", "gcp"),
            "local",
            'gateway.cache.gcp: "local" gives gcp-us-central1 no Redis: each data plane there '
            "counts for itself, and a limit is exceeded as many times as there are data planes; "
            "write gcp: forwarded, or accept that limits are per data plane",
        ),
        (
            ("cache",),
            None,
            "gateway.rate_limit.sync_rate: 0.5 has no effect: without a cache each data plane "
            "has counters of its own; add cache, or delete sync_rate",
        ),
    ],
)
def test_what_is_risky_is_accepted_with_a_warning(
    path: tuple[Step, ...], to: object, told: str
) -> None:
    assert warnings(load("test", with_change(*path, to=to))) == [f"{FILE}: {told}"]


def test_a_limit_without_a_cache_is_accepted_with_a_warning() -> None:
    document = with_change("cache", to=None)
    document["rate_limit"] = {"limit": 5, "window_size": 60}
    assert warnings(load("test", document)) == [
        f"{FILE}: gateway.rate_limit: does not hold over a region: without a cache each gateway "
        "counts for itself, and a client may send 5 requests to each; add cache"
    ]
