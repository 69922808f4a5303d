"""DECNET Fleet: fill a LAN with fake machines, and never lose one."""

__version__ = "0.1.0"
