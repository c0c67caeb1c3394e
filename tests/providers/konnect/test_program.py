"""What a program sees: providers, resources, waits and look-ups, under Pulumi's mocks.

The engine is mocked, Konnect is a script; the waits themselves run as in a real program.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pulumi
import pytest
from pulumi.output import Unknown

from providers import konnect
from providers.konnect import lookups
from providers.konnect.client import Client, use_client
from providers.konnect.ownership import Owner
from tests.providers.konnect import examples
from tests.providers.konnect.program import run
from tests.providers.konnect.scripted import BASE, TOKEN

Json = dict[str, Any]

GATEWAYS = "/v2/cloud-gateways"
SECRET_KEY = "4dabf18193072939515e22adb298388d"
NETWORK_INPUTS = {k: v for k, v in examples.NETWORK.least.items() if k != "name"}


class Konnect:
    """Lists by path, as they are now; every look at one makes a step."""

    def __init__(self, connection: konnect.Connection) -> None:
        self.lists: dict[str, list[list[Json]]] = {}
        self.requests: list[httpx.Request] = []
        use_client(Client(connection, httpx.MockTransport(self.answer)))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path
        if path not in self.lists:
            return httpx.Response(404, json={"title": "Not Found", "detail": path})
        steps = self.lists[path]
        data = steps.pop(0) if len(steps) > 1 else steps[0]
        meta = {"page": {"number": 1, "size": 100, "total": len(data)}}
        return httpx.Response(200, json={"meta": meta, "data": data})


@pytest.fixture
def script() -> Iterator[Konnect]:
    """Konnect at the connection that the tests' programs use."""
    lookups.get_provider_accounts.cache_clear()
    lookups.get_availability.cache_clear()
    yield Konnect(konnect.Connection(BASE, TOKEN, "us"))
    pulumi.runtime.settings.reset_options()


def a_provider() -> konnect.Provider:
    return konnect.Provider("konnect", token=TOKEN, server_url=BASE)


def a_network(name: str = "n", **more: Any) -> konnect.CloudGatewayNetwork:
    options = pulumi.ResourceOptions(provider=a_provider())
    return konnect.CloudGatewayNetwork(name, name=name, **NETWORK_INPUTS, **more, opts=options)


def network(state: str, id_: str = "n") -> Json:
    return {
        **examples.NETWORK.least,
        "id": id_,
        "state": state,
        "provider_metadata": {"vpc_id": f"vpc-of-{id_}"},
    }


def test_a_provider_is_given_its_settings_under_the_namespace_and_the_token_as_a_secret() -> None:
    async def program() -> None:
        konnect.Provider("whole", token=TOKEN, server_url=BASE, geo="eu")
        konnect.Provider("bare")

    _, engine = run(program)
    whole = engine.inputs["whole"]
    assert SECRET_KEY in whole.pop("konnect:token")
    assert whole == {"konnect:server_url": BASE, "konnect:geo": "eu"}
    assert engine.inputs["bare"] == {}


def test_a_provider_makes_names_that_only_its_stack_has() -> None:
    async def program() -> str | None:
        return await a_provider().own_name("network").future()

    owner = Owner.of("orders", "dev", "konnect")  # The mock's id of a resource is its name.
    assert run(program)[0] == f"network-{owner.id}"


def test_an_object_registers_its_inputs_and_the_outputs_that_konnect_fills() -> None:
    async def program() -> None:
        konnect.GatewayControlPlane("plane", name="orders", labels={"env": "dev"})

    _, engine = run(program)
    written = {k: v for k, v in engine.inputs["plane"].items() if v is not None}
    assert written.pop("__provider")
    assert written == {"name": "orders", "labels": {"env": "dev"}}


def test_a_wait_yields_the_ready_object_with_the_connection_of_its_provider(
    script: Konnect,
) -> None:
    steps = [[network("initializing")], [network("initializing")], [network("ready")]]
    script.lists[f"{GATEWAYS}/networks"] = steps

    async def program() -> tuple[Any, bool]:
        ready = a_network().ready
        return await ready.future(), await ready.is_secret()

    (found, secret), _ = run(program)
    assert found.provider_metadata.vpc_id == "vpc-of-n"
    assert secret is False
    assert len(script.requests) == 3
    assert {request.headers["authorization"] for request in script.requests} == {f"Bearer {TOKEN}"}


def test_a_wait_is_one_wait_however_often_it_is_asked_for(script: Konnect) -> None:
    script.lists[f"{GATEWAYS}/networks"] = [[network("ready")]]

    async def program() -> bool:
        resource = a_network()
        return resource.ready is resource.ready

    assert run(program)[0] is True
    assert len(script.requests) == 1


