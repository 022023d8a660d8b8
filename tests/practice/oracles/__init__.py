"""What the right answers are, found without cnncalc's formulas: by torch, by counting, or by trying everything.

An oracle module has the name of its topic (- as _) and holds

- `expected(problem)`: the answer, from `problem.draft.values` alone;
- `WRONG`: for every slip that the topic's options name, a function of the problem to the wrong answer;
- `lines(problem)`: for find-the-error, what each line should come to, or that form's `expected` by other means;
- `STATED`: for every form (or "*"), patterns that question and conventions must hold, so that it has one answer;
- `nice(problem)`: asserts that the numbers are as exams have them.
"""
