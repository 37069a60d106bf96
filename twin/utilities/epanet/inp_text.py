"""An INP file written again with some of its lines changed; everything else stays to the letter."""

from collections.abc import Callable, Mapping, Sequence

from twin.utilities.epanet.inp import SECTIONS, split_words

Change = Callable[[list[str]], Sequence[str] | None]
"""From the words of a line to those that take their place; None: the line goes."""


def gone(words: list[str]) -> None:
    """Let a line go."""


def rewritten(text: str, changes: Mapping[str, Change], more: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """Return an INP file with lines changed by section, and lines added.

    Parameters
    ----------
    text
        The file.
    changes
        By section, what becomes of each line that has words.
    more
        By section, the words of lines to add.
    """
    name, out = "", []
    for line in text.split("\n"):
        words = split_words(line.partition("\0")[0])
        if words and words[0].startswith("["):
            name = next((s for s in SECTIONS if words[0].upper().startswith(f"[{s}]")), "")
            if name == "END":
                break
            out.append(line.rstrip("\r"))
        elif words and name in changes:
            kept = changes[name](words)
            if kept is not None:
                out.append(line.rstrip("\r") if kept == words else joined(kept))
        else:
            out.append(line.rstrip("\r"))
    for section, rows in more.items():
        out += ["", f"[{section}]", *map(joined, rows)]
    return "\n".join([*out, "", "[END]", ""])


def joined(words: Sequence[str]) -> str:
    """Return words as a line; those with blanks or a semicolon are quoted, as EPANET reads them."""
    return " " + "  ".join(f'"{word}"' if not word or set(word) & set(" \t;") else word for word in words)


def number(value: float) -> str:
    """Return a number with all its digits."""
    return repr(float(value))
