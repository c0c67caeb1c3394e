"""The exceptions of the providers.

    ProviderError                   shown by the engine as one message, never a traceback
    ├── ConfigurationError          no credentials, or an invalid server URL
    ├── TransportError              no response within the retry limits
    │   └── AmbiguousWriteError     a POST was sent, its outcome is unknown
    ├── StatusError                 the service answered with an error status
    │   ├── BadRequestError         400, carries `invalid_parameters`
    │   ├── UnauthorizedError       401
    │   ├── ForbiddenError          403, also an exhausted quota
    │   ├── NotFoundError           404
    │   ├── ConflictError           409
    │   ├── RateLimitedError        429
    │   └── ServerError             5xx
    ├── ResponseError               a success whose body the API does not document
    ├── MismatchError               an existing object differs in an immutable field
    ├── TakenError                  the name is taken; this stack did not create it
    ├── ScopeError                  the credentials belong to another account
    ├── DependentsError             the object to delete is in use
    └── WaitError                   an object did not become ready
        ├── FailedStateError        the object failed, or is being deleted
        └── DeadlineError           the object was not ready in time

A message names what failed, the object, its state and for how long, the next step and the
service's trace id. It never holds credentials or a request body.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pulumi


class ProviderError(pulumi.RunError):
    """The base class of all provider errors.

    It is a ``RunError`` because Pulumi's Python executor prints those as a plain message. Any
    other exception would show a traceback of the program.
    """


class ConfigurationError(ProviderError):
    """The provider's configuration is incomplete or invalid."""


class TransportError(ProviderError):
    """No response after all retries: connection refused, reset, or timed out."""


class AmbiguousWriteError(TransportError):
    """A POST was sent but its response was lost. Look for the object before a retry."""


class ResponseError(ProviderError):
    """The service answered with a success status and a body that its API does not document."""


class MismatchError(ProviderError):
    """An object with this natural key exists and differs in an immutable field."""


class TakenError(ProviderError):
    """An object with this natural key exists, and nothing shows that this stack created it."""


class ScopeError(ProviderError):
    """The object is in another account, or another part of it, than the credentials."""


class DependentsError(ProviderError):
    """The object to delete is in use: a control plane with APIs of other stacks, say."""


class WaitError(ProviderError):
    """An awaited object did not become ready."""


class FailedStateError(WaitError):
    """The awaited object failed or is being deleted. Waiting longer does not help."""


class DeadlineError(WaitError):
    """The awaited object was not ready in time. The next run continues the wait."""


@dataclass(frozen=True)
class InvalidParameter:
    """One entry of a 400's ``invalid_parameters``: dotted ``field``, ``reason``, ``rule``."""

    field: str
    reason: str
    rule: str | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


class StatusError(ProviderError):
    """The service answered with an error status.

    ``status`` is the HTTP status. ``trace`` is the service's correlation id. ``service`` is its
    name in messages. ``invalid_parameters`` is empty except on a 400.
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
    """400: the request is invalid. It is never retried."""


class UnauthorizedError(StatusError):
    """401: no credentials, or unknown or expired ones."""


class ForbiddenError(StatusError):
    """403: a role is missing, or a quota is exhausted (title ``Quota Exceeded``)."""


class NotFoundError(StatusError):
    """404: the object does not exist."""


class ConflictError(StatusError):
    """409: the name is taken, or the configuration is identical to the current one."""


class RateLimitedError(StatusError):
    """429 after all retries."""


class ServerError(StatusError):
    """5xx after all retries."""


_CLASSES: dict[int, type[StatusError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitedError,
}


def error_class(status: int) -> type[StatusError]:
    """The exception class for an HTTP error status."""
    return _CLASSES.get(status, ServerError if status >= 500 else StatusError)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace each of ``secrets`` in ``text``. Secrets under 4 characters stay."""
    for secret in sorted(secrets, key=len, reverse=True):  # One may begin with another.
        if len(secret) >= 4:
            text = text.replace(secret, "[redacted]")
    return text
