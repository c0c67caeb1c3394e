"""Which plugins run for a request: scopes, priority, what is named as not played."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Sequence
from typing import Any, cast

import httpx
import pytest

from sandbox.data_plane.exchange import Answer, Exchange, Node, refused
from sandbox.data_plane.plugin_chain import Chain, Instance

ENTITIES = {
    "consumer": {"id": "ann"},
    "consumer_group": {"id": "gold"},
    "route": {"id": "orders"},
    "service": {"id": "shop"},
}
OTHER = {"id": "other"}


def exchange(**fields: Any) -> Exchange:
    return Exchange(
        node=cast(Node, None),
        client_ip="127.0.0.1",
        method="GET",
        path="/",
        query=[],
        headers=httpx.Headers(),
        body=b"",
        **fields,
    )


def instance(name: str, *scopes: str, **fields: Any) -> Instance:
    on = {scope: ENTITIES[scope] for scope in scopes}
    label = " ".join(scopes) or "global"
    return Instance({"name": name, **on, **fields}, {"is": label}, fields.pop("unsupported", ()))


def module(name: str, priority: int, **functions: Any) -> types.ModuleType:
    made = types.ModuleType(name)
    made.__dict__.update(NAME=name, PRIORITY=priority, **functions)
    return made


def run(
    instances: Sequence[Instance], modules: Sequence[types.ModuleType], x: Exchange
) -> Exchange:
    chain = Chain(instances, {made.NAME: made for made in modules})

    async def proxy(x: Exchange) -> Answer:
        return Answer(200, httpx.Headers(), b"")

    asyncio.run(chain.run(x, proxy))
    x.unsupported.extend(chain.unplayed(x))
    return x


def recorder(name: str = "noted", priority: int = 1) -> types.ModuleType:
    async def access(x: Exchange, config: Any) -> None:
        x.facts.setdefault("ran", []).append(config["is"])

    return module(name, priority, access=access)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("consumer route service", "consumer_group route service"),
        ("consumer_group route service", "consumer route"),
        ("consumer route", "consumer service"),
        ("consumer service", "consumer_group route"),
        ("consumer_group route", "consumer_group service"),
        ("consumer_group service", "route service"),
        ("route service", "consumer"),
        ("consumer", "consumer_group"),
        ("consumer_group", "route"),
        ("route", "service"),
        ("service", ""),
    ],
)
def test_of_two_instances_of_a_plugin_only_the_more_specific_runs(more: str, less: str) -> None:
    instances = [instance("noted", *less.split()), instance("noted", *more.split())]
    x = exchange(
        consumer=ENTITIES["consumer"],
        consumer_groups=[ENTITIES["consumer_group"]],
        route=ENTITIES["route"],
        service=ENTITIES["service"],
    )
    assert run(instances, [recorder()], x).facts["ran"] == [more]


def test_an_instance_on_another_entity_does_not_run() -> None:
    instances = [instance("noted", "route"), instance("noted", "service"), instance("noted")]
    x = exchange(route=OTHER, service=OTHER)
    assert run(instances, [recorder()], x).facts["ran"] == ["global"]


def test_plugins_run_by_priority_and_answer_in_the_same_order() -> None:
    ran: list[str] = []

    def noting(name: str, priority: int) -> types.ModuleType:
        async def access(x: Exchange, config: Any) -> None:
            ran.append(f"{name} access")

        async def response(x: Exchange, config: Any) -> None:
            ran.append(f"{name} response")

        return module(name, priority, access=access, response=response)

    modules = [noting("late", 1), noting("early", 1000)]
    run([instance("late"), instance("early")], modules, exchange())
    assert ran == ["early access", "late access", "early response", "late response"]


def test_a_plugin_on_a_consumer_runs_when_an_earlier_one_has_found_the_consumer() -> None:
    async def access(x: Exchange, config: Any) -> None:
        x.consumer = ENTITIES["consumer"]

    instances = [instance("auth"), instance("noted"), instance("noted", "consumer")]
    x = run(instances, [module("auth", 1000, access=access), recorder()], exchange())
    assert x.facts["ran"] == ["consumer"]


def test_a_plugin_that_answers_ends_the_request_before_later_ones() -> None:
    async def access(x: Exchange, config: Any) -> Answer:
        return refused(401, "No API key found in request")

    async def response(x: Exchange, config: Any) -> None:
        x.response_headers["X-Seen"] = "yes"

    modules = [
        module("auth", 1000, access=access),
        recorder(),
        module("headers", 1, response=response),
    ]
    instances = [instance("auth"), instance("noted"), instance("headers")]
    x = run(instances, modules, exchange())
    assert x.answer is not None
    assert (x.answer.status, "ran" in x.facts, "proxied" in x.facts) == (401, False, False)
    assert x.response_headers["X-Seen"] == "yes"


@pytest.mark.parametrize("field", [{"enabled": False}, {"protocols": ["tcp"]}])
def test_a_plugin_that_is_off_or_for_other_protocols_does_not_run(field: dict[str, Any]) -> None:
    x = run([instance("noted", **field), instance("unknown", **field)], [recorder()], exchange())
    assert ("ran" in x.facts, x.unsupported) == (False, [])


def test_what_is_not_played_of_a_request_is_named() -> None:
    partly = Instance({"name": "noted"}, {"is": "global"}, ["noted.hide"])
    instances = [partly, instance("unknown"), instance("elsewhere", "route")]
    x = run(instances, [recorder()], exchange(route=OTHER))
    assert x.unsupported == ["noted.hide", "unknown"]
