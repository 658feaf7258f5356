"""Running: stages, budget and best point of one call, and the result that is made of them.

- `ledger` owns what a call may spend and has found; `domain` is where its variables may be;
  `evaluations` is what a verdict may ask for; `task` is all of these, and the plan, as runs need
  them.
- `run`: one descent from its check to its verdict; `integers` and `stochastic` (mini-batches, which
  `batches` describes) are runs of their own kinds; `multistart` is all runs of a call.
- `gradient_check`: does the gradient agree with the values? `value_error`: how exact are they?
- `population`: the first points of methods that begin with several.
- `globality`: from the verdict on a point to what is known of the rest of the box.
- `status`: why a run ended; `stages`: its parts; `history`: what it tells on its way; `result`:
  what a call returns, and `answer` makes that.

May import: `_core`, `_arguments`, `_methods`, `_judging`.
"""
