"""What is seen of a gateway: telemetry that its data planes send, and dashboards in Konnect."""

from components.observability.dashboards import DASHBOARDS, DashboardKind, dashboard_definition
from components.observability.observability import Observability, ObservabilityArgs
from components.observability.telemetry import (
    HTTP_LOG,
    OPENTELEMETRY,
    HttpLogArgs,
    OpenTelemetryArgs,
    OtlpEndpoints,
    Place,
    TelemetryArgs,
    group_environment,
    telemetry_plugins,
)

__all__ = [
    "DASHBOARDS",
    "HTTP_LOG",
    "OPENTELEMETRY",
    "DashboardKind",
    "HttpLogArgs",
    "Observability",
    "ObservabilityArgs",
    "OpenTelemetryArgs",
    "OtlpEndpoints",
    "Place",
    "TelemetryArgs",
    "dashboard_definition",
    "group_environment",
    "telemetry_plugins",
]
