"""Text from outside, made harmless for a terminal: an intruder's banner must not drive the operator's screen."""


def neutral(text: str) -> str:
    r"""Return *text* on one line, with control, format and direction characters as ``\x1b`` or ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
