"""Options of the fabric's Aviatrix driver: the controller and the gateways."""

from __future__ import annotations

from stacks.models.base import Model


class AviatrixSettings(Model):
    """The Aviatrix controller, and the gateways that it builds."""
