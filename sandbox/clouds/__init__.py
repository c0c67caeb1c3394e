"""Simulated AWS, Azure and GCP, served to the Pulumi engine as provider plugins."""

from __future__ import annotations

from sandbox.clouds.server import CloudServers, serve_clouds

__all__ = ["CloudServers", "serve_clouds"]
