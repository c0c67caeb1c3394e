"""From a stack file to a gateway and its contract, under mocks of the clouds and of Konnect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pulumi
import pytest
from pulumi.runtime.config import set_all_config

from components.gateway import MultiCloudGateway
from providers import konnect
from providers.konnect.client import Client, use_client
from stacks.errors import SettingsError
from stacks.program import Described, described, konnect_provider, refuse_deletion_while_used
from stacks.quotas import CACHES, NETWORKS
from tests.components.gateway_mocks import World, run_program, unmocked
from tests.stacks.baseline import BASELINE, with_change
from tests.stacks.test_live import PLANES, in_konnect

NAME = "gateway-test"
URL = "http://konnect.test"
TOKEN = "kpat_of_the_program"
OFFERED = {
    "versions": ["3.13"],
    "providers": [
        {
            "provider": region["cloud"],
            "regions": [
                {
                    "region": region["region"],
                    "availability_zones": region.get("zones", ["use2-az1", "use2-az2", "use2-az3"]),
                    "cidr_blocks": ["10.0.0.0/8"],
                    "reserved_cidr_blocks": [],
                }
            ],
        }
        for region in BASELINE["regions"]
    ],
}

Lists = dict[str, list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("KONNECT_TOKEN", "KONNECT_SPAT", "KONNECT_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    set_all_config({"konnect:token": TOKEN, "konnect:server_url": URL}, ["konnect:token"])
    yield
    set_all_config({}, [])
    unmocked()


def run(
    document: object,
    then: Callable[[Described], Any],
    *,
    lists: Lists | None = None,
    offered: dict[str, Any] = OFFERED,
    forbidden: str = "",
) -> tuple[World, Any]:
    """Run a program: what was registered, and what ``then`` returned, once known.

    ``lists`` are what Konnect has before the program runs: networks, control-planes and so on.
    ``forbidden`` is a list that the token may not read.
    """
    there = {"control-planes": [], "consumer_groups": [], **(lists or {})}
    world = World()

    def answer(request: httpx.Request) -> httpx.Response:
        kind = request.url.path.rpartition("/")[2]
        if kind == "availability.json":
            return httpx.Response(200, json=offered)
        if kind == forbidden:
            return httpx.Response(403, json={"title": "Forbidden", "detail": "ask an admin"})
        if kind not in there:
            return world.konnect(request)
        page = {"number": 1, "size": 100, "total": len(there[kind])}
        return httpx.Response(200, json={"meta": {"page": page}, "data": there[kind]})

    async def program() -> Any:
        return then(await described(NAME, "test", document, "envs/test.yaml"))

    def make(_: konnect.Provider) -> Any:
        use_client(Client(konnect.Connection(URL, TOKEN, "eu"), httpx.MockTransport(answer)))
        return pulumi.Output.from_input(program())

    return run_program(make, world=world)


def listed(found: konnect.LiveObjects) -> Lists:
    """What Konnect lists, by the last part of the path."""
    return {
        "networks": list(found.networks),
        "configurations": list(found.configurations),
        "add-ons": list(found.addons),
        "control-planes": list(found.control_planes),
    }


def problems(document: object, **given: Any) -> list[str]:
    """The problems that the program reports before it registers anything."""
    with pytest.raises(SettingsError) as caught:
        run(document, lambda _: None, **given)
    return [line.removeprefix("envs/test.yaml: ") for line in str(caught.value).splitlines()]


def test_a_stack_file_becomes_a_gateway_with_its_guard_and_its_contract() -> None:
    def then(environment: Described) -> Any:
        provider = konnect_provider("of-program", environment.settings.geo.value)
        opts = pulumi.ResourceOptions(providers=[provider])
        gateway = MultiCloudGateway(NAME, environment.args, opts)
        refuse_deletion_while_used(NAME, gateway, pulumi.ResourceOptions(provider=provider))
        return environment.contract(gateway).exports()

    world, exported = run(BASELINE, then)

    (provider,) = (one for one in world.resources if one.name == "of-program")
    assert provider.inputs == {
        "konnect:token": TOKEN,
        "konnect:server_url": URL,
        "konnect:geo": "eu",
    }
    guard = world.one("konnect:GatewayDependents")
    assert guard.name == f"{NAME}-dependents"
    assert guard.inputs["control_plane_ids"] == {
        "main": f"{NAME}-control-plane-id",
        "gcp-us-central1": f"{NAME}-gcp-us-central1-control-plane-id",
    }
    # Pulumi deletes it before what it depends on.
    guarded = [one for one in world.resources if ":MultiCloudGateway$" in one.urn]
    assert len(guarded) > 40
    assert {one.urn for one in guarded if ":index:" not in one.type} <= set(guard.depends_on)
    assert "of-program" in guard.provider
    assert (exported["environment"], exported["geo"]) == ("staging", "eu")
    assert list(exported["regions"]) == ["aws-us-east-2", "azure-eastus2", "gcp-us-central1"]


def test_a_live_region_stays_on_its_control_plane() -> None:
    planes = dict.fromkeys(PLANES, "main")
    document = with_change("cache", to=None)
    found = in_konnect(planes, tier=None)
    lists = listed(found)

    _, args = run(document, lambda environment: environment.args, lists=lists)

    assert {region.key: region.control_plane for region in args.regions} == planes


def test_problems_with_what_is_offered_and_what_is_live_are_told_in_the_order_of_the_file() -> None:
    document = with_change("regions", 0, "zones", to=["use2-az1", "use2-az2"])
    found = in_konnect()
    lists = listed(found)

    told = problems(document, lists=lists, offered={**OFFERED, "versions": ["3.14"]})

    assert [line.split(": ")[0] for line in told] == ["gateway.regions[0].zones"]
    for configuration in lists["configurations"]:
        configuration["version"] = "3.12"
    told = problems(document, lists=lists, offered={**OFFERED, "versions": ["3.14"]})
    assert [line.split(": ")[0] for line in told] == [
        "gateway.version",
        "gateway.regions[0].zones",
    ]


def test_a_live_region_may_stay_where_konnect_no_longer_offers_it() -> None:
    nothing = {**OFFERED, "providers": []}
    found = in_konnect()
    lists = listed(found)

    assert len(problems(BASELINE, offered=nothing)) == 3
    run(BASELINE, lambda _: None, lists=lists, offered=nothing)


def test_a_warning_is_logged_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", logged.append)

    run(with_change("cache", to=None), lambda _: None)

    assert len(logged) == 1
    assert logged[0].startswith("envs/test.yaml: gateway.rate_limit.sync_rate: 0.5 has no effect")


def test_a_private_key_in_plain_text_stops_the_program() -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----"
    certificate = {"cert": "{vault://env/cert}", "key": pem}
    document = {**BASELINE, "domains": {"api.example.com": {"certificate": certificate}}}
    (line,) = problems(document)
    assert "certificate.key: is a private key in plain text" in line
    assert "MC4CAQ" not in line


def test_a_declaration_for_a_service_of_another_team_gets_its_id_on_each_control_plane() -> None:
    declared = {"plugins": {"key-auth": {"service": "orders"}}}
    document = {**BASELINE, "governance": declared}
    lists = listed(in_konnect())
    (line,) = problems(document, lists=lists | {"services": []})
    assert 'gateway.governance.plugins.key-auth.service: "orders" is no service on' in line

    orders = {"services": [{"id": "orders-id", "name": "orders"}]}
    _, args = run(document, lambda environment: environment.args, lists=lists | orders)
    assert args.governance.found == {
        key: {"service": {"orders": "orders-id"}} for key in ("main", "gcp-us-central1")
    }


def test_a_cache_that_plugins_of_others_use_is_not_deleted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", logged.append)
    managed = {"id": "managed", "name": "konnect-managed-1", "tags": ["konnect-managed"]}
    limit = {
        "id": "limit-id",
        "name": "rate-limiting-advanced",
        "tags": ["pulumi:orders:prod:0a1b2c3d"],
        "service": {"id": "orders-id"},
        "partials": [{"id": "managed"}],
    }
    lists = listed(in_konnect()) | {"partials": [managed]}
    document = {**BASELINE, "cache": None}
    (line,) = problems(document, lists=lists | {"plugins": [limit]})
    assert "rate-limiting-advanced (limit-id) of orders/prod on main" in line
    logged.clear()
    run(document, lambda _: None, lists=lists | {"plugins": []})
    assert any("gateway.cache: null deletes the Redis of main" in text for text in logged)


def test_a_consumer_group_with_consumers_is_not_deleted() -> None:
    tags = ["pulumi:p:test:0a1b2c3d"]
    lists = listed(in_konnect()) | {
        "plugins": [],
        "consumer_groups": [{"id": "gold-id", "name": "gold", "tags": tags}],
        "consumers": [{"id": "anna-id", "username": "anna"}],
    }
    for line, plane in zip(
        problems(BASELINE, lists=lists), ("main", "gcp-us-central1"), strict=True
    ):
        assert f'governance.consumer_groups: "gold" would be deleted on {plane}' in line
        assert "with 1 consumer (anna) of others" in line


def test_a_program_without_a_token_or_with_a_plain_one_reads_nothing_from_konnect() -> None:
    set_all_config({"konnect:server_url": URL}, [])
    with pytest.raises(konnect.ConfigurationError, match="no Konnect token: set KONNECT_TOKEN"):
        run(BASELINE, lambda _: None)
    set_all_config({"konnect:token": TOKEN, "konnect:server_url": URL}, [])
    with pytest.raises(pulumi.RunError, match=r"konnect:token: is a Konnect token in plain text"):
        run(BASELINE, lambda _: None)


def test_the_program_reports_quotas_before_it_registers_anything() -> None:
    def quota(resource: str, value: int, *overrides: int) -> dict[str, Any]:
        own = [{"value": one} for one in overrides]
        text = {"name": resource, "description": resource}
        return {"resource": resource, "value": value, "overrides": own, **text}

    lists = {"default-resource-quotas": [quota(NETWORKS, 100, 2), quota(CACHES, 0)]}
    told = problems(BASELINE, lists=lists)
    assert [line.split(";")[0] for line in told] == [
        "gateway.cache: needs more managed caches than allowed: 1 new and 0 in use, but the quota "
        "count/managed-cache-instances allows 0",
        "gateway.regions: needs more networks than allowed: 3 new and 0 in use, but the quota "
        "count/networks.not-offline allows 2",
    ]


def test_quotas_are_not_read_for_an_environment_that_has_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", logged.append)

    lists = listed(in_konnect())
    run(BASELINE, lambda _: None, lists=lists, forbidden="default-resource-quotas")

    assert logged == []


def test_a_token_that_may_not_read_quotas_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", logged.append)

    run(BASELINE, lambda _: None, forbidden="default-resource-quotas")

    assert len(logged) == 1
    assert logged[0].startswith("quotas are not checked: listing resource quotas")
