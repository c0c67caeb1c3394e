"""The pack as the engine starts it: importing this runs a server and never returns."""

from __future__ import annotations

import sys
from pathlib import Path

from pulumi_policy import PolicyPack

# Also found where the project is not installed, only its requirements are (`pulumi install`).
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policies.rules import RULES

PolicyPack("multicloud-gateway", policies=list(RULES))
