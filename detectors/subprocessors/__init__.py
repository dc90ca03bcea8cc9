"""Which sub-processor a destination belongs to."""

from detectors.subprocessors.registry import Attribution, Registry, Subprocessor, load_registry

__all__ = ["Attribution", "Registry", "Subprocessor", "load_registry"]
