"""The verdict: what kind of point was found, and how much is known about the rest of the domain.

- `classification`: what users get to see.
- `classify`: `classify_point` and the decision table `decide`, one row per line.
- `case`: everything learnt about the point so far, and the report made of it.
- `measure`, `stationarity`: the steps that fill it in, in the order of the table.
- The rows, conditions and verdicts: `plateau`, `kinks`, `slopes`, `curvature`, `degenerate`,
  `cone` (weakly active bounds), `large` (many variables, a table of its own), `diagonal` (many
  variables and no gradient).
- What rows and steps stand on, from the bottom: `landscape` (evaluations around x), `noise`,
  `lines` (derivatives along one), `axes` (a step for each variable), `derivatives` (gradient and
  Hessian with their errors), `spectrum` (signs of eigenvalues), `rays` (walking without
  curvature), `copositive`, `products` (the Hessian times vectors), `lanczos` (the ends of a
  spectrum).

- About more than one point: `minima` (are two of them one?), `basins` (what independent starts
  say), `convexity` (what contradicts it).

All of them know `classification`; other imports point from the top of this list to its bottom.

May import: `_core`, `_arguments`.
"""
