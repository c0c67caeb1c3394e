"""The plugins that apply to the APIs of every control plane, declared once."""

from components.governance.declarations import (
    PlaneOverride,
    PluginDeclaration,
    declarations,
    on_control_plane,
)
from components.governance.governance import (
    Governance,
    GovernanceArgs,
    GovernanceChoice,
    RateLimitArgs,
    VaultArgs,
)
from components.governance.presets import PRESETS, Preset

__all__ = [
    "PRESETS",
    "Governance",
    "GovernanceArgs",
    "GovernanceChoice",
    "PlaneOverride",
    "PluginDeclaration",
    "Preset",
    "RateLimitArgs",
    "VaultArgs",
    "declarations",
    "on_control_plane",
]
