"""Runs a Pulumi program under Pulumi's mocks: the engine is a stand-in, the program is real."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from tests.event_loops import run_and_close

Json = dict[str, Any]


class Engine(Mocks):
    """Registers whatever comes: the id is the logical name, the outputs are the inputs."""

    def __init__(self) -> None:
        self.inputs: dict[str, Json] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str, Json]:
        self.inputs[args.name] = args.inputs
        return args.name, {k: v for k, v in args.inputs.items() if v is not None}

    def call(self, args: MockCallArgs) -> tuple[Json, list[tuple[str, str]] | None]:
        raise AssertionError(f"no function is called: {args.token}")


def run(program: Callable[[], Awaitable[Any]], *, preview: bool = False) -> tuple[Any, Engine]:
    """Run a program to its end; returns its result and what it registered."""
    engine = Engine()

    async def everything() -> Any:
        # Of this process, not of a program: what earlier ones left pending is in it too.
        pulumi.runtime.settings.SETTINGS.outputs.clear()
        pulumi.runtime.set_mocks(engine, project="orders", stack="dev", preview=preview)
        result = await program()
        while pending := set(pulumi.runtime.settings.SETTINGS.outputs):
            await asyncio.gather(*pending)
        return result

    return run_and_close(asyncio.wait_for(everything(), 20)), engine
