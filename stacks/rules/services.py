"""Rules about the services that gateways must reach. They read the settings."""

from __future__ import annotations

from collections.abc import Iterator

from stacks.errors import Problem, nearest
from stacks.models.settings import Settings


def services_problems(settings: Settings) -> Iterator[Problem]:
    """Every violation of a rule by the services."""
    keys = [region.key for region in settings.regions]
    for name, service in settings.services.items():
        for place, key in enumerate(service.gateways):
            if key not in keys:
                path = ("services", name, "gateways", place)
                wrong = "is not a region of this environment"
                yield Problem(path, wrong, nearest(key, keys), key)
