"""Look-ups of networks, control planes, quotas and tokens, against the simulated Konnect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pulumi
import pytest
from pulumi.output import UNKNOWN
from starlette.responses import JSONResponse

from providers import konnect as library
from providers.base.errors import ConfigurationError, ProviderError, UnauthorizedError
from providers.konnect import lookups
from providers.konnect.client import use_client
from providers.konnect.live import get_live_objects, get_live_plugins
from tests.event_loops import run_and_close
from tests.providers.konnect.groups import identity
from tests.providers.konnect.local_konnect import PLANES, LocalKonnect
from tests.providers.konnect.program import run
from tests.providers.konnect.scripted import TOKEN, Script, answer

NETWORKS = "/v2/cloud-gateways/networks"
GROUP = "CLUSTER_TYPE_CONTROL_PLANE_GROUP"


@pytest.fixture
def connection(konnect: LocalKonnect) -> Iterator[library.Connection]:
    """The simulated Konnect, of which nothing is known yet."""
    lookups.get_resource_quotas.cache_clear()
    lookups.get_platform_ip_addresses.cache_clear()
    yield library.Connection(konnect.url, TOKEN)
    pulumi.runtime.settings.reset_options()


# Networks


def test_all_networks_are_found_ready_or_not(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    ready = konnect.network("ready")
    fresh = konnect.network("fresh", provider="gcp", ready=False)
    found = {item.name: item for item in lookups.get_networks(connection)}
    assert {name: item.id for name, item in found.items()} == {"ready": ready, "fresh": fresh}
    assert found["ready"].provider_metadata.vpc_id
    assert (found["fresh"].state, found["fresh"].provider_metadata.vpc_id) == ("initializing", "")


def test_a_network_is_found_by_its_name_or_its_id(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    konnect.network("orders")
    wanted = konnect.network("orders-2", ready=False)
    assert lookups.get_network(connection, name="orders-2").id == wanted
    assert lookups.get_network(connection, id=wanted).name == "orders-2"


def test_a_network_is_never_one_that_was_read_before(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    id_ = konnect.network("orders", ready=False)
    assert lookups.get_network(connection, name="orders").state == "initializing"
    konnect.advance(3600)
    assert lookups.get_network(connection, name="orders").state == "ready"
    konnect.call("PATCH", f"{NETWORKS}/{id_}", {"name": "sales"})
    assert lookups.get_network(connection, id=id_).name == "sales"


def test_a_network_that_is_not_there_is_told_with_those_that_are(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    with pytest.raises(ProviderError, match=r"the name 'orders'; there are: none$"):
        lookups.get_network(connection, name="orders")
    second, first = konnect.network("sales"), konnect.network("finance")
    there = rf"there are: finance \({first}\), sales \({second}\)$"
    with pytest.raises(ProviderError, match=f"no cloud gateway network with the name 'o'; {there}"):
        lookups.get_network(connection, name="o")
    with pytest.raises(ProviderError, match=f"no cloud gateway network with the id x; {there}"):
        lookups.get_network(connection, id="x")


def test_a_network_that_is_being_removed_is_not_there(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    id_ = konnect.network("orders")
    konnect.call("DELETE", f"{NETWORKS}/{id_}")
    assert [item.state for item in lookups.get_networks(connection)] == ["terminating"]
    with pytest.raises(ProviderError, match="there are: none"):
        lookups.get_network(connection, name="orders")


def test_several_networks_of_one_name_are_told_by_id(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    konnect.network("orders")
    (item,) = konnect.call("GET", NETWORKS)["data"]
    both = [{**item, "id": "a"}, {**item, "id": "b"}]
    meta = {"page": {"number": 1, "size": 100, "total": 2}}
    konnect.answer_with(JSONResponse({"meta": meta, "data": both}))
    with pytest.raises(ProviderError, match=r"more than one .* 'orders': orders \(a\), orders \(b"):
        lookups.get_network(connection, name="orders")
    assert lookups.get_network(connection, id="b").id == "b"


@pytest.mark.parametrize("key", [{}, {"name": "a", "id": "b"}])
def test_a_network_is_asked_for_by_one_thing(
    konnect: LocalKonnect, connection: library.Connection, key: dict[str, str]
) -> None:
    with pytest.raises(ConfigurationError, match="by its name or by its id"):
        lookups.get_network(connection, **key)
    assert konnect.requests == []


# Control planes


def test_control_planes_are_filtered_by_konnect(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    konnect.plane("orders", labels={"env": "prod", "team": "orders"})
    konnect.plane("sales", labels={"env": "dev", "team": "sales"})
    konnect.plane("hybrid", cloud_gateway=False, labels={"env": "prod"})
    konnect.plane("group", cloud_gateway=False, cluster_type=GROUP)

    def names(**filters: Any) -> set[str]:
        return {plane.name for plane in lookups.get_control_planes(connection, **filters)}

    assert names() == {"orders", "sales", "hybrid", "group"}
    assert names(name="orders") == {"orders"}
    assert names(cloud_gateway=True) == {"orders", "sales"}
    assert names(cloud_gateway=False) == {"hybrid", "group"}
    assert names(cluster_type=library.ClusterType.CONTROL_PLANE_GROUP) == {"group"}
    assert names(labels={"env": "prod"}) == {"orders", "hybrid"}
    assert names(labels={"env": "prod", "team": "orders"}) == {"orders"}
    assert names(labels={"env": "prod"}, cloud_gateway=True) == {"orders"}


def test_a_control_plane_is_found_by_its_name_as_it_is_now(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    konnect.plane("orders-2")
    urls = [{"host": "api.example.com", "port": 443, "protocol": "https"}]
    id_ = konnect.plane("orders", labels={"env": "dev"}, proxy_urls=urls)
    found = lookups.get_control_plane(connection, name="orders")
    assert (found.id, found.labels, found.config.cloud_gateway) == (id_, {"env": "dev"}, True)
    assert found.config.control_plane_endpoint.startswith("https://")
    assert list(found.config.proxy_urls) == urls
    konnect.call("PATCH", f"{PLANES}/{id_}", {"labels": {"env": "prod"}})
    assert lookups.get_control_plane(connection, name="orders").labels == {"env": "prod"}


def test_a_control_plane_that_is_not_there_is_told_with_its_geo_and_those_that_are(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    id_ = konnect.plane("sales")
    with pytest.raises(ProviderError, match=rf"'orders' in geo us; there are: sales \({id_}\)"):
        lookups.get_control_plane(connection, name="orders")


# Quotas


def test_a_quota_is_the_organisations_own_or_else_the_default(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    konnect.call("PUT", "/_sandbox/quotas", {"count/networks.not-offline": 7})
    quotas = {quota.resource: quota for quota in lookups.get_resource_quotas(connection)}
    networks, caches = quotas["count/networks.not-offline"], quotas["count/managed-cache-instances"]
    assert networks.value == 7 != networks.default
    assert caches.value == caches.default
    assert len(quotas) == 7


def test_quotas_are_read_once_in_a_run(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    assert lookups.get_resource_quotas(connection) == lookups.get_resource_quotas(connection)
    assert len(konnect.requests) == 1


# Tokens


def test_the_tokens_of_an_account_are_told_with_their_last_use_and_never_the_token(
    konnect: LocalKonnect, connection: library.Connection
) -> None:
    account_id = identity.an_account(konnect)
    path = f"{identity.ACCOUNTS}/{account_id}/access-tokens"
    used, unused = (
        konnect.call("POST", path, {"name": name, "expires_at": "2130-01-31T00:00:00Z"})
        for name in ("used", "unused")
    )
    headers = {"Authorization": f"Bearer {used['token']}"}
    httpx.get(f"{konnect.url}/v3/organizations/me", headers=headers).raise_for_status()
    found = {
        token.name: token
        for token in library.get_system_account_access_tokens(connection, account_id=account_id)
    }
    assert {name: token.id for name, token in found.items()} == {
        "used": used["id"],
        "unused": unused["id"],
    }
    assert found["used"].last_used_at is not None
    assert found["unused"].last_used_at is None
    assert used["token"] not in repr(found)


# The platform


def test_the_addresses_of_the_platform_are_read_once_without_a_token(
    konnect: LocalKonnect,
) -> None:
    connection = library.Connection(konnect.url, token=None)
    found = lookups.get_platform_ip_addresses(connection)
    assert lookups.get_platform_ip_addresses(connection) is found
    assert [item.path for item in konnect.requests] == ["/ip-addresses.json"]
    assert found.update_date == "2026-01-15-09-00-00"
    assert found.ingress_ips["us"] == found.regions["us"]["us.api.konghq.com"]
    assert found.egress_ips["eu"] == ("198.51.100.2",)


def test_kong_has_a_host_of_its_own_for_the_addresses() -> None:
    script = Script(answer())
    script.client("https://eu.api.konghq.com").ip_addresses("reading the addresses")
    (request,) = script.requests
    assert str(request.url) == "https://ip-addresses.origin.konghq.com/ip-addresses.json"
    assert "authorization" not in request.headers


# In a program

OUTPUTS: dict[str, Callable[..., Any]] = {
    "network": lookups.get_network_output,
    "control plane": lookups.get_control_plane_output,
    "system account": library.get_system_account_output,
    "team": library.get_team_output,
}


def a_provider(konnect: LocalKonnect) -> library.Provider:
    return library.Provider("konnect", token=TOKEN, server_url=konnect.url)


@pytest.mark.parametrize("preview", [True, False])
def test_a_program_asks_through_its_provider(
    konnect: LocalKonnect, connection: library.Connection, preview: bool
) -> None:
    network, plane = konnect.network("orders", ready=False), konnect.plane("orders")
    account_id = identity.an_account(konnect)

    async def program() -> list[Any]:
        provider = a_provider(konnect)
        name = pulumi.Output.from_input("orders")
        asked = [
            lookups.get_networks_output(provider).apply(lambda found: found[0].id),
            lookups.get_network_output(name=name, provider=provider).id,
            lookups.get_network_output(id=network, provider=provider).id,
            lookups.get_control_planes_output(
                name=name, cloud_gateway=True, labels={}, provider=provider
            ).apply(lambda found: found[0].id),
            lookups.get_control_plane_output(name=name, provider=provider).id,
            lookups.get_resource_quotas_output(provider).apply(len),
            library.get_system_account_access_tokens_output(
                account_id=account_id, provider=provider
            ).apply(len),
            library.get_system_account_output(id=account_id, provider=provider).id,
            library.get_system_accounts_output(provider=provider).apply(len),
            library.get_team_output(name="Organization Admin", provider=provider).system_team,
            library.get_teams_output(name=name, provider=provider).apply(len),
            library.get_mesh_control_planes_output(provider=provider).apply(len),
            library.get_platform_ip_addresses_output(provider).update_date,
        ]
        return [await item.future() for item in asked]

    found, _ = run(program, preview=preview)
    assert found[:7] == [network, network, network, plane, plane, 7, 0]
    assert found[7:] == [account_id, 1, True, 0, 0, "2026-01-15-09-00-00"]


@pytest.mark.parametrize("look", OUTPUTS.values(), ids=OUTPUTS)
def test_what_depends_on_what_is_not_known_yet_is_not_asked_for(
    konnect: LocalKonnect, connection: library.Connection, look: Callable[..., Any]
) -> None:
    async def program() -> Any:
        asked = look(name=pulumi.Output.from_input(UNKNOWN), provider=a_provider(konnect))
        return await asked.is_known()

    assert run(program, preview=True)[0] is False
    assert konnect.requests == []


@pytest.mark.parametrize("look", OUTPUTS.values(), ids=OUTPUTS)
def test_what_is_not_there_ends_the_program_with_one_message(
    konnect: LocalKonnect, connection: library.Connection, look: Callable[..., Any]
) -> None:
    async def program() -> Any:
        return await look(name="orders", provider=a_provider(konnect)).future()

    with pytest.raises(pulumi.RunError, match="the name 'orders'"):
        run(program, preview=True)


def test_a_look_up_with_a_wrong_token_says_so(konnect: LocalKonnect) -> None:
    with pytest.raises(UnauthorizedError, match="listing cloud gateway networks"):
        lookups.get_networks(library.Connection(konnect.url, TOKEN + "x"))


# Live objects


def test_live_objects_are_those_of_the_geo_that_are_not_being_deleted() -> None:
    lists = {
        "/v2/cloud-gateways/networks": [{"id": "n1", "state": "ready"}, {"id": "n2"}],
        "/v2/cloud-gateways/configurations": [{"control_plane_id": "p1"}],
        "/v2/cloud-gateways/add-ons": [
            {"id": "a1", "state": "terminating"},
            {"id": "a2", "state": "terminated"},
        ],
        "/v2/control-planes": [{"id": "p1"}],
    }

    def listed(request: httpx.Request) -> httpx.Response:
        data = lists[request.url.path]
        return answer(body={"data": data, "meta": {"page": {"total": len(data)}}})

    script = Script(listed)
    client = script.client("https://global.api.konghq.com", "eu")
    use_client(client)
    found = run_and_close(get_live_objects(client.connection))
    assert [item["id"] for item in found.networks] == ["n1", "n2"]
    assert [item["control_plane_id"] for item in found.configurations] == ["p1"]
    assert found.addons == []
    assert [item["id"] for item in found.control_planes] == ["p1"]
    hosts = {request.url.path: request.url.host for request in script.requests}
    assert hosts.pop("/v2/control-planes") == "eu.api.konghq.com"
    assert set(hosts.values()) == {"global.api.konghq.com"}


def test_live_plugins_are_read_page_by_page_in_the_geo() -> None:
    def listed(request: httpx.Request) -> httpx.Response:
        plane = request.url.path.split("/")[3]
        if "offset" in request.url.params:
            return answer(body={"data": [{"id": f"{plane}-b"}], "next": None})
        return answer(body={"data": [{"id": f"{plane}-a"}], "next": "/...", "offset": "t1"})

    script = Script(listed)
    client = script.client("https://global.api.konghq.com", "eu")
    use_client(client)
    found = run_and_close(get_live_plugins(client.connection, ["p1", "p2"]))
    assert {key: [one["id"] for one in plugins] for key, plugins in found.items()} == {
        "p1": ["p1-a", "p1-b"],
        "p2": ["p2-a", "p2-b"],
    }
    assert {request.url.host for request in script.requests} == {"eu.api.konghq.com"}
    assert len(script.requests) == 4
