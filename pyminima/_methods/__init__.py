"""Methods and their options, as the rows of the C core describe them.

May import: `_core`, `_arguments`, `schedules`.
"""
