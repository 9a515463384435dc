"""The wanted answer's schema, as providers that enforce one take it."""

from collections.abc import Mapping

from app.llm.client import Prompt


def response_format(prompt: Prompt) -> Mapping[str, object]:
    """The request's `response_format`, in OpenAI's terms, which LiteLLM translates for others."""
    return {
        "type": "json_schema",
        "json_schema": {
            # OpenAI: letters, digits, dashes and underscores, at most 64.
            "name": prompt.name[:64],
            "schema": prompt.answer_schema,
            "strict": _is_strict(prompt.answer_schema),
        },
    }


def _is_strict(schema: object) -> bool:
    """Whether OpenAI accepts the schema in strict mode: closed objects, every property required.

    Source: OpenAI, "Structured model outputs", supported schemas.
    """
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if properties is not None and (
            schema.get("additionalProperties") is not False
            or set(schema.get("required", ())) != set(properties)
        ):
            return False
        return all(_is_strict(inner) for inner in schema.values())
    if isinstance(schema, list | tuple):
        return all(_is_strict(inner) for inner in schema)
    return True
