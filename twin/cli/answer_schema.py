"""The JSON schema of what commands answer with ``--format json``."""

from collections.abc import Mapping, Sequence
from typing import Any

from twin.cli.answers import FORMAT, OUTCOMES

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_WHOLE: Schema = {"type": "integer"}
_MAYBE: Schema = {"type": ["number", "null"]}


def _list(of: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": of, **more}


def _map(of: Schema, **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": of, **more}


def _object(optional: Sequence[str] = (), **properties: Schema) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


def _one_of(*values: object, **more: Any) -> Schema:
    return {"enum": list(values), **more}


_MISTAKE = _object(file=_TEXT, line={"type": "integer", "minimum": 0}, problem=_TEXT, remedy=_TEXT)
_VERDICT = _object(
    name=_TEXT,
    cell=_TEXT,
    outcome=_one_of(
        *("pass", "fail", "error", "warning", "info", "known"),
        description="fail and error end in exit code 1",
    ),
    status=_one_of("pass", "fail", "error", description="whatever severity and known make of it"),
    severity=_one_of("error", "warning", "info"),
    value={"type": ["number", "string"], "description": "inf, -inf and nan are text"},
    bound=_TEXT,
    over=_TEXT,
    runs=_WHOLE,
    without={**_WHOLE, "description": "runs that have no result"},
    known=_TEXT,
    first_breach={**_TEXT, "description": "YYYY-MM, empty where it is not known"},
    worst_run=_TEXT,
    detail=_TEXT,
    file=_TEXT,
    line=_WHOLE,
    metric=_TEXT,
)
_JUDGED = _object(
    format=_WHOLE,
    title=_TEXT,
    passed={"type": "boolean"},
    notes=_list(_TEXT),
    verdicts=_list({"$ref": "#/$defs/verdict"}),
)
_VERDICTS: Schema = {"$ref": "#/$defs/judged"}
_SWEEP = _object(
    ("verdict",),
    name=_TEXT,
    folder=_TEXT,
    runs=_map(_WHOLE, description="how many ended in which way"),
    verdict=_VERDICTS,
)
_CHANGED = _object(
    inputs=_list(_TEXT),
    metrics=_list(_object(metric=_TEXT, before=_MAYBE, after=_MAYBE, way=_one_of("better", "worse", ""))),
    sites=_list(_object(site=_TEXT, before=_TEXT, after=_TEXT)),
    months_short=_map(_list(_WHOLE), description="before, after"),
    first_difference=_TEXT,
)
_PLACES = ("sites", "metrics", "folder", "runs", "first_difference", "changed")
RESULTS: Mapping[str, Schema] = {
    "validate": _object(
        scenario=_TEXT,
        start=_TEXT,
        end=_TEXT,
        districts=_WHOLE,
        sites=_WHOLE,
        developments=_WHOLE,
        demand_points=_WHOLE,
        links=_WHOLE,
    ),
    "run": _object(
        ("verdict",),
        scenario=_TEXT,
        status=_one_of("complete", "unsolved", "unbalanced"),
        reason=_TEXT,
        folder=_TEXT,
        wall_s=_NUMBER,
        metrics=_map(_NUMBER),
        verdict=_VERDICTS,
    ),
    "check": _object(folder=_TEXT, status=_TEXT, verdict=_VERDICTS),
    "sweep": _SWEEP,
    "merge": _SWEEP,
    "compare": _object(
        _PLACES,
        folder=_TEXT,
        runs=_list(_TEXT),
        metrics=_map(_list(_MAYBE)),
        sites=_map(_list(_TEXT)),
        first_difference=_TEXT,
        changed=_CHANGED,
    ),
    "plan": _object(folder=_TEXT, metric=_TEXT, given=_NUMBER, best=_NUMBER, evaluations=_WHOLE),
    "diff": _object(
        before=_TEXT,
        after=_TEXT,
        changes=_list(
            _object(
                part=_TEXT,
                key=_TEXT,
                kind=_one_of("new", "gone", "changed", "moved"),
                fields=_map(_list({}, minItems=2, maxItems=2), description="before, after"),
                sentence=_TEXT,
            )
        ),
        capacities=_map(_list(_TEXT), description="what touches each"),
    ),
}
"""What stands under ``result``, by command."""


def answer_schema() -> Schema:
    """Return the schema; the result is whole where the exit code is 0, 1 or 3."""
    mistakes = _list({"$ref": "#/$defs/mistake"})
    whole = [
        {"properties": {"command": {"const": name}, "result": {"$ref": f"#/$defs/{name}"}}}
        for name in RESULTS
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"What a command of twin answers with --format json, format {FORMAT}",
        "description": "Keys may come to it without a new format; none goes or means something else.",
        **_object(
            format={"const": FORMAT},
            command=_one_of(*RESULTS),
            version=_TEXT,
            exit=_one_of(*OUTCOMES),
            outcome=_one_of(*OUTCOMES.values()),
            error=_TEXT,
            mistakes=mistakes,
            warnings=mistakes,
            result={"type": "object"},
        ),
        "if": {"properties": {"exit": _one_of(0, 1, 3)}},
        "then": {"oneOf": whole},
        "$defs": {"mistake": _MISTAKE, "verdict": _VERDICT, "judged": _JUDGED, **RESULTS},
    }
