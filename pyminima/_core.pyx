# cython: language_level=3, binding=True, freethreading_compatible=True
# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""The one place where Python meets the C core: solvers, the evaluator, and its two loops.

Thin enough to read aloud: borrow, copy, call, check.  Exceptions cross no C frame.

This is the table of contents.  The parts are compiled as one module, so that what they share is
private and a call from one to another costs nothing; each uses only parts above it.
"""

cimport cython
cimport numpy as cnp

cnp.import_array()

# Arrays of doubles, for the core to read and to fill.
include "_binding/arrays.pxi"
# The lists of the core: stops, signatures, methods and their options, schedules.
include "_binding/registry.pxi"
# CoreSolver: a running method.
include "_binding/solver.pxi"
# What the user's functions returned, as doubles.
include "_binding/returned.pxi"
# Record: counts, limits and the best point.
include "_binding/record.pxi"
# Objective(Record): the user's functions, called at one point.
include "_binding/objective.pxi"
# A vectorised objective: many points by one call.
include "_binding/rows.pxi"
# Evaluator(Objective): points of others, a solver's run, the user's own loop.
include "_binding/evaluator.pxi"
# SampledEvaluator(Evaluator): mini-batches.
include "_binding/samples.pxi"
# The check of a gradient, at points near the start.
include "_binding/gradient_check.pxi"
