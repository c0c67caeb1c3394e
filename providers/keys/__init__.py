"""Values that are created here and that only state holds: keys, and the numbers of a fabric."""

from providers.keys.fabric_record import FabricRecord
from providers.keys.preshared_key import PresharedKey

__all__ = ["FabricRecord", "PresharedKey"]
