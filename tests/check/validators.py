"""What the programs that read our files demand of them: their published schemas. Sources: schemas/README.txt."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import xmlschema

__all__ = ["ACTION", "GITLAB_SEVERITIES", "JUNIT", "SARIF", "unescaped"]

_SCHEMAS = Path(__file__).parent / "schemas"


def _json_schema(name: str) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads((_SCHEMAS / name).read_text(encoding="utf-8")))


SARIF = _json_schema("sarif-2.1.0.json")
#: the one by which Jenkins' xUnit plugin reads JUnit's reports
JUNIT = xmlschema.XMLSchema(_SCHEMAS / "junit-10.xsd")
#: an action.yml
ACTION = _json_schema("github-action.json")
#: https://docs.gitlab.com/ci/testing/code_quality/
GITLAB_SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def unescaped(text: str) -> str:
    """What GitHub's runner makes of the text of a workflow command."""
    for escape, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(escape, character)
    return text
