"""How wide a text is on a terminal, and how to show it there without obeying it."""

from __future__ import annotations

from unicodedata import category, combining, east_asian_width

TAB = 4


def safe(text: str) -> str:
    """The text with everything escaped that a terminal would obey or hide."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def cells(line: str) -> tuple[str, list[int]]:
    """The line as shown, tabs expanded, and the column of each character and of the end."""
    if line.isascii() and line.isprintable():
        return line, list(range(len(line) + 1))
    shown: list[str] = []
    columns = [0]
    for char in line:
        column = columns[-1]
        text = " " * (TAB - column % TAB) if char == "\t" else safe(char)
        shown.append(text)
        columns.append(column + (_width(char) if text == char else len(text)))
    return "".join(shown), columns


def _width(char: str) -> int:
    if combining(char) or category(char) in {"Mn", "Me"}:
        return 0
    return 2 if east_asian_width(char) in {"W", "F"} else 1


def _escape(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
