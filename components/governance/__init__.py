"""The plugins that apply to every API of a control plane."""

from components.governance.governance import Governance, GovernanceArgs, RateLimitArgs

__all__ = ["Governance", "GovernanceArgs", "RateLimitArgs"]
