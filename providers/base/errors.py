"""Everything that can go wrong between a provider and the service that it manages.

    ProviderError                   shown by the engine as one message, never a traceback
    ├── ConfigurationError          no credentials, or a server URL that is none
    ├── TransportError              no answer within the retry budget
    │   └── AmbiguousWriteError     a write was sent and nobody knows whether it was done
    ├── StatusError                 the service answered with a status that is no success
    │   ├── BadRequestError         400, carries `invalid_parameters`
    │   ├── UnauthorizedError       401
    │   ├── ForbiddenError          403, also an exhausted quota
    │   ├── NotFoundError           404
    │   ├── ConflictError           409
    │   ├── RateLimitedError        429
    │   └── ServerError             5xx
    ├── ResponseError               a success whose body is not what the API documents
    ├── MismatchError               an existing object differs where it can never change
    ├── TakenError                  an existing object has the name, and another made it
    ├── ScopeError                  the credentials are of another account than the object's
    ├── DependentsError             somebody uses what is to be deleted
    └── WaitError                   an object did not become what was waited for
        ├── FailedStateError        it failed, or is being deleted
        └── DeadlineError           it was not there in time

A message says what failed, which object, its state and for how long, what to do next and the
service's trace id. It never holds credentials, nor a request body.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pulumi


class ProviderError(pulumi.RunError):
    """The base of all errors of this package.

    It is a ``RunError`` because the Python executor prints those as a plain message; any
    other exception type would show a traceback of the program.
    """


class ConfigurationError(ProviderError):
    """The provider cannot talk to its service as it is configured."""


class TransportError(ProviderError):
    """No answer: connection refused, reset, or timed out, after all retries."""


class AmbiguousWriteError(TransportError):
    """A POST was sent but its answer was lost. Look the object up before sending it again."""


class ResponseError(ProviderError):
    """The service answered with success and a body that its API does not document."""


class MismatchError(ProviderError):
    """An object with this natural key exists and differs in a field that cannot change."""


class TakenError(ProviderError):
    """An object with this natural key exists, and nothing shows that this stack created it."""


class ScopeError(ProviderError):
    """The credentials are valid for another account, or place in it, than the object is in."""


class DependentsError(ProviderError):
    """Somebody's APIs are in a control plane that is to be deleted."""


class WaitError(ProviderError):
    """An awaited object did not get there."""


class FailedStateError(WaitError):
    """The awaited object failed or is being deleted; waiting longer cannot help."""


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


class StatusError(ProviderError):
    """The service refused a request. Attributes carry what its answer told.

    ``status`` is the HTTP status, ``trace`` the service's correlation id, ``service`` its name in
    messages, ``invalid_parameters`` is empty except on a 400.
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
        service: str = "the service",
    ) -> None:
        self.service = service
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
        text = f"{self.action}: {self.service} answered {self.status} {self.title}"
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
    """401: no credentials, or some that the service does not know (any more)."""


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


def error_class(status: int) -> type[StatusError]:
    """The exception of an HTTP status that is no success."""
    return _CLASSES.get(status, ServerError if status >= 500 else StatusError)


def redact(text: str, secrets: Iterable[str]) -> str:
    """``text`` without any of ``secrets`` (those shorter than 4 characters are left)."""
    for secret in sorted(secrets, key=len, reverse=True):  # One may be the start of another.
        if len(secret) >= 4:
            text = text.replace(secret, "[redacted]")
    return text
