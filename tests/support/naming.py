"""Names and sensitivities that say which is which."""


class PlainNames:
    """Calls everything by its own name; health data is special, cards are sensitive."""

    def subprocessor(self, subprocessor: str) -> str:
        return subprocessor.title()

    def owner(self, subprocessor: str) -> str:
        return f"team-{subprocessor}"

    def category(self, category: str) -> str:
        return category

    def sensitivity(self, category: str) -> str:
        if "health" in category:
            return "special"
        return "sensitive" if "financial" in category else "basic"
