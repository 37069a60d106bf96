"""pandapipes, where it is installed."""

from typing import Any


def pandapipes() -> Any:
    """Return the package.

    Its import changes how matplotlib draws for the whole program, so that no figure can be saved as SVG any
    more (a cap style that is a text, where matplotlib 3.11 wants its own kind); that is put back.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    from matplotlib.backend_bases import RendererBase

    drawn = RendererBase.new_gc
    try:
        import pandapipes as package
    finally:
        RendererBase.new_gc = drawn  # type: ignore[method-assign]
    return package
