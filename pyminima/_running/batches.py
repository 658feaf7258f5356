"""Mini-batches: what the user says of the samples, and the method and rules that go with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyminima._arguments import Vector, as_count, as_flag, as_number
from pyminima._methods.methods import Method, method_named

# What is chosen where the user says nothing.
METHOD = "adam"
BATCH_SIZE = 64
EPOCHS = 10

# Stopping rules for one value after the other, which noise would fool.
SINGLE_STEP_RULES = ("gtol", "xtol")

# Arguments of `minimize` that mean nothing over mini-batches, and those that would move the answer
# away from where the validation was lowest.
NOT_WITH_BATCHES = ("vectorized", "starts", "tol", "integrality")
NOT_WITH_VALIDATION = ("target", "convex", "escape", "polish")


@dataclass(frozen=True)
class Batches:
    """The samples that an objective is a mean over, and how a search goes through them.

    With ``minimize(..., batches=Batches(...))`` the objective is told which samples are meant:
    ``fun(x, indices, *args, **kwargs)``, with an array of int64, shape (m,), that is read-only and
    its to keep; the same for `jac`, `hess` and `hessp`. A compiled function takes
    ``int m, int64_t *indices`` before its user data. One call is one evaluation, with however many
    samples.

    Parameters
    ----------
    n_samples : int
        How many samples there are.
    batch_size : int, optional
        Samples of a mini-batch, by default 64, or all if there are fewer; the last one of an epoch
        has what is left.
    epochs : int, optional
        Passes over all samples, by default 10, and without end if `max_evals`, `max_iter` or
        `max_time` is given.
    shuffle : bool, default True
        The samples come in another random order, from `rng`, in each epoch. The data stay where
        they are.
    validation : callable, optional
        ``validation(x) -> float``, looked at after each epoch: the point returned is the end of
        the epoch where it was lowest, and the option ``patience`` is about it.

    Examples
    --------
    The mean of 1,000 numbers, found from 50 of them at a time:

    >>> import numpy as np, pyminima
    >>> data = np.linspace(2.0, 4.0, 1000)
    >>> def loss(x, indices):
    ...     error = x[0] - data[indices]
    ...     return np.mean(error**2), [np.mean(2 * error)]
    >>> batches = pyminima.Batches(1000, batch_size=50, epochs=20)
    >>> options = {"learning_rate": 0.1}
    >>> res = pyminima.minimize(loss, [0.0], jac=True, batches=batches, options=options, rng=1)
    >>> print(res.status.name, abs(res.x[0] - 3.0) < 0.05)
    EPOCHS True
    """

    n_samples: int
    batch_size: int | None = field(default=None, kw_only=True)
    epochs: int | None = field(default=None, kw_only=True)
    shuffle: bool = field(default=True, kw_only=True)
    validation: Callable[[Vector], Any] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        validation = self.validation
        if validation is not None and not callable(validation):
            raise TypeError(
                f"validation={validation!r}, expected a callable validation(x) -> float"
            )
        count, size = as_count("n_samples", self.n_samples), as_count("batch_size", self.batch_size)
        if count is None:
            raise TypeError("n_samples=None, expected a whole number from 1")
        if size is not None and size > count:
            raise ValueError(f"batch_size={size}, expected at most n_samples={count}")
        epochs, shuffle = as_count("epochs", self.epochs), as_flag("shuffle", self.shuffle)
        for name, value in zip(
            ("n_samples", "batch_size", "epochs", "shuffle"),
            (count, size, epochs, shuffle),
            strict=True,
        ):
            object.__setattr__(self, name, value)

    @property
    def size(self) -> int:
        """Samples of a mini-batch."""
        return min(BATCH_SIZE, self.n_samples) if self.batch_size is None else self.batch_size

    @property
    def steps(self) -> int:
        """Mini-batches of one epoch."""
        return -(-self.n_samples // self.size)


@dataclass(frozen=True)
class Training:
    """Mini-batches, and when a search by them ends."""

    batches: Batches
    epochs: int | None  # None: until another limit
    patience: int | None  # epochs without an improvement that counts; None: no end to it
    ftol: float  # the part of the whole improvement so far that counts


def check_batches(batches: Any, **given: Any) -> None:
    """Refuse what is no `Batches`, and the arguments of `minimize` that may not go with them."""
    if not isinstance(batches, Batches):
        raise TypeError(f"batches={batches!r}, expected pyminima.Batches(n_samples, ...), or None")
    _refuse(given, NOT_WITH_BATCHES, "batches: it has no meaning over mini-batches")
    if batches.validation is not None:
        _refuse(given, NOT_WITH_VALIDATION, "validation, which alone chooses the point returned")


def _refuse(given: Mapping[str, Any], names: tuple[str, ...], why: str) -> None:
    for name in names:
        if given[name] is not None and given[name] is not False:
            raise ValueError(f"{name}={given[name]!r} with {why}")


def training_of(
    batches: Batches, options: Mapping[Any, Any], limited: bool
) -> tuple[Training, dict[Any, Any]]:
    """When the search ends, and the options that are left to the method.

    `limited` says whether other limits than the epochs were given.
    """
    left = dict(options)
    for name in SINGLE_STEP_RULES:
        if name in left:
            raise ValueError(
                f"options[{name!r}]={left[name]!r} with batches: single steps tell nothing about "
                "convergence. Use epochs, target, or options={'patience': ...}, which counts epochs"
            )
    patience = as_count("options['patience']", left.pop("patience", None))
    ftol = _as_share("options['ftol']", left.pop("ftol", 0.0))
    epochs = batches.epochs or (None if limited else EPOCHS)
    return Training(batches, epochs, patience, ftol), left


def _as_share(name: str, value: Any) -> float:
    number = as_number(name, value)
    if number is None or not 0.0 <= number <= 1.0:
        raise ValueError(f"{name}={value!r}, expected a number from 0 to 1")
    return number


def method_for_batches(
    name: Any, options: Mapping[Any, Any]
) -> tuple[Method, dict[str, float], tuple[str, ...]]:
    """The method with its settings, and a note where the choice was left to us.

    A method that compares values is refused: those of two mini-batches cannot be compared.
    """
    method = method_named(METHOD if name is None else name)
    settings = method.checked(options)
    follows, hint = method.samples, "; take one with a learning_rate"
    if method.samples_with is not None:
        option, choice = method.samples_with
        follows = method.choice(option, settings) == choice
        hint = f"; options={{{option!r}: {choice!r}}} compares none"
    if not follows:
        raise ValueError(
            f"method={name!r} with batches: it compares values, and those of two mini-batches "
            f"cannot be compared{hint}"
        )
    notes = () if name is not None else (f"The method {METHOD!r} was chosen for mini-batches",)
    return method, settings, notes
