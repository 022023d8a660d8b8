r"""TOML 1.0 text → a located tree.

::

    document  = { [ header | pair ] [ comment ] newline }
    header    = "[" key "]" | "[[" key "]]"
    pair      = key "=" value
    key       = part { "." part }
    part      = [A-Za-z0-9_-]+ | string on one line
    value     = string | integer | float | "true" | "false" | array | table
    array     = "[" [ value { "," value } [ "," ] ] "]"       lines and comments may stand between
    table     = "{" [ pair { "," pair } ] "}"                 on one line
    string    = '"' … '"' | "'" … "'" | '\""" … \"""' | "\''' … \'''"

The standard library's parser keeps no places, recurses as deep as the text does, and takes time quadratic in the parts of a
key. It is what the tests compare this one with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from cnncalc.spec.located import Entry, Located, Scalar
from cnncalc.spec.source import MOST_NESTING, MOST_VALUES, Source, shown
from cnncalc.spec.toml_tables import Key, Part, Table

if TYPE_CHECKING:
    from cnncalc.errors import SpecError
