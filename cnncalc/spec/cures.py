"""What somebody probably meant: cures for words that are nearly right."""

from __future__ import annotations

import re

from cnncalc.errors import nearest
from cnncalc.layers import KINDS
from cnncalc.spec.fields import EXPRESSION, fields_of
from cnncalc.spec.items import GROUPS

__all__ = ["cure_of_kind", "cure_of_no_kind", "looks_like_option", "meant_repetition", "meant_size"]

#: what other tools and people call our kinds
_USUAL = {
    "averagepool": "avgpool",
    "averagepooling": "avgpool",
    "batchnorm": "bn",
    "batchnormalization": "bn",
    "concat": "cat(…|…)",
    "concatenate": "cat(…|…)",
    "convtranspose": "tconv",
    "deconv": "tconv",
    "dense": "fc",
    "depthwise": "dwconv",
    "globalaveragepool": "gap",
    "globalavgpool": "gap",
    "globalmaxpool": "gmp",
    "groupnorm": "gn",
    "instancenorm": "in",
    "layernorm": "ln",
    "localconv": "lc",
    "locallyconnected": "lc",
    "localresponsenorm": "lrn",
    "lrelu": "leakyrelu",
    "maxpooling": "maxpool",
    "mha": "attention",
    "mhsa": "attention",
    "multiheadattention": "attention",
    "residual": "res(…)",
    "rmsnorm": "rms",
    "selfattention": "attention",
    "upsampling": "upsample",
}
_TIMES = re.compile(rf"([0-9]+|[A-Za-z_][A-Za-z0-9_]*|{EXPRESSION})\*([a-z].+)", re.DOTALL)


def meant_size(text: str) -> str | None:
    """The size of an input that is written with other signs than x: 3×32×32, 3X32X32, 3,32,32, 3*32*32."""
    found = re.fullmatch(r"[0-9]{1,15}(?:\s*[x×X,*]\s*[0-9]{1,15}){1,3}", text)
    size = "x".join(re.findall("[0-9]+", text)) if found else None
    return size if size != text else None


def meant_repetition(text: str) -> str | None:
    """The group that a number and a sign before a word stand for: 2*conv3-8 is 2*(conv3-8)."""
    found = _TIMES.fullmatch(text)
    return f"{found[1]}*({found[2]})" if found else None


def looks_like_option(text: str) -> bool:
    """Whether a word is what may follow a comma in convolutions: `p1`, `same`, `nobias`, `stride=2`."""
    specs = [*fields_of("conv").values(), *fields_of("tconv").values()]
    name, letters = text.partition("=")[0], text.rstrip("0123456789")
    return any(text in s.flags or letters == s.option or (s.name == name != text) for s in specs)


def cure_of_no_kind(text: str, *, is_size: bool) -> str:
    """What to do about a word that has no letters at its beginning; `is_size` says whether it is an input size."""
    size, repetition = meant_size(text), meant_repetition(text)
    if size:
        return f"did you mean {size}?"
    if repetition:
        return f"write '{repetition}'"
    if is_size:
        return "an input size stands at the very beginning only"
    if text == "-":
        return "a list may be indented wrongly: all its '-' stand in one column"
    if text[0] in ",-/":
        return "join it to the word before it, without a space"
    return "a word begins with a kind, like conv3-64 or relu"


def cure_of_kind(head: str, plain: str, blocks: tuple[str, ...]) -> str:
    """What to write in place of an unknown kind: `head`, of which `plain` is the letters."""
    sizes = head[len(plain) :]
    # conv2d, MaxPool2d
    base = re.sub(r"[123]d$", "", plain + sizes) if re.fullmatch(r"[123]d", sizes) else plain
    base = base.lower().replace("_", "")
    if base == "pool":
        return f"did you mean 'maxpool{sizes}' or 'avgpool{sizes}'?"
    meant = base if base in KINDS else _USUAL.get(base)
    meant = meant or nearest(head, (*KINDS, *blocks, *GROUPS)) or nearest(plain, (*KINDS, *blocks, *GROUPS))
    return f"did you mean '{meant}'?" if meant else "see all kinds: cnncalc schema --kinds"
