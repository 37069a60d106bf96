"""Parts of the schema to which every utility adds what is its own."""

from collections.abc import Callable
from typing import TypeVar, cast

from pydantic import create_model

from twin.model import Model
from twin.utilities.registry import utilities

Part = TypeVar("Part", bound=Model)
DECLARED: dict[str, dict[str, type[Model]]] = {}
"""By name of a part of the schema and utility, the model that the utility has declared for it."""


def extended(section: str) -> Callable[[type[Part]], type[Part]]:
    """Give a part of the schema the fields that utilities declare for it, after its own.

    Parameters
    ----------
    section
        Key of `Utility.fields`.

    Raises
    ------
    ValueError
        If a utility declares a field that the part has already.
    """

    def with_fields(part: type[Part]) -> type[Part]:
        own = {name: known.fields[section] for name, known in utilities().items() if section in known.fields}
        for name, model in own.items():
            if taken := model.model_fields.keys() & part.model_fields.keys():
                raise ValueError(f"{name} declares {section}.{min(taken)}, which every scenario has")
        added = list(own.values())
        DECLARED[part.__name__] = own
        # the last base comes first among the fields
        bases = cast("tuple[type[Part], ...]", (*reversed(added), part))
        return create_model(part.__name__, __base__=bases, __doc__=part.__doc__, __module__=part.__module__)

    return with_fields
