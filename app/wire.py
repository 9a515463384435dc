"""JSON on the wire: both cases come in, camelCase goes out."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

# What a JSON object is after parsing; its shape is checked where it enters.
JsonObject = dict[str, Any]

# Ids come from core-api; it decides their form. 200 characters fit every index.
Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class WireModel(BaseModel):
    """A request or answer body: read in snake_case or camelCase, written in camelCase."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )
