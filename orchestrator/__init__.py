"""orch: what one company of the group learns reaches the others, when it may."""

__version__ = "0.1.0"
