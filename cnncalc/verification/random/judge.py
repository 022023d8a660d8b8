"""One network: what cnncalc says of it beside what torch does."""

from __future__ import annotations

from typing import Literal, TypeAlias

from cnncalc.errors import CnncalcError, LayerError
from cnncalc.layers import Layer
from cnncalc.layers.storage import DType
from cnncalc.network import Network
from cnncalc.record import record
from cnncalc.verification.acceptance import refusal
from cnncalc.verification.model import Compared, Verification
from cnncalc.verification.random.model import ERROR, REFUSAL
from cnncalc.verification.random.text import Spec, read
from cnncalc.verification.run import verified

__all__ = ["Finding", "How", "Outcome", "judged"]

State: TypeAlias = Literal["valid", "refused", "unasked", "failed"]


@record
class How:
    """Where and in what torch computes, what is verified, and what decides the weights."""

    device: str
    dtype: DType
    only: tuple[str, ...]
    seed: int


@record
class Finding:
    """What is wrong: in a quantity or another area, and at a kind of layer; of errors what they are called."""

    area: str
    kind: str
    differences: tuple[Compared, ...]


@record
class Outcome:
    """What became of a network. `why`: torch's reason, or the one for which it could not be asked."""

    state: State
    network: Network | None = None
    verification: Verification | None = None
    refused: Layer | None = None
    why: str = ""
    findings: tuple[Finding, ...] = ()


def judged(spec: Spec, how: How) -> Outcome:
    """Read the network, and have torch make it or refuse it."""
    try:
        network = read(spec)
    except CnncalcError as error:
        return _refused(error)
    except Exception as error:  # noqa: BLE001 - a bug is what is looked for
        return _error("a network", error)
    try:
        found = verified(network, device=how.device, dtype=how.dtype, seed=how.seed, only=how.only)
    except CnncalcError as error:
        if error.diagnostics[0].code in _NO_FAULT:
            return Outcome("unasked", network, why=error.diagnostics[0].message)
        return _error("a verification", error)
    except Exception as error:  # noqa: BLE001 - a bug is what is looked for
        return _error("a verification", error)
    findings = tuple(_findings(network, found))
    return Outcome("failed" if findings else "valid", network, found, findings=findings)


#: no numbers that names could stand for
_NO_FAULT = ("CNN141",)


def _refused(error: CnncalcError) -> Outcome:
    """Of a network that cnncalc refuses: whether torch refuses the same layer."""
    said = error.diagnostics[0].message
    if error.refused is None:
        return _error("a network", error)
    layer = error.refused[0]
    try:
        theirs = refusal(*error.refused)
    except TypeError:
        return Outcome("unasked", refused=layer, why="sizes have names, which torch does not know")
    except LayerError:
        return Outcome("unasked", refused=layer, why=f"torch has no module for {layer.kind} there")
    if theirs is not None:
        return Outcome("refused", refused=layer, why=theirs)
    difference = Compared("", "run", f"refused: {said}", "accepted")
    return Outcome("failed", refused=layer, findings=(Finding(REFUSAL, layer.kind, (difference,)),))


def _error(wanted: str, error: Exception) -> Outcome:
    name = type(error).__name__
    told = Compared("", "run", wanted, f"{name}: {' '.join(str(error).split())}")
    return Outcome("failed", findings=(Finding(ERROR, name, (told,)),))


def _findings(network: Network, found: Verification) -> list[Finding]:
    """What differs, and what was not checked for a reason that may hide an error, quantity by quantity."""
    kinds = {node.name: node.layer.kind for node in network.nodes}
    findings = []
    for check in found.checks:
        wrong = list(check.mismatches)
        wrong += [
            Compared(u.node, u.what, "to be checked", f"not checked: {u.reason}")
            for u in check.not_checked
            if not u.inherent
        ]
        if wrong:
            at = next((kinds[v.node] for v in wrong if v.node in kinds), "")
            findings.append(Finding(check.quantity, at, tuple(wrong)))
    return findings
