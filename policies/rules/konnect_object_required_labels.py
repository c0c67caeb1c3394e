"""Control planes carry the labels by which an organisation finds its own.

Konnect takes five labels on an object. One that has no room left is reported, not mended: which
label to give up is for a person to say.
Source: Control Planes API, ``labels``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi_policy import ResourceValidationArgs, Severity

from policies import types
from policies.rule import Config, resource_rule
from policies.tags import REQUIRED, completed, missing, required

_MAX: Final = 5


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    labels = args.props.get("labels") or {}
    absent = missing(labels, required(config, args.resource_type), args.resource_type)
    for key in absent:
        yield f"labels lack {key!r}"
    if absent and len(labels) + len(absent) > _MAX:
        yield f"has {len(labels)} labels and Konnect takes {_MAX}: remove one to make room"


def _remediate(args: ResourceValidationArgs, config: Config) -> Mapping[str, Any] | None:
    labels = args.props.get("labels") or {}
    if isinstance(labels, str):
        return None  # Not known yet.
    absent = missing(labels, required(config, args.resource_type), args.resource_type)
    if len(labels) + len(absent) > _MAX:
        return None
    mended: Mapping[str, Any] | None = completed(args.props, "labels", absent)
    return mended


policy = resource_rule(
    "konnect-object-required-labels",
    "Konnect control planes carry the required labels.",
    [types.CONTROL_PLANE],
    _check,
    severity=Severity.MEDIUM,
    remedy="Add the label to `control_plane.labels` in the stack's settings.",
    config={"required": REQUIRED},
    remediate=_remediate,
)
