"""What the tests of attachments share: a program that waits, and what was sent or refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pulumi

from providers import konnect as sdk
from providers.base.model import check
from tests.providers.konnect.example import Example
from tests.providers.konnect.groups.attachments import (
    CASES,
)
from tests.providers.konnect.harness import Engine
from tests.providers.konnect.local_konnect import LocalKonnect
from tests.providers.konnect.program import run
from tests.providers.konnect.scripted import TOKEN


def engine_of(konnect: LocalKonnect, name: str) -> Engine:
    """A provider in front of an empty Konnect, with what its object needs in place."""
    engine = Engine(konnect, CASES[name](konnect))
    konnect.requests.clear()
    return engine


def deletes(konnect: LocalKonnect) -> list[int]:
    return [request.status for request in konnect.requests if request.method == "DELETE"]


def failures(example: Example, **change: Any) -> list[tuple[str, str]]:
    return check(example.inputs, {**example.full, **change}).failures


def in_program(konnect: LocalKonnect, wait: Callable[[pulumi.ResourceOptions], Any]) -> Any:
    """What a program waits for, at this Konnect.

    Its engine is a mock, in which the id of a resource is its logical name.
    """

    async def program() -> Any:
        provider = sdk.Provider("konnect", token=TOKEN, server_url=konnect.url)
        output: pulumi.Output[Any] = wait(pulumi.ResourceOptions(provider=provider))
        future: Awaitable[Any] = output.future()
        return await future

    try:
        return run(program)[0]
    finally:
        pulumi.runtime.settings.reset_options()
