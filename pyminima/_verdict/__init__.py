"""The verdict: what kind of point was found, and how much is known about the rest of the domain.

`classification` is what users get to see, `classify` the decision table, and the modules below
measure what the table asks for.
"""
