"""Explanations: every quantity with what is given, the formula, the numbers put in, the arithmetic, the answer, a check."""

from cnncalc.report.explain.network import QUANTITIES, Document, explain

__all__ = ["QUANTITIES", "Document", "explain"]
