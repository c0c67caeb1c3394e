"""Tells the cloud account of a resource from its provider, for messages about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pulumi_policy import PolicyProviderResource
from pulumi_policy.proxy import UnknownValueError

_ROLE = re.compile(r"arn:[a-z-]+:iam::(\d{12}):")


def account_of(provider: PolicyProviderResource | None) -> str | None:
    """The AWS account, Azure subscription or GCP project that a provider names.

    None if it names none, as default providers do. Then the credentials decide.
    """
    if provider is None or not provider.resource_type.startswith("pulumi:providers:"):
        return None
    cloud = provider.resource_type.rpartition(":")[2]
    try:
        if cloud == "aws":
            found = _ROLE.search(_text(provider.props, "assumeRoles"))
            return found.group(1) if found else None
        key = {"azure-native": "subscriptionId", "gcp": "project"}.get(cloud, "")
        return _text(provider.props, key) or None
    except UnknownValueError:
        return None


def in_account(provider: PolicyProviderResource | None) -> str:
    """`` (account 222233334444)`` for the end of a message, or nothing."""
    account = account_of(provider)
    return "" if account is None else f" (account {account})"


def _text(props: Mapping[str, Any], key: str) -> str:
    """A property as text. The engine has lists in a provider's inputs as JSON."""
    if key not in set(props):
        return ""
    value = props[key]
    return value if isinstance(value, str) else json.dumps(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(value[key]) for key in value}
    return value if isinstance(value, str | int | None) else [_plain(item) for item in value]
