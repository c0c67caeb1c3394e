"""The driver `aviatrix`: transit gateways, spokes, firewalls and domains of a controller.

A dedicated gateway can join a native hub only. So each region keeps its native hub, and its transit
gateway connects to that by IPsec with BGP.
"""

from components.fabric.aviatrix.driver import aviatrix_fabric

__all__ = ["aviatrix_fabric"]
