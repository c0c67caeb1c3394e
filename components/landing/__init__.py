"""Landings: the customer's own network beside a gateway network, and the link between them.

One module per cloud, imported only when an environment has a region there: loading a cloud's
SDK takes seconds.
"""

from __future__ import annotations

from components.landing import lean
from components.landing.base import Landing, LandingArgs, Link
from components.regions import Cloud

__all__ = ["Landing", "LandingArgs", "Link", "landing_for"]


def landing_for(cloud: Cloud) -> type[Landing]:
    """The component that builds a landing in a cloud; only now is its SDK imported."""
    lean.put_in_place(cloud)
    match cloud:
        case Cloud.AWS:
            from components.landing.aws import AwsLanding

            return AwsLanding
        case Cloud.AZURE:
            from components.landing.azure import AzureLanding

            return AzureLanding
        case Cloud.GCP:
            from components.landing.gcp import GcpLanding

            return GcpLanding
