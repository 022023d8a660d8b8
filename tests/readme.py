"""What of the README is made: the output under every command, the example file, and the table of kinds.

`python -m tests.readme` writes it anew; a test holds the README to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.layers import KINDS
from cnncalc.loader import zoo_entries
from cnncalc.report.zoo import as_markdown
from cnncalc.spec.fields import fields_of
from tests.console import ROOT, run_line

README = ROOT / "README.md"
_CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
_YAML = re.compile(r"```yaml\n.*?```", re.DOTALL)
_ZOO = re.compile(r"(<!-- zoo -->\n).*?(<!-- /zoo -->)", re.DOTALL)
_KINDS = re.compile(r"(<!-- kinds -->\n).*?(<!-- /kinds -->)", re.DOTALL)


def commands(text: str) -> Iterator[str]:
    """Every command of the README, in order."""
    for block in _CONSOLE.finditer(text):
        yield from (line[2:] for line in block[1].splitlines() if line.startswith("$ "))


def promises(text: str) -> list[str]:
    """The two commands that install: they are run by .ci/run, for nothing else can run them."""
    return list(commands(text))[:2]


def rendered(text: str) -> str:
    """The README with everything made anew."""
    promised = promises(text)

    def block(match: re.Match[str]) -> str:
        lines = [line for line in match[1].splitlines() if line.startswith("$ ")]
        if lines[0][2:] in promised:
            return match[0]
        return f"```console\n{''.join(map(_with_output, lines))}```"

    text = _CONSOLE.sub(block, text)
    example = (ROOT / "examples/tiny.cnn.yaml").read_text(encoding="utf-8")
    text = _YAML.sub(lambda _: f"```yaml\n{example}```", text, count=1)
    text = _ZOO.sub(lambda m: f"{m[1]}{zoo_table()}{m[2]}", text)
    return _KINDS.sub(lambda m: f"{m[1]}{kinds_table()}{m[2]}", text)


def _with_output(line: str) -> str:
    ran = run_line(line[2:])
    return f"{line}\n{ran.out}{ran.err}"


def zoo_table() -> str:
    """Every built-in network with its numbers and its source."""
    return as_markdown(zoo_entries())


def kinds_table() -> str:
    """One row for each kind, with an example word and the first sentence of its documentation."""
    rows = ["| word | is |", "| --- | --- |"]
    for name, cls in KINDS.items():
        if name in cls.aliases:
            continue
        also = "".join(f", `{alias}`" for alias in cls.aliases)
        first = " ".join((cls.__doc__ or "").split("\n\n", 1)[0].split()).replace("|", "\\|")
        rows.append(f"| `{_word(name)}`{also} | {first} |")
    return "\n".join(rows) + "\n"


def _word(name: str) -> str:
    """The kind with the numbers that it needs: `conv3-64`."""
    form, specs = KINDS[name].word, fields_of(name)
    size = "3" if form.size and specs[form.size].required else ""
    out = "-64" if form.out and specs[form.out].required else ""
    return f"{name}{size}{out}"


if __name__ == "__main__":
    README.write_text(rendered(README.read_text(encoding="utf-8")), encoding="utf-8")
