"""Konnect's predefined roles by entity type, as ``GET /v3/roles`` returns them.

The descriptions are enum values in the published document (identity v3).
"""

from __future__ import annotations

from collections.abc import Mapping

_Described = Mapping[str, str]

_ROLES: Mapping[str, _Described] = {
    "Control Planes": {
        "Admin": ("This role grants full write access to all entities within a control plane."),
        "Certificate Admin": "This role grants full write access to administer certificates.",
        "Consumer Admin": "This role grants full write access to administer consumers.",
        "Creator": (
            "Creates a new Control Plane in an organization. The creator becomes the "
            "owner of the Control Plane they create."
        ),
        "Debug Session Creator": (
            "This role grants access to create debug sessions. This role also grants "
            "read-only access to all entities within a control plane."
        ),
        "Deployer": (
            "This role grants full write access to administer services, routes and "
            "plugins necessary to deploy services in Service Hub."
        ),
        "Gateway Service Admin": (
            "This role grants full write access to administer gateway services."
        ),
        "Plugin Admin": "This role grants full write access to administer plugins.",
        "Route Admin": "This role grants full write access to administer routes.",
        "SNI Admin": "This role grants full write access to administer SNIs.",
        "Upstream Admin": "This role grants full write access to administer upstreams.",
        "Viewer": ("This role grants read only access to all entities within a control plane."),
    },
    "API Products": {
        "Admin": "This role grants full write access to an API product and its versions.",
        "Application Registration": (
            "This role grants permission to enable and disable application "
            "registration on an API product."
        ),
        "Creator": (
            "This access is required to create API products. This access is not for "
            "creating sub-entities such as versions, API specs, etc."
        ),
        "Deployer": (
            "This role grants permission to deploy and remove an API product from a control plane."
        ),
        "Maintainer": (
            "This role grants all write permission to manage an API product and to "
            "administer plugins."
        ),
        "Plugins Admin": "This role grants full write permission to administer plugins.",
        "Publisher": (
            "This role grants permission to publish an API product to one or more portals."
        ),
        "Viewer": "Viewer has read-only access to an API product and its sub-entities.",
    },
    "Audit Logs": {
        "Admin": "This role grants full write access to the Audit log configuration.",
    },
    "Identity": {
        "Admin": "This role grants full write access to the Identity configuration.",
    },
    "Mesh Control Plane": {
        "Admin": ("This role grants full write access to the related to Mesh control planes."),
        "Connector": (
            "This role grants a mesh zone to connect to the mesh control plane in Konnect."
        ),
        "Creator": "This role grants access to create new Mesh control planes.",
        "Viewer": "This role grants access to read-only permissions to Mesh control planes.",
    },
    "Dashboards": {
        "Admin": ("Allows users to edit, delete, and share a Dashboard in Konnect Analytics."),
        "Creator": "Allows users to create a new Dashboard in Konnect Analytics.",
        "Editor": "Allows users to edit a Dashboard in Konnect Analytics.",
        "Viewer": "Allows users to view any Dashboards content in Konnect Analytics.",
    },
    "Reports": {
        "Admin": "Allows users to edit, delete, and share a Report in Konnect Analytics.",
        "Creator": "Allows users to create a new Report in Konnect Analytics.",
        "Editor": "Allows users to edit a Report in Konnect Analytics.",
        "Viewer": "Allows users to view a Report in Konnect Analytics.",
    },
}


def _key(name: str) -> str:
    return name.lower().replace(" ", "_")


def document() -> dict[str, object]:
    """The body of ``get-predefined-roles``."""
    catalogue: dict[str, object] = {}
    for entity_type, roles in _ROLES.items():
        # The key of "Mesh Control Plane" is plural, although its name is singular.
        key = "mesh_control_planes" if entity_type == "Mesh Control Plane" else _key(entity_type)
        described = {
            _key(name): {"name": name, "description": description}
            for name, description in roles.items()
        }
        catalogue[key] = {"name": entity_type, "roles": described}
    return catalogue
