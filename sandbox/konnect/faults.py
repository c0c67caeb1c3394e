"""Faults on demand: an error response, a late response, or a dropped connection.

A fault acts before a request is routed, or ``after`` it was served. In the second case the
work is done and only the response is lost, which tests that a client's retries are idempotent.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sandbox.konnect.bodies import Closed


def _checked_regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise PydanticCustomError("matches_regex", "is no regular expression") from error
    return value


class Fault(Closed):
    """A fault and the requests that it applies to.

    ``path`` is a regular expression, searched in the path with its query. ``delay`` is in
    real seconds. ``drop`` closes the connection in the middle of the response.
    """

    method: str | None = None
    path: Annotated[str, AfterValidator(_checked_regex)] = ""
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    delay: Annotated[float, Field(ge=0, le=3600)] = 0.0
    drop: bool = False
    when: Literal["before", "after"] = "before"
    times: Annotated[int, Field(ge=1)] = 1
    retry_after: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Fault:
        if self.status is None and not self.drop and not self.delay:
            raise PydanticCustomError("invalid", "needs a status, a delay or drop")
        return self

    def hits(self, method: str, target: str) -> bool:
        """Whether the fault applies to this request."""
        same_method = self.method is None or self.method.upper() == method
        return same_method and re.search(self.path, target) is not None


@dataclass
class Faults:
    """The waiting faults; each acts ``times`` times and is then deleted."""

    waiting: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        """Add a fault after those that are waiting."""
        with self._lock:
            self.waiting.append(fault)

    def clear(self) -> None:
        """Delete all faults."""
        with self._lock:
            self.waiting.clear()

    def take(self, method: str, target: str) -> Fault | None:
        """The first fault that applies to a request, or None; counts one use of it."""
        with self._lock:
            for index, fault in enumerate(self.waiting):
                if fault.hits(method, target):
                    if fault.times == 1:
                        del self.waiting[index]
                    else:
                        self.waiting[index] = fault.model_copy(update={"times": fault.times - 1})
                    return fault
        return None
