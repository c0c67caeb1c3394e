"""Words of the controller's API."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class CloudType(IntEnum):
    """A cloud, as the controller and the Terraform provider number it."""

    AWS = 1
    GCP = 4
    AZURE = 8


def yes_no(value: bool) -> str:
    """A flag in the fields that take ``yes`` and ``no``."""
    return "yes" if value else "no"


def is_yes(value: object) -> bool:
    """Whether a flag of an answer is set. It is ``yes``, ``enabled`` or true, by field."""
    return value is True or str(value).lower() in ("yes", "true", "enabled", "on")


def comma_list(values: Any) -> list[str]:
    """The items of an answer that is a list, or a text with commas."""
    items = values.split(",") if isinstance(values, str) else values or []
    return [str(item).strip() for item in items if str(item).strip()]
