"""Keys that are created here and that only state holds."""

from providers.keys.preshared_key import PresharedKey

__all__ = ["PresharedKey"]
