"""Every family of the zoo with a variable left free: the results agree with torch at random values.

By default it is the variable that most tensors depend on; VERIFY_ZOO=all takes every variable of every family, one after another.
"""

from __future__ import annotations

import os

import pytest

from cnncalc.errors import CnncalcError
from cnncalc.loader import load, zoo_members
from cnncalc.network import Network
from cnncalc.symbolic import names
from cnncalc.verification import verify

#: why a variable cannot be left open, by the code of the error
_DECIDING = {
    "CNN110": "it names a kind of layer",
    "CNN115": "it is a text",
    "CNN123": "it is a real number or a flag of a layer",
    "CNN131": "it counts layers, or says whether there are any",
    "CNN203": "branches fit together for one value only",
}
#: what only the member's own value fits: a basic unit is no wider at its end, so that no small number stands for the name
_OWN_VALUE_ONLY = {("preresnet18", "up")}


def families() -> dict[str, tuple[str, ...]]:
    """The variables of every family, by the name of its first member."""
    found: dict[str | None, tuple[str, tuple[str, ...]]] = {}
    for name, document in zoo_members():
        found.setdefault(document.name, (name, tuple(variable for variable, _ in document.vars)))
    return dict(found.values())


def opened(name: str, variable: str) -> Network | None:
    """The network with a name for the variable; None if its layers depend on the value."""
    try:
        return load(name, settings={variable: "free"})
    except CnncalcError as error:
        code = error.diagnostics[0].code
    assert code in _DECIDING
    return None


def tensors_with_names(network: Network) -> int:
    """How many tensors have a size that depends on a name."""
    weights = [w for n in network.nodes for w in n.layer.weights(*network.input_shapes(n))]
    return sum(any(map(names, w.shape)) for w in weights)


@pytest.mark.parametrize(("name", "variables"), families().items())
def test_a_network_with_a_free_variable_is_what_torch_says(name: str, variables: tuple[str, ...]) -> None:
    found = {v: opened(name, v) for v in variables}
    free = {v: n for v, n in found.items() if n is not None and (name, v) not in _OWN_VALUE_ONLY}
    chosen = sorted(free, key=lambda v: -tensors_with_names(free[v]))
    for variable in chosen if os.environ.get("VERIFY_ZOO") == "all" else chosen[:1]:
        verified = verify(free[variable], only=["symbolic"])
        assert verified.ok, (variable, [v for c in verified.checks for v in c.mismatches])
        assert verified.compared > 0 or not tensors_with_names(free[variable])


def test_families_have_variables_to_leave_free() -> None:
    assert sum(bool(variables) for variables in families().values()) > 25


@pytest.mark.parametrize(("name", "variable"), sorted(_OWN_VALUE_ONLY))
def test_no_other_value_fits(name: str, variable: str) -> None:
    network = opened(name, variable)
    assert network is not None
    with pytest.raises(CnncalcError, match="no numbers were found"):
        verify(network, only=["symbolic"])
