"""Exam problems from the calculator's formulas: questions, worked solutions, and wrong answers that are named slips."""
