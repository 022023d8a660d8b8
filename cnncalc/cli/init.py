"""`cnncalc init`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["init"]

_SUFFIX = ".cnn.yaml"
_SCHEMA = "cnncalc.schema.json"
_STARTER = """\
# yaml-language-server: $schema={schema}
# A network as a spec: `cnncalc check` proves what it expects, `cnncalc summary {file}` shows it layer by layer.
cnncalc: 1                        # the version of this format
name: {name}
input: 3x32x32                    # channels x height x width, without the batch
vars: {{width: 16, classes: 10}}    # for expressions in braces; change one with --set width=32
blocks:
  unit:                           # a sequence with arguments, used below like a layer
    args: {{out: , stride: 1}}
    layers:
      - res:                      # residual: the main branch plus the shortcut
          main: ["conv3-{{out}}/{{stride}},p1,nobias", bn, relu, "conv3-{{out}},p1,nobias", bn]
          shortcut:               # a projection, only where the shape changes
            - {{project: ["conv1-{{out}}/{{stride}},nobias", bn], when: stride != 1 or C != out}}
      - relu
layers:                           # one word is one layer: conv3-16/2,p1 is 16 filters of 3x3, stride 2, padding 1
  - stem: ["conv3-{{width}},p1,nobias", bn, relu]
  - {{unit: {{out: "{{width}}"}}, repeat: 2, name: stage1}}
  - {{unit: {{out: "{{2*width}}", stride: 2}}, name: stage2}}
  - gap
  - flatten
  - fc-{{classes}}
expect:                           # an integer is exact; 24.7k is any number that rounds to it
  output: 10
  params: 24666
  macs: "<= 15M"
  memory: {{peak: "<= 256Ki", batch: 1}}
  fold: all                       # every batch normalisation can be folded
  layers:
    stage2: {{output: 32x16x16}}
"""


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = Path(f"net{_SUFFIX}"),
    schema: Annotated[
        bool, typer.Option("--schema/--no-schema", help="Also write the schema that editors complete by.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Write a spec to start from, with comments, and the JSON Schema by which editors complete and check it.

    \b
    Examples:
      cnncalc init
      cnncalc init nets/small.cnn.yaml
    """
    import json

    from cnncalc.cli.output import emit, explained
    from cnncalc.errors import SpecError
    from cnncalc.spec.schema import json_schema

    if not file.name.endswith(_SUFFIX):
        raise SpecError(
            f"{file} is no name of a spec", f"let it end in {_SUFFIX}: {file.stem}{_SUFFIX}", code="CNN104"
        )
    beside = file.parent / _SCHEMA
    if file.exists() and not force:
        raise SpecError(f"{file} is there already", "give another name, or --force", code="CNN104")
    with explained(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    name = file.name.removesuffix(_SUFFIX)
    emit(_STARTER.format(schema=_SCHEMA, file=file, name=json.dumps(name)), file)
    if schema and (force or not beside.exists()):
        emit(json.dumps(json_schema(), indent=2) + "\n", beside)
    emit(f"wrote {file}\n", None)
