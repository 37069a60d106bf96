"""Verdicts as JUnit XML, which CI servers read."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from twin.checks.evaluate import Verdict
from twin.checks.formats import Judgement, facts, sentence
from twin.visible import visible

_SKIPPED = ("known", "warning", "info")
"""Outcomes that decide nothing: servers show them as skipped, with the message."""


def junit(judged: Judgement) -> str:
    """Return JUnit XML: a suite per cell, a test case per check, with value, bound, place and properties.

    The form is what the common CI servers read (Jenkins, GitLab, GitHub's actions): names, counts, and a
    ``failure``, ``error`` or ``skipped`` with a message. A suite's time is that of its runs, a test case's
    that of judging it.
    """
    root = Element("testsuites")
    for cell in dict.fromkeys(v.cell for v in judged.verdicts):
        own = [verdict for verdict in judged.verdicts if verdict.cell == cell]
        seconds = judged.wall_s.get(cell, 0.0) + sum(verdict.seconds for verdict in own)
        counts = {
            "tests": len(own),
            "failures": sum(v.outcome == "fail" for v in own),
            "errors": sum(v.outcome == "error" for v in own),
            "skipped": sum(v.outcome in _SKIPPED for v in own),
        }
        named = {"name": _xml(f"{judged.title}: {cell}"), **{k: str(v) for k, v in counts.items()}}
        suite = SubElement(root, "testsuite", {**named, "time": f"{seconds:.3f}"})
        _properties(suite, judged.about)
        for verdict in own:
            _case(suite, judged, verdict)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _case(suite: Element, judged: Judgement, verdict: Verdict) -> None:
    place = {
        "classname": _xml(f"{judged.title}.{verdict.cell}"),
        "name": _xml(verdict.name),
        "time": f"{verdict.seconds:.6f}",
    }
    if verdict.file:
        place |= {"file": _xml(judged.path or verdict.file), "line": str(verdict.line)}
    case = SubElement(suite, "testcase", place)
    told = dict(facts(verdict))
    named = {"metric": verdict.metric, "severity": verdict.severity, "first_breach": verdict.first_breach}
    _properties(case, {name: value for name, value in named.items() if value})
    text = "\n".join(f"{name}: {value}" for name, value in told.items())
    if verdict.outcome == "pass":
        SubElement(case, "system-out").text = _xml(text)
    elif verdict.outcome in _SKIPPED:
        reason = f"{verdict.outcome}: {sentence(verdict)}"
        SubElement(case, "skipped", {"message": _xml(reason)}).text = _xml(text)
    else:
        kind = "failure" if verdict.outcome == "fail" else "error"
        problem = SubElement(case, kind, {"message": _xml(sentence(verdict)), "type": kind})
        problem.text = _xml(text)


def _properties(parent: Element, values: Mapping[str, str]) -> None:
    if values:
        every = SubElement(parent, "properties")
        for name, value in values.items():
            SubElement(every, "property", {"name": _xml(name), "value": _xml(value)})


def _xml(text: str) -> str:
    """Return a text with what XML cannot hold written out."""
    return "\n".join(map(visible, text.split("\n")))
