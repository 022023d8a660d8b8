"""The benchmark: `python -m tests.benchmarks` prints one Markdown report.

It needs the extra `bench`. Times differ from machine to machine and from minute to minute, so every figure that is
judged is a ratio of medians over runs that alternate; nothing here is a test, and pytest collects none of it.
"""
