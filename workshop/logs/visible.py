"""Texts of logs as people are to see them: attackers choose some of them, down to the last invisible character."""


def visible(text: str) -> str:
    r"""Return a text with each character that is not printable as an escape of Python's, such as "\x00" or "\u202e".

    These are control characters, line ends, what changes the direction of writing, what has no width, halves of
    characters, and spaces that are no plain space.
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
