"""How Kong's service principal gets its role in Azure.

Loads no cloud's SDK.
"""

from __future__ import annotations

from dataclasses import dataclass

from providers.konnect.cloud_gateways.transit_gateway import KONG_AZURE_APPLICATION_ID


@dataclass(frozen=True)
class AzureGrant:
    """How Kong's service principal gets its role on a VNet."""

    principal_id: str | None = None
    """Entra object id of Kong's service principal in the tenant. None: an administrator consents
    and assigns the role by hand. Until that is done the attachment waits, and its line says where
    to consent."""
    application_id: str = KONG_AZURE_APPLICATION_ID
    """Id of Kong's application, to which an administrator consents once per tenant."""
