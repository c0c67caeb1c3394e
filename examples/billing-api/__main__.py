"""The billing API, on every control plane of a gateway that another team owns."""

from __future__ import annotations

import pulumi

from multicloudgateway import GatewayContract, konnect

ROUTES = {"invoices": ["GET"], "payments": ["GET", "POST"]}
"""What is below ``/billing``, with its methods."""


async def main() -> None:
    """Async, because what the gateway's stack exports decides what is built here."""
    config, credentials = pulumi.Config(), pulumi.Config("konnect")
    gateway = await GatewayContract.reference(config.require("gateway"))
    provider = konnect.Provider(
        "konnect",
        token=credentials.get_secret("token"),
        server_url=credentials.get("server_url"),
        geo=gateway.geo,
    )
    # The provider marks what it creates with this project and stack. The gateway's owners are told
    # them when they try to delete the gateway.
    opts = pulumi.ResourceOptions(provider=provider)

    for key, plane in gateway.control_planes.items():
        service = konnect.GatewayService(
            f"billing-{key}",
            control_plane_id=plane.id,
            name="billing",
            host=config.require("upstream"),
            protocol="https",
            port=443,
            tls_verify=True,
            opts=opts,
        )
        for name, methods in ROUTES.items():
            konnect.GatewayRoute(
                f"{name}-{key}",
                control_plane_id=plane.id,
                name=f"billing-{name}",
                service={"id": service.id},
                paths=[f"/billing/{name}"],
                methods=methods,
                opts=opts,
            )
        konnect.plugins.openid_connect(
            f"login-{key}",
            control_plane_id=plane.id,
            service={"id": service.id},
            issuer=config.require("issuer"),
            auth_methods=["bearer"],
            audience_required=["billing"],
            opts=opts,
        )
        konnect.plugins.rate_limiting_advanced(
            f"limit-{key}",
            control_plane_id=plane.id,
            service={"id": service.id},
            limit=[config.require_int("requests_per_minute")],
            window_size=[60],
            identifier="credential",
            namespace="billing",
            redis=plane.cache_partial_id,  # None without a cache: data planes count for themselves
            opts=opts,
        )

    for key, region in gateway.regions.items():
        pulumi.export(key, region.hostnames.apply(urls))


def urls(hostnames: list[str]) -> list[str]:
    """Where the API is reached under these names of a region."""
    return [f"https://{hostname}/billing/{name}" for hostname in hostnames for name in ROUTES]


pulumi.run(main)
