"""Entry point of the policy pack, for the engine. Importing it runs a server and never returns."""

from __future__ import annotations

import sys
from pathlib import Path

from pulumi_policy import PolicyPack

# `pulumi install` installs only the requirements, not the project: add the project to the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policies.rules import RULES

PolicyPack("multicloud-gateway", policies=list(RULES))
