"""A spec file in YAML, JSON or TOML as a `Document`."""

from __future__ import annotations

from pydantic import ValidationError

from cnncalc.errors import Span, SpecError, nearest
from cnncalc.layers import KINDS
from cnncalc.spec.fields import is_name
from cnncalc.spec.items import GROUPS, OPTIONS, Block, Document
from cnncalc.spec.reader import Format, Located, locate, plain, read
from cnncalc.spec.sequences import SequenceReader, check_variable, entries_of
from cnncalc.spec.source import shown
from cnncalc.spec.structure import BlockModel, SpecFile, reworded
from cnncalc.spec.words import kind_of

__all__ = ["document_of_text"]


def document_of_text(text: str, format: Format, file: str | None = None) -> Document:  # noqa: A002
    """A spec file.

    Raises SpecError with file, line and column.
    """
    root = read(text, format, file)
    data = plain(root)
    if not isinstance(data, dict):
        raise SpecError("a spec file is a mapping", "start with cnncalc: 1", code="CNN111", span=root.span)
    try:
        model = SpecFile.model_validate(data)
    except ValidationError as error:
        raise reworded(error, root, lambda path: BlockModel if path[0] == "blocks" else SpecFile) from None
    top = entries_of(root)
    names = frozenset(model.blocks)
    reader = SequenceReader(names)
    _check_names(root, model)
    blocks = tuple(
        (
            name,
            Block(
                tuple(block.args.items()),
                reader.sequence(_at(root, "blocks", name, "layers")),
                _key_span(root, "blocks", name),
            ),
        )
        for name, block in model.blocks.items()
    )
    return Document(
        input=str(model.input),
        layers=reader.sequence(top["layers"].node),
        name=model.name,
        source=model.source,
        vars=tuple(model.vars.items()),
        presets=tuple((name, tuple(given.items())) for name, given in model.presets.items()),
        blocks=blocks,
        expect=tuple(model.expect.items()),
        module=model.module,
        told={
            key: top[key].node
            for key in ("expect", "module")
            if getattr(model, key) is not None and key in top
        },
        spans={
            **{key: entry.node.span for key, entry in top.items()},
            **{f"vars.{name}": locate(root, ("vars", name)) for name in model.vars},
            **{
                f"presets.{preset}.{name}": locate(root, ("presets", preset, name))
                for preset, given in model.presets.items()
                for name in given
            },
        },
    )


def _at(node: Located, *path: str) -> Located:
    for key in path:
        node = entries_of(node)[key].node
    return node


def _key_span(node: Located, *path: str) -> Span:
    return locate(node, path, key=True)


def _check_names(root: Located, model: SpecFile) -> None:
    variables = [("vars", name) for name in model.vars]
    arguments = [("blocks", block, "args", name) for block, b in model.blocks.items() for name in b.args]
    for path in (*variables, *arguments):
        check_variable(path[-1], _key_span(root, *path))
    for name in model.blocks:
        if _means_something(name) or not is_name(name):
            reason = "already means something in a spec" if is_name(name) else "is not a name"
            raise SpecError(
                f"block {shown(name)}: the name {reason}",
                "choose another name",
                code="CNN112",
                span=_key_span(root, "blocks", name),
            )
    for preset, given in model.presets.items():
        for name in given:
            if name not in model.vars:
                close = nearest(name, tuple(model.vars))
                cure = f"did you mean '{close}'?" if close else "add it under vars"
                raise SpecError(
                    f"preset {shown(preset)}: no variable is called {shown(name)}",
                    cure,
                    code="CNN113",
                    span=_key_span(root, "presets", preset, name),
                )


def _means_something(name: str) -> bool:
    """Whether a word or a key in a list of layers means something without a block of this name."""
    kind = kind_of(name)
    is_word = kind is not None and (kind == name or KINDS[kind].word.size is not None)
    return is_word or name in (*GROUPS, *OPTIONS, "layer")
