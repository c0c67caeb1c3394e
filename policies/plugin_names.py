"""Names of Kong's plugins by their purpose. Source: Kong's plugin hub."""

from __future__ import annotations

from typing import Final

AUTHENTICATION: Final = (
    "ace",
    "basic-auth",
    "header-cert-auth",
    "hmac-auth",
    "jwt",
    "jwt-signer",
    "key-auth",
    "key-auth-enc",
    "ldap-auth",
    "ldap-auth-advanced",
    "mtls-auth",
    "oauth2",
    "oauth2-introspection",
    "openid-connect",
    "saml",
    "vault-auth",
)
RATE_LIMITS: Final = ("rate-limiting", "rate-limiting-advanced")
