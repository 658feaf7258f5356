"""How often the check of the gradient at the start is right.

    python benchmarks/gradient_check.py [STRIDE]

Every problem of the bank is checked at its start, at its labelled points and at three points
drawn beside the start, with its true gradient and with wrong ones. A warning about a true gradient
is a false alarm; silence about a wrong one is a miss, where the mistake makes at least a hundredth
of the slope along the direction of the check, in the units of the variables. STRIDE leaves out all
problems but every so-many-th.
"""

import sys
import warnings
from collections import Counter
from itertools import islice

import numpy as np

from pyminima import problems
from pyminima._calling.objective import Objective
from pyminima._running.gradient_check import Check
from pyminima._running.units import Units

warnings.simplefilter("ignore")

VISIBLE = 0.01


def true(problem, x0):
    return problem.jac


def sign_of_one(problem, x0):
    """The component with the largest share of the slope has the wrong sign."""
    i = np.argmax(np.abs(problem.jac(x0)) * np.maximum(np.abs(x0), 1.0))
    flip = np.where(np.arange(problem.n) == i, -1.0, 1.0)
    return lambda x: flip * problem.jac(x)


def sign_of_another(problem, x0):
    flip = np.where(np.arange(problem.n) == problem.n // 2, -1.0, 1.0)
    return lambda x: flip * problem.jac(x)


def twice(problem, x0):
    return lambda x: 2.0 * problem.jac(x)


def without_one(problem, x0):
    keep = np.arange(problem.n) != problem.n // 2
    return lambda x: keep * problem.jac(x)


def in_another_order(problem, x0):
    return lambda x: problem.jac(x)[::-1].copy()


def of_another_function(problem, x0):
    return lambda x: problem.jac(x) + (x - x0 + 1.0) * np.linalg.norm(problem.jac(x0))


def always_zero(problem, x0):
    return lambda x: np.zeros(problem.n)


def never_computed_again(problem, x0):
    g = problem.jac(x0)
    return lambda x: g


WRONG = (
    sign_of_one,
    sign_of_another,
    twice,
    without_one,
    in_another_order,
    of_another_function,
    always_zero,
    never_computed_again,
)


def places(problem):
    """The start, the labelled points, and three points beside the start."""
    yield problem.x0
    for point in problem.points:
        yield point.x
    rng = np.random.default_rng(5)
    for _ in range(3):
        x = problem.x0 + rng.normal(size=problem.n) * np.maximum(np.abs(problem.x0), 1.0)
        yield np.clip(x, problem.lower, problem.upper)


def check_of(evaluator, problem, x0):
    unit = Units.of("auto", problem.n).within(x0, problem.lower, problem.upper)
    return Check(evaluator, x0, unit, problem.lower, problem.upper)


def checked(problem, x0, jac):
    """Whether there is a warning, and the evaluations it took."""
    evaluator = Objective(problem.fun, jac=jac).evaluator(problem.n)
    found = check_of(evaluator, problem, x0).contradiction()
    return found, evaluator.nfev


def mistake(problem, x0, jac):
    """The error of a gradient along the direction of the check, in parts of the slope's terms."""
    check = check_of(Objective(problem.fun).evaluator(problem.n), problem, x0)
    x = check.at(1e-3)[0]
    right, wrong = problem.jac(x) * (x - x0), jac(x) * (x - x0)
    return abs(np.sum(right - wrong)) / max(np.linalg.norm(right), np.linalg.norm(wrong), 1e-300)


def main():
    cases, alarms, costs = 0, [], Counter()
    visible, caught, missed = Counter(), Counter(), Counter()
    stride = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    for problem in islice(problems.bank(), 0, None, stride):
        clean = problem.noise == 0.0 and problem.precision < 1e-15
        for x0 in places(problem):
            if not (np.isfinite(problem.fun(x0)) and np.isfinite(problem.jac(x0)).all()):
                continue
            cases += 1
            found, cost = checked(problem, x0, problem.jac)
            costs[cost] += 1
            if found:
                alarms.append((problem.name, x0, found))
            for make in WRONG:
                jac = make(problem, x0)
                if mistake(problem, x0, jac) < VISIBLE:
                    continue
                key = make.__name__, "exact values" if clean else "noisy or rounded values"
                visible[key] += 1
                if checked(problem, x0, jac)[0]:
                    caught[key] += 1
                else:
                    missed[problem.name.partition(",")[2]] += 1
    print(f"{cases} places, {len(alarms)} false alarms")
    for name, x0, found in alarms[:20]:
        print(f"  {name} at {x0}: {found}")
    print("evaluations, x0 included:", dict(sorted(costs.items())))
    print(f"{'wrong gradient':24} {'values':24} {'caught':>7} {'of':>7}")
    for key in sorted(visible, key=lambda key: (key[1], key[0])):
        print(f"{key[0]:24} {key[1]:24} {caught[key]:7} {visible[key]:7}")
    print("missed, by disguise:", missed.most_common(12))


if __name__ == "__main__":
    main()
