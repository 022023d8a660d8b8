"""Every family of the zoo with its variables left free, one after another: the results agree with torch at random values."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cnncalc.errors import CnncalcError
from cnncalc.loader import load, zoo_members
from cnncalc.verification import verify

#: what cannot be left open, by the code of its error: what decides which layers there are, and real numbers
_DECIDING = {
    "CNN110": "it names a kind of layer",
    "CNN115": "it is a text",
    "CNN123": "it is a real number or a flag of a layer",
    "CNN131": "it counts layers, or says whether there are any",
    "CNN203": "branches fit together for one value only",
}
#: what only the member's own value fits: a basic unit is no wider at its end, so that no small number stands for the name
_OWN_VALUE_ONLY = {("preresnet18", "up")}


def families() -> Iterator[tuple[str, str]]:
    """The first member of every family, with each of its variables."""
    seen = set()
    for name, document in zoo_members():
        if document.name not in seen:
            seen.add(document.name)
            yield from ((name, variable) for variable, _ in document.vars)


@pytest.mark.parametrize(("name", "variable"), tuple(families()))
def test_a_network_with_a_free_variable_is_what_torch_says(name: str, variable: str) -> None:
    try:
        network = load(name, settings={variable: "free"})
    except CnncalcError as error:
        assert error.diagnostics[0].code in _DECIDING
        return
    if (name, variable) in _OWN_VALUE_ONLY:
        with pytest.raises(CnncalcError, match="no numbers were found"):
            verify(network, only=["symbolic"])
        return
    found = verify(network, only=["symbolic"])
    assert found.ok, [v for c in found.checks for v in c.mismatches]
    if "free" in str(network.nodes):
        assert found.compared > 0
