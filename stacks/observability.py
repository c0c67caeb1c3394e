"""Converts the settings of observability to the arguments of the gateway component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from components.observability import HTTP_LOG, OPENTELEMETRY, TelemetryArgs
from providers.base.sealed import encrypted_in, sealed
from providers.konnect.core_entities.plugin_facts import plugin_credentials
from stacks.models.settings import Settings


def telemetry_args(settings: Settings) -> TelemetryArgs | None:
    """What data planes send to collectors; None for nothing.

    Headers that are written become Pulumi secrets, so that they are in no component's inputs.
    """
    if settings.observability is None or settings.observability.telemetry is None:
        return None
    telemetry = settings.observability.telemetry
    otel, log = telemetry.opentelemetry, telemetry.http_log
    if otel is None and log is None:
        return None
    return TelemetryArgs(
        replace(otel.chosen(), headers=_sealed(OPENTELEMETRY, otel.headers)) if otel else None,
        replace(log.chosen(), headers=_sealed(HTTP_LOG, log.headers)) if log else None,
    )


def _sealed(plugin: str, headers: Mapping[str, str]) -> Mapping[str, pulumi.Input[str]]:
    encrypted = encrypted_in(plugin_credentials, plugin)
    found: Mapping[str, pulumi.Input[str]] = sealed({"headers": headers}, encrypted)["headers"]
    return found
