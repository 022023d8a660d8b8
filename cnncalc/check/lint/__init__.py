"""Advice on networks that are right, but could be better (CNN3xx): rules, their selection, and comments that ignore them."""

from cnncalc.check.lint.advise import Advisor, advise
from cnncalc.check.lint.config import LintConfig, config_of
from cnncalc.check.lint.model import Rule
from cnncalc.check.lint.rules import RULES

__all__ = ["RULES", "Advisor", "LintConfig", "Rule", "advise", "config_of"]
