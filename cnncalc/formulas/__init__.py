"""Formulas by name: computed with their working, and solved for any of their names.

``table``: the formulas, each asked of the layer or pass that computes it. ``reading``: what a person gives one.
``answers``: what follows. ``board``: answers as rows, as explanations have them. ``printed``: as text, JSON and LaTeX.
"""
