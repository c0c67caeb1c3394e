"""A service that gateways must reach."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from components.regions import Cloud
from components.services import ServiceArgs
from stacks.errors import Problem, refusal
from stacks.models.base import Model
from stacks.models.dns import Address, Domain


class ServiceSettings(Model):
    """A service that gateways call over private networks. It has an address, a name, or both."""

    cloud: Annotated[Cloud, Field(examples=["aws"])]
    """Where it runs: aws, azure or gcp."""
    region: Annotated[str, Field(min_length=1, examples=["us-east-2"])]
    """The cloud's own id of the region where it runs."""
    address: Annotated[Address | None, Field(examples=["10.65.32.10"])] = None
    """Its private IPv4 address."""
    name: Annotated[Domain | None, Field(examples=["orders.acme.internal"])] = None
    """Its DNS name. Private DNS of each gateway that needs it must cover the name."""
    port: Annotated[int, Field(ge=1, le=65535, examples=[443])] = 443
    """Its TCP port, 1 to 65535."""
    gateways: Annotated[tuple[str, ...], Field(examples=[["aws-us-east-2"]])] = ()
    """The regions whose gateways need it, by cloud and region; all of them if left out."""

    @model_validator(mode="after")
    def _found(self) -> Self:
        if self.address is None and self.name is None:
            wrong = "has neither an address nor a name"
            raise refusal(Problem((), wrong, "write address: 10.65.32.10, or a name"))
        return self

    def service_args(self) -> ServiceArgs:
        """The service as the component takes it."""
        return ServiceArgs(
            self.cloud, self.region, self.port, self.address, self.name, self.gateways
        )
