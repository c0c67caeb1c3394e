"""An API on every control plane of a gateway."""

from components.api.api import Api
from components.api.model import ApiArgs, ApiError
from components.api.view import GatewayView

__all__ = ["Api", "ApiArgs", "ApiError", "GatewayView"]
