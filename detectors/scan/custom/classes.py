"""A customer's Python class as a recogniser, by its dotted name in the configuration."""

from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer


def from_class(name: str) -> "EntityRecognizer":
    """An instance of `package.module.Class` (or `package.module:Class`), made without arguments.

    ValueError, in a sentence without values, where there is none. This runs the customer's code:
    names come from the configuration file alone, never from what is scanned.
    """
    from presidio_analyzer import EntityRecognizer

    try:
        found: Any = resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"{name} cannot be loaded ({type(error).__name__})") from None
    if not (isinstance(found, type) and issubclass(found, EntityRecognizer)):
        raise ValueError(  # noqa: TRY004 - one kind of error for a wrong configuration
            f"{name} is not a class derived from Presidio's EntityRecognizer"
        )
    try:
        return found()  # pyright: ignore[reportCallIssue] - a subclass knows its own arguments
    except Exception as error:  # noqa: BLE001 - code of the customer's, which may raise anything
        raise ValueError(f"{name}() raised {type(error).__name__}") from None
