"""Who sends a request: the organisation and account behind its token."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.store import Body


@dataclass(frozen=True)
class Caller:
    """The holder of a valid token.

    ``account_id`` is that of a system account, or None for the holder of a token that the
    sandbox was started with, who has all roles.
    """

    organization: Body
    account_id: str | None = None