def test_a_preview_never_waits_and_reads_each_kind_once(script: Konnect) -> None:
    script.lists[f"{GATEWAYS}/networks"] = [[network("ready", "a"), network("initializing", "b")]]

    async def program() -> list[Any]:
        waits = [a_network(name).ready for name in ("a", "b", "not-there")]
        return [await wait.future(with_unknowns=True) for wait in waits]

    (ready, *others), _ = run(program, preview=True)
    assert ready.provider_metadata.vpc_id == "vpc-of-a"
    assert [type(other) for other in others] == [Unknown, Unknown]
    assert len(script.requests) == 1


def test_an_object_that_failed_ends_the_program_with_its_reason(script: Konnect) -> None:
    metadata = {"reported_status": "INVALID", "reason": "the zone is full"}
    failed = {**network("initializing"), "state_metadata": metadata}
    script.lists[f"{GATEWAYS}/networks"] = [[failed]]

    async def program() -> Any:
        return await a_network().ready.future()

    with pytest.raises(konnect.FailedStateError, match="Reason: INVALID: the zone is full"):
        run(program)


def test_a_preview_says_what_has_failed(script: Konnect, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = {"reported_status": "INVALID", "reason": "the zone is full"}
    failed = {**network("initializing"), "state_metadata": metadata}
    script.lists[f"{GATEWAYS}/networks"] = [[failed]]
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, resource: said.append(message))

    async def program() -> Any:
        return await a_network().ready.future(with_unknowns=True)

    assert isinstance(run(program, preview=True)[0], Unknown)
    (warning,) = said
    assert warning == (
        "cloud gateway network n (n) has failed: initializing (INVALID: the zone is full)"
    )


def configurations(first: Any, second: Any) -> Callable[[], Awaitable[None]]:
    """A program with two configurations, each given its control plane by a function."""

    async def program() -> None:
        plane = konnect.GatewayControlPlane("plane", name="orders")
        other = konnect.GatewayControlPlane("other", name="invoices")
        rest = {k: v for k, v in examples.CONFIGURATION.least.items() if k != "control_plane_id"}
        for name, control_plane_id in (("a", first), ("b", second)):
            id_ = control_plane_id(plane, other)
            konnect.CloudGatewayConfiguration(name, control_plane_id=id_, **rest)

    return program


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("given", [lambda plane, _: plane.id, lambda *_: "7f9fd312"])
def test_two_configurations_of_one_control_plane_are_refused(
    script: Konnect, given: Any, preview: bool
) -> None:
    with pytest.raises(konnect.ConfigurationError, match="'a' and 'b' configure the same control"):
        run(configurations(given, given), preview=preview)


def test_two_control_planes_have_a_configuration_each(script: Konnect) -> None:
    program = configurations(lambda plane, _: plane.id, lambda _, other: other.id)
    _, engine = run(program)
    assert {"a", "b"} <= engine.inputs.keys()


def test_a_wait_is_given_up_after_the_timeout_of_its_resource(script: Konnect) -> None:
    script.lists[f"{GATEWAYS}/networks"] = [[network("initializing")]]

    async def program() -> Any:
        return await a_network(ready_timeout=0.1).ready.future()

    with pytest.raises(konnect.DeadlineError, match="cloud gateway network n"):
        run(program)


def test_custom_timeouts_of_a_resource_limit_its_wait_and_its_delete(script: Konnect) -> None:
    script.lists[f"{GATEWAYS}/networks"] = [[network("initializing")]]
    timeouts = pulumi.CustomTimeouts(create="50ms", delete="1h30m")

    async def program() -> Any:
        options = pulumi.ResourceOptions(provider=a_provider(), custom_timeouts=timeouts)
        resource = konnect.CloudGatewayNetwork("n", name="n", **NETWORK_INPUTS, opts=options)
        assert await pulumi.Output.from_input(resource.delete_timeout).future() == 5400
        return await resource.ready.future()

    with pytest.raises(konnect.DeadlineError, match="cloud gateway network n"):
        run(program)


def an_attachment(state: str) -> Json:
    config = examples.TRANSIT_GATEWAY.full["transit_gateway_attachment_config"]
    known = {**config, "attachment_id": "tgw-attach-1"}
    return {"id": "t", "name": "t", "state": state, "transit_gateway_attachment_config": known}


def test_an_attachment_is_first_pending_with_its_id_and_ready_after_the_customers_side(
    script: Konnect,
) -> None:
    path = f"{GATEWAYS}/networks/{examples.TRANSIT_GATEWAY.full['network_id']}/transit-gateways"
    script.lists[path] = [[an_attachment("pending-acceptance")], [an_attachment("ready")]]
    inputs = {
        key: value
        for key, value in examples.TRANSIT_GATEWAY.full.items()
        if key not in ("adopt_existing_id", "dns_config")
    }

    async def program() -> tuple[str | None, str]:
        options = pulumi.ResourceOptions(provider=a_provider())
        attachment = konnect.CloudGatewayTransitGateway("t", **inputs, opts=options)
        pending = await attachment.pending.future()
        accepter = konnect.GatewayControlPlane("accepter", name="stands for the accepter")
        ready = await attachment.ready_after(accepter).future()
        assert await attachment.ready.future() == ready
        assert pending is not None
        assert ready is not None
        return pending.attachment_id, ready.state

    assert run(program)[0] == ("tgw-attach-1", "ready")


