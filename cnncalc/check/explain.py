"""What a code means: as text, Markdown or plain data."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill, indent
from typing import Any

from cnncalc.check.codes import ERRORS
from cnncalc.check.lint import RULES, Rule, advise, config_of
from cnncalc.check.lint.config import rules_named, unknown
from cnncalc.errors import SpecError, render_diagnostic
from cnncalc.record import record
from cnncalc.spec.source import shown

__all__ = ["Entry", "as_markdown", "as_plain", "as_text", "named"]

_WIDTH = 80


@record
class Entry:
    """A code and its meaning in one line; with a rule, if it is one of advice."""

    code: str
    summary: str
    rule: Rule | None = None


def named(code: str | None = None) -> tuple[Entry, ...]:
    """What a code, the beginning of one, or a name stands for; everything for None.

    Raises SpecError for what stands for nothing.
    """
    entries = [Entry(c, summary) for c, summary in ERRORS.items()]
    entries += [Entry(rule.code, rule.summary, rule) for rule in RULES]
    entries.sort(key=lambda entry: entry.code)
    if code is None:
        return tuple(entries)
    rules = rules_named(code)
    errors = [c for c in ERRORS if code.upper().startswith("CNN") and c.startswith(code.upper())]
    if not rules and not errors:
        raise SpecError(f"no code or rule is called {shown(code)}", unknown(code)[1], code="CNN105")
    return tuple([e for e in entries if e.rule in rules or e.code in errors])


def as_text(entries: Sequence[Entry]) -> str:
    """One entry in full, or several in a list."""
    if len(entries) == 1:
        return _in_full(entries[0])
    width = max([len(entry.rule.name) + 2 for entry in entries if entry.rule], default=0)
    return "".join([f"{_line(entry, width)}\n" for entry in entries])


def _line(entry: Entry, width: int) -> str:
    name = entry.rule.name if entry.rule else ""
    off = " (off by default)" if entry.rule and not entry.rule.default else ""
    return f"{entry.code}  {name:{width}}{entry.summary}{off}"


def _in_full(entry: Entry) -> str:
    rule = entry.rule
    if rule is None:
        return f"{entry.code} (error)\n{entry.summary}\n"
    parts = [
        f"{rule.code} {rule.name}{'' if rule.default else ' (off by default)'}\n{rule.summary}",
        fill(rule.what, _WIDTH),
        fill(rule.why, _WIDTH),
        f"Instead of\n{_example(rule.wrong)}\nwrite\n{_example(rule.better)}",
        f"What is said of the first:\n{indent(_said(rule), '    ')}",
        *([f"This needs {_settings(rule)} in [tool.cnncalc] of pyproject.toml"] if rule.settings else []),
        fill(f"Source: {rule.source}", _WIDTH),
        fill(f"To ignore it on a line of a spec: # cnncalc: ignore[{rule.code}]", _WIDTH),
    ]
    return "\n\n".join(parts) + "\n"


def _example(text: str) -> str:
    return indent(text.rstrip("\n"), "    ")


def _settings(rule: Rule) -> str:
    import json

    return ", ".join([f"{key} = {json.dumps(value)}" for key, value in rule.settings])


def _said(rule: Rule) -> str:
    """What the rule says of its own example."""
    from cnncalc.loader import load, load_text

    text = rule.wrong
    network = load_text(text, "spec.cnn.yaml") if "\n" in text else load(text)
    config = config_of({"extend-select": [rule.code], **dict(rule.settings)})
    lines = dict(enumerate(text.splitlines(), start=1))
    found = [d for d in advise(network, config, text) if d.code == rule.code]
    return "\n".join([render_diagnostic(d, lines) for d in found])


def as_markdown(entries: Sequence[Entry]) -> str:
    """Every rule with a heading of its own; errors in a table."""
    rules = [_section(entry.rule) for entry in entries if entry.rule]
    errors = [f"| {entry.code} | {entry.summary} |\n" for entry in entries if not entry.rule]
    table = "| code | meaning |\n|---|---|\n" + "".join(errors) if errors else ""
    return "\n".join([*([table] if table else []), *rules])


def _section(rule: Rule) -> str:
    off = "" if rule.default else " Off by default."
    needs = f" Needs `{_settings(rule)}`." if rule.settings else ""
    return (
        f"## {rule.code} {rule.name}\n\n{rule.summary[0].upper()}{rule.summary[1:]}.{off}{needs}\n\n"
        f"### What it finds\n\n{rule.what}\n\n### Why\n\n{rule.why}\n\n"
        f"### Example\n\nInstead of\n\n{_fenced(rule.wrong)}\n\nwrite\n\n{_fenced(rule.better)}\n\n"
        f"### Source\n\n{rule.source}\n"
    )


def _fenced(text: str) -> str:
    language = "yaml" if "\n" in text else "text"
    return f"```{language}\n{text.rstrip()}\n```"


def as_plain(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """One dictionary for each entry: code, kind ("error" or "advice"), summary, and all there is to say of advice."""
    return [_plain(entry) for entry in entries]


def _plain(entry: Entry) -> dict[str, Any]:
    rule = entry.rule
    if rule is None:
        return {"code": entry.code, "kind": "error", "summary": entry.summary}
    return {
        "code": rule.code,
        "kind": "advice",
        "name": rule.name,
        "summary": rule.summary,
        "default": rule.default,
        "what": rule.what,
        "why": rule.why,
        "wrong": rule.wrong,
        "better": rule.better,
        "settings": dict(rule.settings),
        "source": rule.source,
    }
