"""Everything that can go wrong between this provider and Konnect.

    KonnectError                    shown by the engine as one message, never a traceback
    ├── ConfigurationError          no token, or a server URL that is none
    ├── TransportError              no answer within the retry budget
    │   └── AmbiguousWriteError     a write was sent and nobody knows whether it was done
    ├── StatusError                 Konnect answered with a status that is no success
    │   ├── BadRequestError         400, carries `invalid_parameters`
    │   ├── UnauthorizedError       401
    │   ├── ForbiddenError          403, also an exhausted quota
    │   ├── NotFoundError           404
    │   ├── ConflictError           409
    │   ├── RateLimitedError        429
    │   └── ServerError             5xx
    ├── ResponseError               a success whose body is not what the API documents
    ├── MismatchError               an existing object differs where it can never change
    ├── DependentsError             somebody uses what is to be deleted
    └── WaitError                   an object did not become what was waited for
        ├── FailedStateError        it failed, or is being removed
        └── DeadlineError           it was not there in time

A message says what failed, which object, its state and for how long, what to do next and
Konnect's trace id. It never holds a token, nor a request body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi


class KonnectError(pulumi.RunError):
    """The base of all errors of this package.

    It is a ``RunError`` because the Python executor prints those as a plain message; any
    other exception type would show a traceback of the program.
    """


class ConfigurationError(KonnectError):
    """The provider cannot talk to Konnect as it is configured."""


class TransportError(KonnectError):
    """No answer: connection refused, reset, or timed out, after all retries."""


class AmbiguousWriteError(TransportError):
    """A POST was sent but its answer was lost. Look the object up before sending it again."""


class ResponseError(KonnectError):
    """Konnect answered with success and a body that its API does not document."""


class MismatchError(KonnectError):
    """An object with this natural key exists and differs in a field that cannot change."""


class DependentsError(KonnectError):
    """Somebody's APIs are in a control plane that is to be deleted."""


class WaitError(KonnectError):
    """An awaited object did not get there."""


class FailedStateError(WaitError):
    """The awaited object failed or is being removed; waiting longer cannot help."""


class DeadlineError(WaitError):
    """The awaited object was not there in time; the next run goes on waiting."""


@dataclass(frozen=True)
class InvalidParameter:
    """One entry of a 400's ``invalid_parameters``: dotted ``field``, ``reason``, ``rule``."""

    field: str
    reason: str
    rule: str | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


class StatusError(KonnectError):
    """Konnect refused. Attributes carry the parsed problem document.

    ``status`` is the HTTP status, ``trace`` Konnect's correlation id (``kong:trace:...`` or
    ``konnect:trace:...``, both occur), ``invalid_parameters`` is empty except on a 400.
    """

    def __init__(
        self,
        action: str,
        status: int,
        title: str,
        detail: str = "",
        trace: str = "",
        invalid_parameters: Sequence[InvalidParameter] = (),
        advice: str = "",
    ) -> None:
        self.action = action
        self.status = status
        self.title = title
        self.detail = detail
        self.trace = trace
        self.invalid_parameters = tuple(invalid_parameters)
        self.advice = advice
        super().__init__(str(self))

    def __str__(self) -> str:
        said = "; ".join(map(str, self.invalid_parameters)) or self.detail
        text = f"{self.action}: Konnect answered {self.status} {self.title}"
        if said and said != self.title:
            text += f": {said}"
        if self.advice:
            text = f"{text.removesuffix('.')}. {self.advice}"
        if self.trace:
            text += f" ({self.trace})"
        return text


class BadRequestError(StatusError):
    """400: the request can never succeed as it is; shown at once, never retried."""


class UnauthorizedError(StatusError):
    """401: no token, or one that Konnect does not know (any more)."""


class ForbiddenError(StatusError):
    """403: a missing role, or a quota used up (title ``Quota Exceeded``)."""


class NotFoundError(StatusError):
    """404."""


class ConflictError(StatusError):
    """409: a name that is taken, or a configuration identical to the current one."""


class RateLimitedError(StatusError):
    """429, still so after all retries."""


class ServerError(StatusError):
    """5xx, still so after all retries."""


_CLASSES: dict[int, type[StatusError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitedError,
}

_ADVICE = {
    401: "Check that KONNECT_TOKEN (or konnect:token) holds a token that has not expired",
    403: "The token's roles do not allow this: give its account the matching Konnect role",
}


def status_error(
    action: str,
    status: int,
    body: object,
    fallback: str,
    attempts: int = 1,
    wait: float | None = None,
) -> StatusError:
    """The exception for an answer that is no success.

    ``body`` is the decoded JSON (problem document, ``{"message", "status"}`` or anything
    else; the core entities document no error body at all), ``fallback`` the reason phrase,
    ``wait`` the seconds that Konnect asks to wait when that is too long to be done here.
    """
    problem = body if isinstance(body, dict) else {}
    invalid = list(_invalid_parameters(problem))
    title = str(problem.get("title") or fallback or "error")
    advice = [
        "" if title == "Quota Exceeded" else _ADVICE.get(status, ""),
        f"Tried {attempts} times" * (attempts > 1),
        "" if wait is None else f"Konnect asks to wait {wait:.0f} s: run it again after that",
    ]
    cls = _CLASSES.get(status, ServerError if status >= 500 else StatusError)
    return cls(
        action,
        status,
        title,
        detail=str(problem.get("detail") or problem.get("message") or ""),
        trace=str(problem.get("instance") or ""),
        invalid_parameters=invalid,
        advice=". ".join(filter(None, advice)),
    )


def _invalid_parameters(problem: dict[str, Any]) -> Iterator[InvalidParameter]:
    for item in _dicts(problem.get("invalid_parameters")):
        field, reason = str(item.get("field", "?")), str(item.get("reason", ""))
        yield InvalidParameter(field, reason, item.get("rule"))
    for item in _dicts(problem.get("details")):
        # The core entities answer the JSON form of a gRPC status, documented nowhere.
        if isinstance(messages := item.get("messages"), list):
            yield InvalidParameter(str(item.get("field", "?")), ", ".join(map(str, messages)))


def _dicts(value: object) -> Iterable[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def redact(text: str, secrets: Iterable[str]) -> str:
    """``text`` without any of ``secrets`` (those shorter than 4 characters are left)."""
    for secret in sorted(secrets, key=len, reverse=True):  # One may be the start of another.
        if len(secret) >= 4:
            text = text.replace(secret, "[redacted]")
    return text
