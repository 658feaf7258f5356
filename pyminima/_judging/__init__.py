"""The verdict: what kind of point was found, and how much is known about the rest of the domain.

Data flow: `landscape` evaluates f around x, the measuring steps put frozen evidence into a `case`,
the decision table asks it, and `report` makes a `classification` of the case and the verdict.

The modules, in the order of their imports: each imports only what stands below it.

- `classify`: `classify_point` and the decision table `decide`, one row per line.
- `report`: the evidence that supports a verdict, as users see it and as a run goes on from it.
- `large`: the decision table for many variables.
- Rows, functions that give a verdict: `diagonal` (many variables and no gradient), `degenerate`
  (vanishing curvatures), `weakly_active` (bounds whose multiplier vanishes), `curvature` (minima,
  saddles, maxima), `kinks`, `slopes`, `plateau` (nothing to judge by).
- Measuring steps, which alone assign to a case: `measure_large`, `measure_diagonal`, `measure`.
- What rows and steps stand on: `stationarity` (the Newton step and what it shows), `products` (the
  Hessian times vectors), `lanczos` (the ends of a spectrum), `rays` (walking without curvature),
  `copositive`.
- `case`: everything known about the point so far.
- Single measurements: `derivatives` (gradient and Hessian with their errors), `axes` (a step for
  each variable), `lines` (derivatives along one), `noise`, `spectrum` (signs of eigenvalues),
  `dense` (factorisations).
- About more than one point: `convexity` (what contradicts it), `minima` (are two of them one?).
- `landscape`: counted evaluations around x.
- `classification`: what users get to see. `basins`: what independent starts say.

May import: `_core`, `_arguments`.
"""