def test_a_configuration_and_a_cache_are_awaited_in_their_own_lists(script: Konnect) -> None:
    plane = examples.CONFIGURATION.least["control_plane_id"]
    script.lists[f"{GATEWAYS}/configurations"] = [
        [
            {
                "id": "c1",
                "control_plane_id": "conf",
                "dataplane_group_config": [],
                "dataplane_groups": [],
            }
        ]
    ]
    state = {"cache_config_id": "partial-1"}
    script.lists[f"{GATEWAYS}/add-ons"] = [
        [{"id": "cache", "name": "cache", "state": "ready", "config": {"state_metadata": state}}]
    ]

    async def program() -> tuple[str, str]:
        options = pulumi.ResourceOptions(provider=a_provider())
        configuration = konnect.CloudGatewayConfiguration(
            "conf",
            control_plane_id=plane,
            control_plane_geo="us",
            dataplane_groups=[],
            opts=options,
        )
        inputs = {k: v for k, v in examples.ADDON.full.items() if k != "adopt_existing_id"}
        cache = konnect.CloudGatewayAddon("cache", **inputs, opts=options)
        running, addon = await configuration.ready.future(), await cache.ready.future()
        assert running is not None
        assert addon is not None
        return running.id, addon.cache_config_id

    assert run(program)[0] == ("c1", "partial-1")


def test_without_a_provider_object_the_stacks_configuration_says_where_konnect_is(
    script: Konnect,
) -> None:
    script.lists[f"{GATEWAYS}/networks"] = [[network("ready")]]

    async def program() -> Any:
        pulumi.runtime.set_all_config(
            {"konnect:token": TOKEN, "konnect:server_url": BASE}, ["konnect:token"]
        )
        resource = konnect.CloudGatewayNetwork("n", name="n", **NETWORK_INPUTS)
        return await resource.ready.future()

    try:
        assert run(program)[0].state == "ready"
    finally:
        pulumi.runtime.set_all_config({})


ACCOUNTS = [
    {"id": "pa-1", "provider": "aws", "provider_account_id": "123456789012", "created_at": ""},
    {"id": "pa-2", "provider": "gcp", "provider_account_id": "kong-prod", "created_at": ""},
]


def test_provider_accounts_are_read_once_for_a_whole_program(script: Konnect) -> None:
    script.lists[f"{GATEWAYS}/provider-accounts"] = [ACCOUNTS]

    async def program() -> list[str]:
        provider = a_provider()
        accounts = [
            konnect.get_provider_account_output(cloud, provider)
            for cloud in (konnect.Cloud.AWS, konnect.Cloud.GCP)
        ]
        everything = await konnect.get_provider_accounts_output(provider).future()
        assert everything is not None
        found = [await account.future() for account in accounts]
        return [account.provider_account_id for account in [*found, *everything] if account]

    assert run(program)[0] == ["123456789012", "kong-prod"] * 2
    assert len(script.requests) == 1


def test_a_cloud_without_an_account_is_told_with_those_that_have_one(script: Konnect) -> None:
    script.lists[f"{GATEWAYS}/provider-accounts"] = [ACCOUNTS]
    connection = konnect.Connection(BASE, TOKEN, "us")
    with pytest.raises(konnect.ProviderError, match=r"for azure \(it has: aws, gcp\)"):
        konnect.get_provider_account(connection, konnect.Cloud.AZURE)


def test_what_konnect_offers_is_read_without_a_token(script: Konnect) -> None:
    script.lists[f"{GATEWAYS}/availability.json"] = [[]]

    async def program() -> Any:
        return await konnect.get_availability_output(a_provider()).future()

    assert run(program)[0]["data"] == []
    assert "authorization" not in script.requests[0].headers


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (["config-1", "other"], "config-1"),
        # Should the add-on's reference ever not be the partial's id.
        (["other"], "other"),
        (["other", "another"], None),
        ([], None),
    ],
)
def test_the_partial_of_a_managed_cache_is_found_by_its_id_or_as_the_only_one(
    script: Konnect, there: list[str], found: str | None
) -> None:
    path = "/v2/control-planes/plane/core-entities/partials"
    script.lists[path] = [[{"id": id_} for id_ in there]]

    async def program() -> Any:
        return await konnect.get_managed_partial_output("plane", "config-1", a_provider()).future()

    if found is None:
        with pytest.raises(konnect.ProviderError, match=f"found {len(there)}"):
            run(program)
    else:
        assert run(program)[0] == found
    assert dict(script.requests[0].url.params)["tags"] == "konnect-managed"
