"""Faults on demand: an answer that is an error, late, or never comes.

A fault acts before a request is routed, or ``after`` it was served: the work is done and
its answer lost, which is what a client's idempotency is for.
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
    """What happens to which requests.

    ``path`` is a regular expression searched in the path with its query, ``delay`` is in
    real seconds, ``drop`` closes the connection in the middle of the answer.
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
        """Whether the fault is meant for this request."""
        same_method = self.method is None or self.method.upper() == method
        return same_method and re.search(self.path, target) is not None


@dataclass
class Faults:
    """The faults still to come; each is used up after its number of times."""

    waiting: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        """Put a fault behind those that wait already."""
        with self._lock:
            self.waiting.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self.waiting.clear()

    def take(self, method: str, target: str) -> Fault | None:
        """The first fault that is meant for a request, once less from now on."""
        with self._lock:
            for index, fault in enumerate(self.waiting):
                if fault.hits(method, target):
                    if fault.times == 1:
                        del self.waiting[index]
                    else:
                        self.waiting[index] = fault.model_copy(update={"times": fault.times - 1})
                    return fault
        return None
