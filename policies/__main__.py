"""The pack as the engine starts it: importing this runs a server and never returns."""

from __future__ import annotations

from pulumi_policy import PolicyPack

from policies.rules import RULES

PolicyPack("multicloud-gateway", policies=list(RULES))
