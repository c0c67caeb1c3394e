"""The form of Konnect's tokens, and the default token and organisation of a sandbox."""

from __future__ import annotations

DEFAULT_ORGANIZATION = "acme"
DEFAULT_TOKEN = "kpat_sandbox0000000000000000"


def check_token(token: str) -> str:
    """Check the form of a token, personal or of a system account; raises ValueError."""
    if not token.startswith(("kpat_", "spat_")) or len(token) < 20:
        raise ValueError("a token starts with kpat_ or spat_ and has at least 20 characters")
    return token
