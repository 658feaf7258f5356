"""Calling: what users call, and how their arguments become a run.

- `minimize` (with `classify`), `solver` (ask and tell), `scipy_method`.
- `objective`, `autodiff`: the user's callables.

May import everything.
"""
