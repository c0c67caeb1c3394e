"""Which region of Google is nearest to a region of any cloud, for the geo policy of Cloud DNS.

Cloud DNS names places by regions of Google, also by those in which Kong has no gateways. Loads no
cloud's SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.entry.places import PLACES, Coordinates, distance, place_of
from components.regions import Cloud

_OTHER_REGIONS: Final[Mapping[str, Coordinates]] = {
    "africa-south1": (-26.2, 28.0),
    "asia-east1": (24.1, 120.5),
    "asia-east2": (22.3, 114.2),
    "asia-northeast2": (34.7, 135.5),
    "asia-northeast3": (37.6, 127.0),
    "asia-south2": (28.6, 77.2),
    "asia-southeast2": (-6.2, 106.8),
    "australia-southeast2": (-37.8, 145.0),
    "europe-central2": (52.2, 21.0),
    "europe-north1": (60.6, 27.2),
    "europe-southwest1": (40.4, -3.7),
    "europe-west4": (53.4, 6.8),
    "europe-west6": (47.4, 8.5),
    "europe-west8": (45.5, 9.2),
    "europe-west9": (48.9, 2.4),
    "europe-west10": (52.5, 13.4),
    "europe-west12": (45.1, 7.7),
    "me-central1": (25.3, 51.5),
    "me-central2": (26.4, 50.1),
    "me-west1": (32.1, 34.8),
    "northamerica-northeast2": (43.7, -79.4),
    "southamerica-east1": (-23.5, -46.6),
    "southamerica-west1": (-33.4, -70.7),
    "us-east4": (39.0, -77.5),
    "us-east5": (40.0, -83.0),
    "us-south1": (32.8, -96.8),
    "us-west2": (34.1, -118.2),
    "us-west3": (40.8, -111.9),
    "us-west4": (36.2, -115.1),
}
"""Regions of Google in which Kong documents no gateways: the places of their cities."""

_REGIONS: Final[Mapping[str, Coordinates]] = {**PLACES[Cloud.GCP], **_OTHER_REGIONS}


def nearest_google_region(cloud: Cloud, region: str) -> str | None:
    """The region of Google nearest to a region; the region itself in GCP, None for an unknown one.

    Of two that are equally near, the one whose name sorts first.
    """
    if cloud is Cloud.GCP:
        return region
    here = place_of(cloud, region)
    if here is None:
        return None
    return min(sorted(_REGIONS), key=lambda one: distance(here, _REGIONS[one]))
