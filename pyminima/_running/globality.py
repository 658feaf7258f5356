"""From the verdict on a point to what is known of the rest of the box."""

from __future__ import annotations

from dataclasses import replace

from pyminima._judging.basins import Basins
from pyminima._judging.classification import Classification, Globality, Kind
from pyminima._judging.convexity import CHORDS
from pyminima._judging.minima import counts
from pyminima._judging.slopes import EVERY_VARIABLE_FIXED

# From this probability on a minimum is called global, and from that one on probable.
GLOBAL = 0.95
PROBABLE = 0.5


def placed(
    verdict: Classification,
    *,
    basins: Basins | None,
    fixed: bool,
    searched: bool,
    convex: bool,
    objection: str | None,
    tested: bool,
    is_above: bool,
) -> Classification:
    """The verdict with what is known of the rest of the box.

    `basins` is what independent starts have seen, `fixed` whether no variable can move, `searched`
    whether a global method has searched the box, `convex` whether the user has declared f to be,
    `objection` what contradicts that, `tested` whether it was tested, and `is_above` whether the
    point judged is higher than the one returned.
    """
    if objection is not None:
        reason = f"{verdict.reason}; f is not convex as was declared: {objection}"
        verdict = replace(verdict, reason=reason)
    if not counts(verdict):
        said = verdict.reason if basins is None else f"{verdict.reason}; {basins}"
        return replace(verdict, basins=basins, reason=said)
    if fixed:
        reason = f"global minimum: {EVERY_VARIABLE_FIXED}"
        return replace(verdict, kind=Kind.GLOBAL, globality=Globality.PROVEN, reason=reason)
    if convex and objection is None and not tested:
        reason = f"{verdict.reason}; that f is convex, as declared, could not be tested"
        verdict = replace(verdict, reason=reason)
    elif convex and objection is None and not is_above:
        return replace(
            verdict,
            kind=Kind.GLOBAL,
            globality=Globality.CONVEX,
            basins=basins,
            reason=f"global minimum if f is convex as declared, which {CHORDS} did not "
            f"contradict; {verdict.reason}",
        )
    if basins is None:
        return replace(verdict, globality=Globality.BEST_OF_FOUND) if searched else verdict
    p = basins.probability_best
    is_global = p >= GLOBAL and verdict.is_minimum and not is_above
    headline = "global minimum on the evidence of independent starts; " if is_global else ""
    return replace(
        verdict,
        kind=Kind.GLOBAL if is_global else verdict.kind,
        globality=Globality.PROBABLE if p >= PROBABLE else Globality.BEST_OF_FOUND,
        probability=p,
        basins=basins,
        reason=f"{headline}{verdict.reason}; {basins}",
    )
