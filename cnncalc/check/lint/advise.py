"""Advice on networks: what the rules find, but for what comments ignore, one diagnostic for each place."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.check.lint.comments import Ignore, Misspelt, Selector, comments
from cnncalc.check.lint.config import LintConfig, rules_named, unknown
from cnncalc.check.lint.model import Finding, Rule
from cnncalc.check.lint.rules import RULES, unused_ignore
from cnncalc.check.lint.view import View
from cnncalc.check.lint.words import counted
from cnncalc.collector import without_collector
from cnncalc.errors import Diagnostic, Span
from cnncalc.network import Network, Node
from cnncalc.record import record, replace

__all__ = ["Advisor", "advise"]

_UNUSED = unused_ignore.RULE.code
#: so many names of further layers are told
_MOST_NAMES = 3


def advise(network: Network, config: LintConfig, text: str | None = None) -> tuple[Diagnostic, ...]:
    """Advice on one network, by place. `text` is the spec file that the network is made of, for the comments in it."""
    advisor = Advisor(config, text)
    advisor.look_at(network)
    return advisor.advice()


@record
class _Place:
    """Where advice is given, and by which rule. Without a span, every layer is a place of its own."""

    span: Span | None
    code: str
    node: int | None


class Advisor:
    """Advice on all networks that one file describes: a comment is unused if it is unused in all of them."""

    def __init__(self, config: LintConfig, text: str | None = None) -> None:
        self._config = config
        found = comments(text) if text is not None else ()
        self._ignores = [c for c in found if isinstance(c, Ignore)]
        self._misspelt = [c for c in found if isinstance(c, Misspelt)]
        #: which comments, and which of their selectors, have ignored something
        self._used: set[Ignore | Selector] = set()
        self._told: dict[_Place, Diagnostic] = {}
        self._file: str | None = None

    @without_collector
    def look_at(self, network: Network) -> None:
        """Take one more network. What is found at a place where another network has been told of is not told again."""
        view = View(network, self._config)
        places = [node.span for node in network.nodes[:1]]
        self._file = places[0].file if places and places[0] else self._file
        here: dict[_Place, list[tuple[Finding, Node]]] = {}
        for rule in RULES:
            if rule.code not in self._config.codes:
                continue
            for finding in rule.find(view):
                node = network.nodes[finding.node]
                span = node.origin.span(finding.field) if node.origin else None
                if not self._is_ignored(rule, span):
                    place = _Place(span, rule.code, None if span else node.index)
                    here.setdefault(place, []).append((finding, node))
        for place, found in here.items():
            self._told.setdefault(place, _summed_up(place, found))

    def advice(self) -> tuple[Diagnostic, ...]:
        """Everything that was found, and the comments that have ignored nothing, by place."""
        found = list(self._told.values())
        if _UNUSED in self._config.codes:
            found += self._unused()
        return tuple(sorted(found, key=_order))

    def _is_ignored(self, rule: Rule, span: Span | None) -> bool:
        ignored = False
        for ignore in self._ignores:
            if span is None or not ignore.first <= span.line <= ignore.last:
                continue
            named = [s for s in ignore.selectors if rule in rules_named(s.text)]
            if named or not ignore.selectors:
                self._used.update((ignore, *named))
                ignored = True
        return ignored

    def _unused(self) -> list[Diagnostic]:
        """Comments that mean nothing, or have ignored nothing."""
        problems = [(m.span, m.fact, m.cure) for m in self._misspelt]
        for ignore in self._ignores:
            if not ignore.selectors and ignore not in self._used:
                problems.append((ignore.span, "there is nothing to ignore here", "remove the comment"))
            problems += [
                p for s in ignore.selectors if s not in self._used and (p := self._idle(s)) is not None
            ]
        found = [
            Diagnostic(_UNUSED, fact, cure, replace(span, file=self._file), "warning")
            for span, fact, cure in problems
        ]
        return [d for d in found if not self._may_stay(d.span)]

    def _may_stay(self, span: Span | None) -> bool:
        """Whether a comment is covered by one that names this very advice: one that ignores everything covers itself."""
        names = (_UNUSED, unused_ignore.RULE.name)
        return span is not None and any(
            ignore.first <= span.line <= ignore.last and any(s.text in names for s in ignore.selectors)
            for ignore in self._ignores
        )

    def _idle(self, selector: Selector) -> tuple[Span, str, str] | None:
        """What is wrong with a selector that has ignored nothing; None if its advice was not asked for."""
        rules = rules_named(selector.text)
        if not rules:
            return (selector.span, *unknown(selector.text))
        if all(rule.code not in self._config.codes or rule.code == _UNUSED for rule in rules):
            return None
        return selector.span, f"there is no {selector.text} to ignore here", "remove it"


def _summed_up(place: _Place, found: Sequence[tuple[Finding, Node]]) -> Diagnostic:
    """What is found at one place, as found of the first layer, with the names of the others."""
    (first, node), *rest = found
    message = f"layer '{node.name}' ({node.layer.kind}): {first.fact}"
    if rest:
        names = ", ".join([other.name for _, other in rest[:_MOST_NAMES]])
        alike = all((f.fact, f.cure) == (first.fact, first.cure) for f, _ in rest)
        message += (
            f" (and {counted(len(rest), 'more layer')}{'' if alike else ', with other values'}: "
            f"{names}{', …' if len(rest) > _MOST_NAMES else ''})"
        )
    return Diagnostic(place.code, message, first.cure, place.span, "warning")


def _order(diagnostic: Diagnostic) -> tuple[int, int, str]:
    span = diagnostic.span
    return (span.line, span.column, diagnostic.code) if span else (0, 0, diagnostic.code)
