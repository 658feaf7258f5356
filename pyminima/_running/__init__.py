"""Running: stages, budget and best point of one call, and the result that is made of them.

- `run`: one call from its check to its verdict; `integers`, `stochastic` (mini-batches) and
  `multistart` are runs of their own kinds.
- `gradient_check`: is the gradient that of the values?
- `population`: the first points of methods that begin with several.
- `history`: what the run tells on its way; `result`: what it returns.

May import: `_core`, `_arguments`, `_methods`, `_judging`.
"""
