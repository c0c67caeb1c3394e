"""What every API of a control plane gets, declared once."""

from components.governance.governance import Governance, GovernanceArgs, RateLimitArgs

__all__ = ["Governance", "GovernanceArgs", "RateLimitArgs"]
