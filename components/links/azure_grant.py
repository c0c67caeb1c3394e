"""How Kong's service principal gets its role in Azure.

Loads no cloud's SDK.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AzureGrant:
    """How Kong's service principal gets its role on a VNet."""

    principal_id: str | None = None
    """Entra object id of Kong's service principal in the tenant. None: an administrator consents
    and assigns the role by hand, and the peering waits until that is done."""
