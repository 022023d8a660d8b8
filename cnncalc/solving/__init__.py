"""Which numbers make a network what it should be: every one of them, exactly.

``signs``: polynomials in one integer. ``integers``: sets of integers. ``univariate``: conditions on one integer; ``extremes``:
the best of its values. ``axes``, ``conditions``, ``model``: a question, as people ask it. ``candidates``, ``constraints``: networks with
numbers, and what they say in symbols. ``one``, ``several`` (and ``isolation``), ``run``: the answer. ``reasons``, ``text``, ``json``: in words.
"""
