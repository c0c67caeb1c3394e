"""Options of the fabric's Aviatrix driver: the controller, the networks and the gateways."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from components.fabric.model import AviatrixArgs, FirewallImage
from components.regions import Cloud
from stacks.models.base import Cidr, Model

Size = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]


class AviatrixFirewallSettings(Model):
    """A firewall that the controller launches from its cloud's marketplace."""

    image: Annotated[str, Field(min_length=1, examples=["Palo Alto Networks VM-Series"])]
    """Its name in the controller's list of images. Accept its terms in the marketplace first."""
    size: Annotated[Size, Field(examples=["c5.xlarge"])]
    """The size of its instance."""
    version: Annotated[str | None, Field(examples=["11.2.5"])] = None
    """The version of the image; unless written, the controller's default."""
    ssh_public_key: Annotated[
        str | None, Field(pattern=r"^ssh-", examples=["ssh-rsa AAAA... me@example.com"])
    ] = None
    """In Azure, which creates no virtual machine without a login: the public key of the first user,
    which is fwadmin, or admin in Check Point's images. It is written when a firewall is launched.
    """


class AviatrixSettings(Model):
    """The Aviatrix controller, and the gateways that it builds.

    The login is in the environment: ``AVIATRIX_USERNAME`` and ``AVIATRIX_PASSWORD``.
    """

    accounts: Annotated[
        dict[Cloud, Annotated[str, Field(min_length=1)]],
        Field(examples=[{"aws": "aws-prod", "azure": "azure-prod", "gcp": "gcp-prod"}]),
    ]
    """The access account of each cloud, by its name in the controller. It must exist. A preview
    refuses to change it."""
    networks: Annotated[dict[str, Cidr], Field(examples=[{"aws-us-east-2": "10.75.0.0/23"}])]
    """The block of the transit network of each region, by cloud and region: /16 to /24. A preview
    refuses to change it."""
    controller: Annotated[str | None, Field(examples=["controller.example.com"])] = None
    """The controller's address; unless written, ``AVIATRIX_CONTROLLER_IP``."""
    ca_certificate: Annotated[str | None, Field(examples=["/etc/ssl/aviatrix.pem"])] = None
    """A file with the certificates to trust, for a controller with a certificate of its own."""
    sizes: Annotated[dict[Cloud, Size], Field(examples=[{"aws": "c5n.large"}])] = {}
    """The size of transit and spoke gateways by cloud; unless written, t3.medium, Standard_B1ms and
    n1-standard-1, and with firewalls c5n.xlarge and Standard_D3_v2."""
    firewalls: Annotated[
        dict[Cloud, AviatrixFirewallSettings],
        Field(examples=[{"aws": {"image": "Palo Alto Networks VM-Series", "size": "c5.xlarge"}}]),
    ] = {}
    """With ``inspection: {kind: native}``: the firewalls in AWS and Azure."""
    firenet: Annotated[bool, Field(examples=[True])] = False
    """Whether transit gateways in AWS and Azure are ready for firewalls without having any. Without
    it, inspection that is switched on resizes those in AWS and replaces those in Azure. Where they
    have it, it stays."""

    @property
    def aviatrix_args(self) -> AviatrixArgs:
        """The options as the component takes them."""
        return AviatrixArgs(
            accounts=self.accounts,
            networks=self.networks,
            controller=self.controller,
            ca_certificate=self.ca_certificate,
            sizes=self.sizes,
            firewalls={
                cloud: FirewallImage(one.image, one.size, one.version, one.ssh_public_key)
                for cloud, one in self.firewalls.items()
            },
            firenet=self.firenet,
        )
