"""The errors of the controller. It answers 200 also for a failure, with the reason as text."""

from __future__ import annotations

from typing import Final

from providers.base.errors import NotFoundError, ProviderError

SESSION_ENDED: Final = ("CID is invalid", "Invalid session. Please login again.")
"""Reasons with which forms and queries are refused after the session has ended."""

_MISSING: Final = ("does not exist", "not found", "Unrecognized firewall instance_id")


class RefusedError(ProviderError):
    """The controller refused a call. ``reason`` is its own text."""

    def __init__(self, doing: str, reason: str) -> None:
        self.doing = doing
        self.reason = reason
        text = f"{doing}: the Aviatrix controller refused it: {reason or 'no reason'}"
        ProviderError.__init__(self, text)


class MissingError(RefusedError, NotFoundError):
    """The controller does not have the object. There is no HTTP status: all answers have 200."""

    def __str__(self) -> str:
        return str(self.args[0])


def refused(doing: str, reason: str) -> RefusedError:
    """The error for a reason. Its text tells whether the object is missing."""
    kind = MissingError if any(text in reason for text in _MISSING) else RefusedError
    return kind(doing, reason)
