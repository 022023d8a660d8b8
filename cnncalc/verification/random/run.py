"""Network after network, and what came of all."""

from __future__ import annotations

import dataclasses
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch

from cnncalc.layers import KINDS, Layer
from cnncalc.layers.storage import DType
from cnncalc.record import replace
from cnncalc.spec.fields import FieldSpec, fields_of
from cnncalc.spec.items import Document
from cnncalc.verification.environment import device_name
from cnncalc.verification.model import Verification
from cnncalc.verification.random.draw import drawn
from cnncalc.verification.random.judge import Finding, How, Outcome, judged
from cnncalc.verification.random.model import Failure, KindCount, RandomRun, Tally, Wrong
from cnncalc.verification.random.shrink import shrunk
from cnncalc.verification.random.text import calls, written
from cnncalc.verification.run import quantities_asked

__all__ = ["run"]

#: failures that are made small and told
_MOST_FAILURES = 3


def run(
    count: int,
    *,
    seed: int,
    device: str,
    dtype: DType,
    only: Sequence[str] | None = None,
    progress: Callable[[int, int, int], None] | None = None,
) -> RandomRun:
    """See `cnncalc.verification.verify_random`."""
    how = How(device, dtype, tuple(quantities_asked(only)), seed)
    began = time.perf_counter()
    tallies = _Tallies()
    failures: list[Failure] = []
    with _quiet():
        for number in range(count):
            if progress is not None:
                progress(number, count, tallies.failed)
            document = drawn(seed, number)
            outcome = judged(written(document), how)
            new = tallies.take(number, outcome)
            if new and len(failures) < _MOST_FAILURES:
                failures.append(_failure(number, document, new[0], how))
    if progress is not None:
        progress(count, count, tallies.failed)
    return RandomRun(
        count,
        seed,
        str(torch.__version__),
        device,
        device_name(device),
        dtype,
        () if only is None else how.only,
        time.perf_counter() - began,
        tallies.states["valid"],
        tallies.states["refused"],
        dict(tallies.unasked.most_common()),
        tallies.states["failed"],
        tuple(tallies.wrong.values()),
        tuple(failures),
        tuple(tallies.quantities.values()),
        tuple(tallies.kinds()),
        dict(tallies.not_checked.most_common()),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """One thread, which is enough for tensors as small as these, and no warnings of torch's about odd layers."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_num_threads(before)


def _failure(number: int, document: Document, finding: Finding, how: How) -> Failure:
    """The smallest network found on which the same is wrong, in the same area and at the same kind."""
    area = finding.area
    narrow = replace(how, only=(area,)) if area in how.only else how

    def same(candidate: Document) -> Finding | None:
        found = judged(written(candidate), narrow).findings
        return next((f for f in found if (f.area, f.kind) == (area, finding.kind)), None)

    small = shrunk(document, lambda candidate: same(candidate) is not None)
    spec = written(small)
    last = same(small) or finding
    return Failure(
        number,
        area,
        last.differences,
        spec.text,
        spec.is_words,
        sum(1 for _ in calls(small.layers)),
        sum(1 for _ in calls(document.layers)),
    )


class _Tallies:
    """What is counted."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        self.unasked: Counter[str] = Counter()
        self.not_checked: Counter[tuple[str, str]] = Counter()
        self.quantities: dict[str, Tally] = {}
        self.wrong: dict[tuple[str, str], Wrong] = {}
        self._valid: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._set: set[tuple[str, str]] = set()

    @property
    def failed(self) -> int:
        return self.states["failed"]

    def take(self, number: int, outcome: Outcome) -> list[Finding]:
        """Count a network; what is wrong with it that was wrong with none before."""
        self.states[outcome.state] += 1
        if outcome.state == "unasked":
            self.unasked[outcome.why] += 1
        if outcome.refused is not None:
            self._refused[outcome.refused.kind] += 1
        if outcome.network is not None:
            for node in outcome.network.nodes:
                self._take_layer(node.layer)
        if outcome.verification is not None:
            self._take_checks(outcome.verification)
        new = []
        for finding in outcome.findings:
            key = (finding.area, finding.kind)
            before = self.wrong.get(key)
            if before is None:
                new.append(finding)
            wrong = before or Wrong(*key, 0, number, finding.differences[0])
            self.wrong[key] = replace(wrong, networks=wrong.networks + 1)
        return new

    def _take_layer(self, layer: Layer) -> None:
        self._valid[layer.kind] += 1
        for field in dataclasses.fields(layer):  # type: ignore[arg-type]
            if getattr(layer, field.name) != field.default:
                self._set.add((layer.kind, field.name))

    def _take_checks(self, found: Verification) -> None:
        for check in found.checks:
            before = self.quantities.get(check.quantity) or Tally(check.quantity, 0, 0, 0, 0.0)
            self.quantities[check.quantity] = Tally(
                check.quantity,
                before.networks + 1,
                before.compared + check.compared,
                before.equal + check.equal,
                before.seconds + check.seconds,
            )
            for one in check.not_checked:
                self.not_checked[check.quantity, one.reason] += 1

    def kinds(self) -> Iterator[KindCount]:
        """Every kind there is, in the order of help."""
        for kind in dict.fromkeys(KINDS[name].kind for name in KINDS):
            settable = [name for name, spec in fields_of(kind).items() if not _is_fixed(spec)]
            never = tuple([name for name in settable if (kind, name) not in self._set])
            yield KindCount(kind, self._valid[kind], self._refused[kind], len(settable), never)


def _is_fixed(spec: FieldSpec) -> bool:
    """Whether a field can have no value but its default."""
    return spec.choices == (spec.default,)
