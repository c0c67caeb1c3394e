"""Resource types that belong together: an example and a case of each."""

from __future__ import annotations

from types import ModuleType

from tests.providers.konnect.groups import (
    analytics,
    attachments,
    certificates,
    consumers,
    custom_plugins,
    identity,
    keys,
    serverless,
    stores,
    traffic,
)

GROUPS: tuple[ModuleType, ...] = (
    analytics,
    attachments,
    certificates,
    consumers,
    custom_plugins,
    identity,
    keys,
    serverless,
    stores,
    traffic,
)
