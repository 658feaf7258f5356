"""What a run returns: `Result`, and the epochs of one over mini-batches."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import OptimizeResult

from pyminima._arguments import as_positive
from pyminima._judging.classification import Classification, Point
from pyminima._judging.minima import Minimum
from pyminima._running.stages import Stage
from pyminima._running.status import Status


class Epoch(NamedTuple):
    """One pass over the samples.

    Attributes
    ----------
    fun : float
        The mean of the values that its mini-batches had, each when it was its turn.
    validation : float or None
        What `validation` returned at the end of it.
    samples : int
        How many it saw: all of them, but for an epoch that was cut short.
    nfev : int
        Evaluations of the run until then.
    """

    fun: float
    validation: float | None
    samples: int
    nfev: int

    @property
    def score(self) -> float:
        """What tells how good it was: the validation, if there is one."""
        return self.fun if self.validation is None else self.validation


class Result(OptimizeResult):  # type: ignore[misc]  # scipy ships no types
    """What was found, and what it is. The same fields for every method; None where meaningless.

    A `scipy.optimize.OptimizeResult`: fields are attributes and dictionary keys.

    Attributes
    ----------
    x : ndarray, shape (n,)
        The best point ever evaluated, inside the bounds. If no value was finite: the start.
    fun : float
        The objective there: exactly what the objective returned at `x`.
    jac : ndarray, shape (n,), or None
        The gradient at `x`: the user's own, or the measured one of the classification. Above 1000
        variables a first-order method overwrites it with the next point: without a polish and a
        classification it is None unless the run ended at `x`.
    hess : ndarray, shape (n, n), or None
        The Hessian at `x` as the classification knows it: the user's own, or measured. 0 in the
        rows and columns of variables that are held by a bound. None above 200 variables.
    success : bool
        Whether the run converged and the verdict does not contradict it.
    status : Status
        Why the run ended.
    message : str
        Verdict and reason in words.
    classification : Classification or None
        The verdict with its evidence; None with ``classify=False``.
    method : str
        The method that ran.
    nfev, njev, nhev, nit : int
        Evaluations of the objective (differences, polish and classification included), of
        the gradient, of the Hessian, and steps.
    n_escapes : int
        How often the run left a saddle, a maximum or a corner along a descent it had missed, or
        went on to a lower neighbour among integers.
    stages : tuple of Stage
        What was run in which order, with the cost of each part.
    minima : tuple of Minimum
        The minima found and verified, lowest first: one for a single run that ended in one, more
        with ``starts=``.
    history : ndarray, tuple of Epoch, or None
        With ``history=True`` the steps of all methods that ran, a structured array with one entry
        a step. Its columns, such as ``history["fun"]``, are

        - ``run``: 0, and one more for each further run, such as one from an independent start;
        - ``stage``: the name of the part of that run, as in `stages`: ``"search"``, which
          the parts of ``"auto"`` are together, ``"polish"``;
        - ``nit``, ``nfev``: steps and evaluations of the call until then;
        - ``fun``: the objective where the method stands, and ``best``: the lowest value so far;
        - what the methods tell of themselves, such as ``temperature`` (`Method.measures`), NaN
          where another one ran.

        It has at most 10,000 entries: of a longer course every second step, every fourth, and so
        on, and always the last one. With `batches` these are its epochs.
    elapsed : float
        Seconds.
    """

    def covariance(self, scale: float = 1.0) -> NDArray[np.float64]:
        """The inverse of the Hessian times `scale`: the covariance of fitted parameters.

        With f = -log(likelihood) the scale is 1; with f = sum of squared residuals / 2 it is the
        variance of one residual, and with the plain sum of squares twice that. Valid where f is
        close to its quadratic model out to a few standard deviations.

        Parameters
        ----------
        scale : float, default 1.0
            Positive.

        Returns
        -------
        ndarray, shape (n, n)
            In units of x. 0 in the rows and columns of variables at a bound, which count as
            fixed.

        Raises
        ------
        ValueError
            If `scale` is not positive, or the point is no strict local minimum with a Hessian
            known to be positive definite: anything else has no covariance. Or if that is beyond
            the largest number.

        Examples
        --------
        The mean of four measurements with a standard error of 0.5 each:

        >>> import numpy as np, pyminima
        >>> data = np.array([3.1, 2.4, 2.9, 3.6])
        >>> res = pyminima.minimize(lambda x: np.sum((data - x[0]) ** 2) / 2, [0.0])
        >>> print(res.covariance(scale=0.5**2).round(6))
        [[0.0625]]
        """
        scale = as_positive("scale", scale)
        verdict = self.classification
        if verdict is None or verdict.point is not Point.LOCAL_MINIMUM or self.hess is None:
            raise ValueError(
                "there is no covariance without a Hessian that is known to be positive definite: "
                f"{verdict if verdict is not None else 'nothing was classified'}"
            )
        free = np.flatnonzero(~verdict.active)
        covariance: NDArray[np.float64] = np.zeros(self.hess.shape)
        if len(free):
            block = np.ix_(free, free)
            with np.errstate(over="ignore"):
                covariance[block] = scale * _inverse(self.hess[block])
        if not np.isfinite(covariance).all():
            raise ValueError(
                "the covariance is beyond the largest number, for the smallest curvature is "
                f"{np.diag(self.hess)[free].min():.3g}: measure fun in a smaller unit"
            )
        return covariance

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data: numbers, strings, lists, dictionaries and None."""
        return {key: _plain(value) for key, value in self.items()}


def _inverse(H: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of a positive definite matrix whose variables may have very different units."""
    D = 1.0 / np.sqrt(np.diag(H))
    inverse = cho_solve(cho_factor(D[:, None] * H * D), np.diag(D))
    return np.asarray(D[:, None] * inverse)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.names is not None:
        return {name: value[name].tolist() for name in value.dtype.names}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Status):
        return value.name
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, Classification):
        return value.to_dict()
    if isinstance(value, Stage | Minimum | Epoch):
        return {key: _plain(item) for key, item in value._asdict().items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
