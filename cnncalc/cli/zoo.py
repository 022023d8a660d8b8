"""`cnncalc zoo`"""

from __future__ import annotations

from typing import Annotated

import typer

from cnncalc.cli.network import OutputOption

__all__ = ["zoo"]


def zoo(
    name: Annotated[
        str | None, typer.Argument(help="A network, or a family, whose spec is printed.", show_default=False)
    ] = None,
    output: OutputOption = None,
) -> None:
    """List the built-in networks, or print the spec file of one.

    \b
    Examples:
      cnncalc zoo
      cnncalc zoo resnet50
      cnncalc zoo vgg16 --output vgg.cnn.yaml
    """
    from cnncalc.cli.output import emit
    from cnncalc.loader import zoo_members, zoo_text

    if name is not None:
        emit(zoo_text(name), output)
        return
    members = [(member, document.source or "") for member, document in zoo_members()]
    width = max(len(member) for member, _ in members)
    emit("".join(f"{member:{width}}  {source}".rstrip() + "\n" for member, source in members), output)
