"""Faults on demand: an error, a late response, or a dropped connection.

A fault acts before the work, or ``after`` it. In the second case the work is done and only the
response is lost, which tests that a client's retries are idempotent. Faults are saved in the
store, so they wait across a restart of the sandbox. The faults of HTTP APIs and of clouds wait in
one list; the first that applies to a request acts.

The application of an API takes its faults by itself. The servicer of a cloud calls ``for_cloud``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sandbox.http.bodies import Closed, parse_value
from sandbox.http.problems import invalid
from sandbox.store import Body, Store

_KEY = "faults"

Cloud = Literal["aws", "azure", "gcp"]


def _checked_regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise PydanticCustomError("matches_regex", "is no regular expression") from error
    return value


Pattern = Annotated[str, AfterValidator(_checked_regex)]
"""A regular expression, searched in the text that it is compared with."""


class _Fault(Closed):
    """What all faults have.

    ``method`` is compared without case; absent means every method. ``delay`` is in real seconds.
    ``drop`` closes the connection. ``times`` is the number of requests that the fault acts on.
    """

    method: str | None = None
    delay: Annotated[float, Field(ge=0, le=3600)] = 0.0
    drop: bool = False
    when: Literal["before", "after"] = "before"
    times: Annotated[int, Field(ge=1)] = 1

    def has_method(self, method: str) -> bool:
        """Whether the fault applies to a method."""
        return self.method is None or self.method.upper() == method.upper()


class Fault(_Fault):
    """A fault of an HTTP API.

    ``api`` is the name of the API; absent means the API at whose address the fault was added.
    ``path`` is a regular expression, searched in the path with its query. ``status`` is that of
    the error response. ``retry_after`` is in seconds. ``drop`` closes the connection in the
    middle of the response.
    """

    api: str | None = None
    path: Pattern = ""
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    retry_after: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Fault:
        if self.status is None and not self.drop and not self.delay:
            raise PydanticCustomError("invalid", "needs a status, a delay or drop")
        return self


class CloudFault(_Fault):
    """A fault of a cloud.

    ``method`` is one of the engine's provider protocol: Create, Read, Update, Delete, Invoke.
    ``token`` is a regular expression, searched in the token of the resource type or function.
    ``code`` is the cloud's own error code (``RequestLimitExceeded``), ``message`` its text.
    ``drop`` makes the call fail as one whose connection was lost (UNAVAILABLE).
    """

    cloud: Cloud
    token: Pattern = ""
    code: Annotated[str, Field(min_length=1)] | None = None
    message: str = "Injected by the sandbox"

    @model_validator(mode="after")
    def _does_something(self) -> CloudFault:
        if self.code is None and not self.drop and not self.delay:
            raise PydanticCustomError("invalid", "needs a code, a delay or drop")
        return self


AnyFault = TypeVar("AnyFault", bound=_Fault)


def parse(value: Any, apis: Sequence[str]) -> Fault | CloudFault:
    """Read a fault: one with a ``cloud`` is that of a cloud, any other that of an HTTP API.

    ``apis`` are the names of the APIs; a fault that names none is that of the first. Raises a 400
    for an invalid fault.
    """
    if isinstance(value, dict) and "cloud" in value:
        return parse_value(CloudFault, value)
    fault = parse_value(Fault, value)
    if fault.api is None:
        return fault.model_copy(update={"api": apis[0]})
    if fault.api not in apis:
        listed = ", ".join(apis)
        raise invalid("api", "enum", f"api must be one of [{listed}]", choices=list(apis))
    return fault


def add(store: Store, fault: Fault | CloudFault) -> None:
    """Add a fault after those that are waiting."""
    with store.transaction():
        store.set_meta(_KEY, [*waiting(store), fault.model_dump()])


def clear(store: Store) -> None:
    """Delete all faults."""
    with store.transaction():
        store.set_meta(_KEY, [])


def waiting(store: Store) -> list[Body]:
    """The faults that have not yet acted as often as they should, in order."""
    found: list[Body] = store.meta(_KEY) or []
    return found


def for_api(store: Store, api: str, method: str, target: str) -> Fault | None:
    """The first fault that applies to a request of an HTTP API, or None; counts one use of it.

    ``target`` is the path with its query.
    """

    def applies(fault: Fault) -> bool:
        return (
            fault.api == api
            and fault.has_method(method)
            and re.search(fault.path, target) is not None
        )

    return _take(store, "api", Fault, applies)


def for_cloud(store: Store, cloud: str, method: str, token: str) -> CloudFault | None:
    """The first fault that applies to a call of a cloud, or None; counts one use of it.

    ``method`` is that of the provider protocol. ``token`` is that of the resource type or of the
    function. The caller sleeps for ``delay`` seconds, without a lock. It does the work before the
    fault when ``when`` is ``after``. Then it fails with ``code`` and ``message``, or as a lost
    connection when ``drop`` is set. A fault with neither only delays.
    """

    def applies(fault: CloudFault) -> bool:
        return (
            fault.cloud == cloud
            and fault.has_method(method)
            and re.search(fault.token, token) is not None
        )

    return _take(store, "cloud", CloudFault, applies)


def _take(
    store: Store, field: str, model: type[AnyFault], applies: Callable[[AnyFault], bool]
) -> AnyFault | None:
    """The first fault with ``field`` that applies; it is deleted after its last use."""
    with store.lock:
        if not waiting(store):
            return None
    with store.transaction():
        faults = waiting(store)
        for index, body in enumerate(faults):
            if field not in body:
                continue
            fault = model.model_validate(body)
            if not applies(fault):
                continue
            left = fault.times - 1
            rest = [{**body, "times": left}] if left else []
            store.set_meta(_KEY, [*faults[:index], *rest, *faults[index + 1 :]])
            return fault
    return None
