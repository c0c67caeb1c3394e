"""Where the regions of the clouds are on the map, and which region is near a place.

The coordinates are those of the city or area that a cloud names for its region, to one degree.
They order regions by distance; they do not measure latency. Loads no cloud's SDK.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from components.regions import REGIONS, Cloud

Coordinates = tuple[float, float]
"""Latitude and longitude in degrees, north and east positive."""

PLACES: Final[Mapping[Cloud, Mapping[str, Coordinates]]] = {
    Cloud.AWS: {
        "us-east-1": (39.0, -77.5),
        "us-east-2": (40.1, -83.0),
        "us-west-1": (37.4, -121.9),
        "us-west-2": (45.8, -119.7),
        "ca-central-1": (45.5, -73.6),
        "eu-central-1": (50.1, 8.7),
        "eu-central-2": (47.4, 8.5),
        "eu-west-1": (53.3, -6.3),
        "eu-west-2": (51.5, -0.1),
        "eu-west-3": (48.9, 2.4),
        "ap-northeast-1": (35.7, 139.7),
        "ap-northeast-2": (37.6, 127.0),
        "ap-southeast-1": (1.3, 103.8),
        "ap-southeast-2": (-33.9, 151.2),
        "ap-south-1": (19.1, 72.9),
        "ap-south-2": (17.4, 78.5),
        "me-central-1": (24.5, 54.4),
    },
    Cloud.AZURE: {
        "eastus2": (36.7, -78.4),
        "westus2": (47.2, -119.9),
        "southcentralus": (29.4, -98.5),
        "canadacentral": (43.7, -79.4),
        "germanywestcentral": (50.1, 8.7),
        "uksouth": (51.5, -0.1),
        "northeurope": (53.3, -6.3),
        "francecentral": (48.9, 2.4),
        "australiaeast": (-33.9, 151.2),
        "japaneast": (35.7, 139.8),
        "uaenorth": (25.3, 55.3),
    },
    Cloud.GCP: {
        "us-east1": (33.2, -80.0),
        "us-central1": (41.3, -95.9),
        "us-west1": (45.6, -121.2),
        "northamerica-northeast1": (45.5, -73.6),
        "europe-west1": (50.4, 3.8),
        "europe-west2": (51.5, -0.1),
        "europe-west3": (50.1, 8.7),
        "asia-northeast1": (35.7, 139.7),
        "asia-southeast1": (1.3, 103.8),
        "asia-south1": (19.1, 72.9),
        "australia-southeast1": (-33.9, 151.2),
    },
}

_EARTH_KM: Final = 6371.0


def distance(one: Coordinates, other: Coordinates) -> float:
    """Kilometres between two places, along the surface of the earth."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, place)) for place in (one, other))
    chord = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(math.sqrt(chord))


def place_of(cloud: Cloud, region: str) -> Coordinates | None:
    """The coordinates of a region; None for one that Kong does not document."""
    return PLACES[cloud].get(region)


def nearest_region(to: Cloud, cloud: Cloud, region: str) -> str | None:
    """The region of the cloud ``to`` that is nearest to a region of any cloud.

    The region itself in its own cloud; None for one whose place is not known. A steering service
    of a cloud knows the latency of the regions of that cloud only.
    """
    if cloud is to:
        return region
    here = place_of(cloud, region)
    if here is None:
        return None
    return min(REGIONS[to], key=lambda one: distance(here, PLACES[to][one]))


def nearest_aws_region(cloud: Cloud, region: str) -> str | None:
    """The AWS region nearest to a region, as Route 53 needs it."""
    return nearest_region(Cloud.AWS, cloud, region)
