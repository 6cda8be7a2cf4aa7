"""The JSON Schema of a claims file, made from the forms the loader reads it into."""

import dataclasses
from typing import Any, get_args, get_origin, get_type_hints

from toolkit.claims.checks import KINDS
from toolkit.claims.model import Claim, Source

__all__ = ["claims_schema"]

_TYPES = {str: "string", float: "number", int: "integer", bool: "boolean"}


def claims_schema() -> dict[str, Any]:
    """Describe ``[[source]]`` and ``[[claim]]`` tables with the parameters of every check kind.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12. What a dataclass checks of its values beyond their types is
        not in it.

    Examples
    --------
    >>> schema = claims_schema()
    >>> schema["$defs"]["ReachParameters"]["required"]
    ['kind', 'core', 'threshold_min']
    """
    definitions: dict[str, Any] = {}
    kinds = []
    by_form: dict[str, list[str]] = {}
    for kind, entry in KINDS.items():
        by_form.setdefault(entry.parameters.__name__, []).append(kind)
    for name, names in by_form.items():
        form = next(kind.parameters for kind in KINDS.values() if kind.parameters.__name__ == name)
        described = _table(form, definitions)
        described["properties"] = {"kind": {"enum": names}, **described["properties"]}
        described["required"] = ["kind", *described["required"]]
        definitions[name] = described
        kinds.append({"$ref": f"#/$defs/{name}"})
    claim = _table(Claim, definitions, skip=("check", "also", "year", "geography"))
    slug = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}
    claim["properties"] |= {
        "geography": {"anyOf": [slug, {"type": "array", "items": slug, "minItems": 1}]},
        "year": {"type": "integer", "minimum": 1900, "maximum": 2100},
        "check": {"oneOf": kinds},
    }
    claim["required"] += ["geography", "check"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Claims to check",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "source": {"type": "array", "items": _table(Source, definitions)},
            "claim": {"type": "array", "items": claim},
        },
        "$defs": dict(sorted(definitions.items())),
    }


def _table(
    form: type, definitions: dict[str, Any], *, skip: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Describe a dataclass as an object."""
    hints = get_type_hints(form)
    items = [item for item in dataclasses.fields(form) if item.name not in skip]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {item.name: _value(hints[item.name], definitions) for item in items},
        "required": [
            item.name
            for item in items
            if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        ],
    }


def _value(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 (any type hint)
    """Describe a field."""
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _value(get_args(kind)[0], definitions)}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = _table(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    return {"type": _TYPES[kind]}
