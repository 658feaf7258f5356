"""Calling: what users call, and how their arguments become a run.

- `minimize` (with `classify`), `solver` (ask and tell), `scipy_method`.
- `problem`: the arguments that say what is minimised, parsed; `plan`: the method for it.
- `objective`, `autodiff`: the user's callables.

May import everything.
"""
