"""The pages of the site, copied beside one another.

They stay plain Markdown that reads well where it lies: links between them are kept, and what is no page is
named without a link.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pages import ELSEWHERE, NAV, PARTS, PYTHON

ROOT = Path(__file__).parents[2]
RECIPES = "ci/recipes.md"
"""The page on which the files of docs/ci stand in full."""
_LANGUAGES = {".yml": "yaml", ".yaml": "yaml", ".sh": "bash", ".py": "python", ".txt": "text"}
_LINK = re.compile(r"(!?\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\])\(([^()\s]+)\)")
_CODE = re.compile(r"(```.*?```|`[^`]*`)", re.DOTALL)
_FENCE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)


def gather(place: Path) -> None:
    """Write every page of the site into a folder, and the pictures beside them."""
    pages = {name: (ROOT / name).read_text(encoding="utf-8") for name in ELSEWHERE}
    pages |= dict(_of_docs())
    pages |= {
        "reference/commands.md": commands(),
        "reference/python.md": PYTHON,
        "decisions.md": _decisions(pages),
        RECIPES: _recipes(),
    }
    pages = {name: led(text, name, set(pages)) for name, text in pages.items()}
    pages["index.md"] += _trees(pages)
    for name, text in pages.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "pictures", place / "pictures", ignore=shutil.ignore_patterns("*.py"))


def commands() -> str:
    """Return the page of commands, from the command line's own declarations."""
    import typer
    from typer.cli import get_docs_for_click

    from twin.cli.main import app

    command = typer.main.get_command(app)
    context = typer.Context(command, info_name="twin")
    text = get_docs_for_click(obj=command, ctx=context, name="twin", title="Commands")
    parts = _CODE.split(text)
    parts[::2] = [part.replace("<", "&lt;") for part in parts[::2]]
    return "".join(parts)


def led(markdown: str, source: str, pages: set[str]) -> str:
    """Return a page with links that lead to pages of the site, where there is one."""
    parts = _FENCE.split(markdown)
    parts[::2] = [_LINK.sub(lambda link: _led(link, source, pages), part) for part in parts[::2]]
    return "".join(parts)


def _led(link: re.Match[str], source: str, pages: set[str]) -> str:
    label, target = link[1], link[2]
    path, _, anchor = target.partition("#")
    if not path or ":" in path or label.startswith("!"):
        return link[0]
    beside = PurePosixPath(source if source in ELSEWHERE else f"docs/{source}").parent
    place = os.path.normpath(beside / path)
    for candidate in (place, f"{place}/README.md"):
        name = "index.md" if candidate == "README.md" else candidate.removeprefix("docs/")
        if name in pages:
            relative = os.path.relpath(name, PurePosixPath(source).parent)
            return f"{label}({relative}{'#' + anchor if anchor else ''})"
    if place in {path.relative_to(ROOT).as_posix() for path in _recipe_files()}:
        relative = os.path.relpath(RECIPES, PurePosixPath(source).parent)
        return f"{label}({relative}#{_heading_anchor(PurePosixPath(place).name)})"
    # what leads nowhere stays, for Sphinx to say so; a file of the checkout is named
    return label[1:-1] if (ROOT / place).exists() else link[0]


def _of_docs() -> Iterator[tuple[str, str]]:
    docs = ROOT / "docs"
    for path in sorted(docs.rglob("*.md")):
        name = path.relative_to(docs).as_posix()
        if name not in PARTS and not name.startswith("examples/"):
            yield name, path.read_text(encoding="utf-8")


def _recipe_files() -> list[Path]:
    return sorted(path for path in (ROOT / "docs" / "ci").iterdir() if path.suffix in _LANGUAGES)


def _recipes() -> str:
    told = "[a verdict in a pipeline](../pipelines.md#recipes)"
    lead = f"# Recipes in full\nThe files that {told} tells of, to copy.\n"
    parts = [
        f"\n## {path.name}\n```{_LANGUAGES[path.suffix]}\n{path.read_text(encoding='utf-8').rstrip()}\n```\n"
        for path in _recipe_files()
    ]
    return lead + "".join(parts)


def _heading_anchor(heading: str) -> str:
    """Return the anchor that MyST gives a heading."""
    return re.sub(r"[^\w-]", "", heading.lower())


def _decisions(pages: dict[str, str]) -> str:
    names = sorted(name for name in pages if name.startswith("decisions/"))
    return "# Decisions\nWhy things are as they are, in the order in which it was decided.\n\n" + _tree(
        "", names
    )


def _trees(pages: dict[str, str]) -> str:
    told = {name for names in NAV.values() for name in names}
    missing = sorted(
        set(pages) - told - {"index.md"} - {name for name in pages if name.startswith("decisions/")}
    )
    if missing:
        sys.exit(f"docs/site/pages.py: NAV lacks {', '.join(missing)}")
    return "".join(_tree(caption, names) for caption, names in NAV.items())


def _tree(caption: str, names: tuple[str, ...] | list[str]) -> str:
    options = [f":caption: {caption}", ":hidden:"] if caption else [":maxdepth: 1"]
    return "\n```{toctree}\n" + "\n".join([*options, "", *names]) + "\n```\n"
