"""What all parts of a scenario's schema share."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Model(BaseModel):
    """Base of all: frozen, unknown keys forbidden, docstrings become descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
Share = Annotated[float, Field(ge=0, le=1)]
