"""The public DNS zones of the team, in which names of the gateways are written."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from components.domains.base import DnsService
from stacks.errors import Problem, refusal
from stacks.models.base import Model

NAME = r"^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$"
"""A DNS name of two labels or more, in lower case, without a dot at its end."""

Name = Annotated[str, Field(pattern=NAME, max_length=253)]


class ZoneSettings(Model):
    """A public DNS zone: where it is, and whether it is made here."""

    service: Annotated[DnsService, Field(examples=["route53"])]
    """route53, azure-dns or cloud-dns."""
    resource_group: Annotated[str | None, Field(min_length=1, examples=["dns"])] = None
    """Azure DNS: the resource group of the zone."""
    managed_zone: Annotated[
        str | None, Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", examples=["example-com"])
    ] = None
    """Cloud DNS: the name of the managed zone."""
    create: Annotated[bool, Field(examples=[True])] = False
    """Whether the zone is made here, for a subdomain of its own; its name servers are an output,
    and the parent zone must delegate to them. Else it exists, and only records are written."""
    account: Annotated[str | None, Field(examples=["network"])] = None
    """Key of ``accounts`` in which the zone is; else that of the credentials in the environment."""

    @model_validator(mode="after")
    def _complete(self) -> ZoneSettings:
        problems = []
        for key, service in (
            ("resource_group", DnsService.AZURE_DNS),
            ("managed_zone", DnsService.CLOUD_DNS),
        ):
            value = getattr(self, key)
            if value is None and self.service is service:
                problems.append(
                    Problem((), f"is in {service} and has no {key}", f"add {key}: its name")
                )
            elif value is not None and self.service is not service:
                problems.append(Problem((key,), f"is for {service} only", f"delete {key}", value))
        if problems:
            raise refusal(*problems)
        return self
