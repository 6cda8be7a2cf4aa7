"""What the figures behind verdicts are uncertain by, and draws from it (Monte Carlo).

The uncertainties are data, in ``uncertainties.toml``: a distribution with its reason and source.
Every array of draws starts with the value that verdicts use, so that one array holds both the
judgement (its first element) and how the judgement fares when inputs vary (the rest).
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import resources
from types import MappingProxyType
from zlib import crc32

import numpy as np
import numpy.typing as npt

from toolkit.claims.model import Sentence
from toolkit.errors import InputFileError

__all__ = ["Array", "Drawn", "Draws", "Uncertainty", "decimals", "standard_draws"]

Array = npt.NDArray[np.float64]

_DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "triangular": ("low", "mode", "high"),
    "uniform": ("low", "high"),
    "normal": ("mode", "spread"),
}


@dataclass(frozen=True)
class Uncertainty:
    """One stated uncertainty.

    Parameters
    ----------
    key, name_en, name_zh : str
    distribution : {'triangular', 'uniform', 'normal'}
    mode : float
        The value that verdicts use.
    reason_en, reason_zh, source : str
    low, high, spread : float
        Bounds, or standard deviation.
    relative : bool
        Whether it is a factor on a figure.
    unit : str
    """

    key: str
    name_en: str
    name_zh: str
    distribution: str
    mode: float
    reason_en: str
    reason_zh: str
    source: str
    low: float = float("nan")
    high: float = float("nan")
    spread: float = float("nan")
    relative: bool = False
    unit: str = ""

    def __post_init__(self) -> None:
        needed = _DISTRIBUTIONS.get(self.distribution)
        if needed is None or any(np.isnan(getattr(self, name)) for name in needed):
            raise InputFileError(
                f"uncertainty '{self.key}': distribution '{self.distribution}' is not well formed",
                remedy="give triangular (low, mode, high), uniform (low, high) or normal (spread)",
            )

    @property
    def name(self) -> Sentence:
        """Name in both languages."""
        return Sentence(self.name_en, self.name_zh)

    @property
    def spans(self) -> str:
        """The distribution in short.

        Examples
        --------
        >>> standard_draws().uncertainties["waiting_min"].spans
        'triangular 10, 15, 25 min'
        """
        given = [getattr(self, name) for name in _DISTRIBUTIONS[self.distribution]]
        return f"{self.distribution} {', '.join(f'{n:g}' for n in given)} {self.unit}".strip()

    def sample(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw values."""
        if self.distribution == "triangular":
            return generator.triangular(self.low, self.mode, self.high, shape)
        if self.distribution == "uniform":
            return generator.uniform(self.low, self.high, shape)
        return generator.normal(self.mode, self.spread, shape)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure under every draw, the figure as it is first, and what was drawn for it.

    Parameters
    ----------
    values : numpy.ndarray
        Length ``draws + 1``, or 1 for a figure that nothing makes uncertain.
    keys : tuple of str
        Uncertainties that went into it.
    """

    values: Array
    keys: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """The figure as it is."""
        return float(self.values[0])

    @classmethod
    def certain(cls, value: float) -> "Drawn":
        """A figure that nothing makes uncertain."""
        return cls(np.array([value], dtype=np.float64))


@dataclass(frozen=True, eq=False)
class Draws:
    """A number of draws from the stated uncertainties; the same name gives the same values.

    Parameters
    ----------
    number : int
        Draws beside the value as it is; 0 to judge once.
    seed : int
    uncertainties : mapping of str to Uncertainty

    Examples
    --------
    >>> draws = standard_draws()
    >>> waiting = draws.of("waiting_min")
    >>> len(waiting), float(waiting[0]), bool((waiting[1:] < 25).all())
    (1001, 15.0, True)
    """

    number: int
    seed: int
    uncertainties: Mapping[str, Uncertainty]
    _kept: dict[tuple[str, ...], Array] = field(default_factory=dict, repr=False)

    def of(self, key: str, *labels: str) -> Array:
        """Values of an uncertain quantity: the stated one, then the draws.

        Parameters
        ----------
        key : str
            Of the uncertainty.
        *labels : str
            What it is drawn for, where it is drawn more than once (a city, a year).

        Returns
        -------
        numpy.ndarray
            Length ``number + 1``.
        """
        values: Array = self.table(key, [""], *labels)[0]
        return values

    def table(self, key: str, rows: Iterable[str], *labels: str) -> Array:
        """Independent draws for each row, one line a row.

        The values of a row depend on its name alone, not on the rows beside it.
        """
        lines = []
        for row in rows:
            name = (key, *labels, row)
            if name not in self._kept:
                stated = self.uncertainties[key]
                generator = np.random.default_rng([self.seed, crc32("/".join(name).encode())])
                self._kept[name] = np.concatenate(
                    [[stated.mode], stated.sample(generator, (self.number,))]
                )
            lines.append(self._kept[name])
        return np.stack(lines) if lines else np.empty((0, self.number + 1))

    def factor(self, key: str, *labels: str) -> Array:
        """The same as a factor on the value used by verdicts."""
        return self.of(key, *labels) / self.uncertainties[key].mode

    def rounded(self, value: float, *labels: str) -> Drawn:
        """A printed figure before it was rounded to its last decimal.

        Examples
        --------
        >>> draws = standard_draws()
        >>> draws.rounded(13.0).values.tolist()  # a count
        [13.0]
        >>> float(np.ptp(draws.rounded(26.5).values)) <= 0.1
        True
        """
        digits = decimals(value)
        if not digits:
            return Drawn.certain(value)
        last = self.of("rounding", f"{value:g}", *labels) * 10.0**-digits
        return Drawn(value + last, ("rounding",))

    def scaled(self, value: float, key: str, *labels: str) -> Drawn:
        """A figure times a drawn factor."""
        return Drawn(value * self.factor(key, *labels), (key,))

    def shifted(self, value: float, key: str, *labels: str) -> Drawn:
        """A figure plus a drawn amount; one that is infinite stays so."""
        return Drawn(value + self.of(key, *labels), (key,))


def decimals(value: float) -> int:
    """Decimals that a figure is printed with.

    Examples
    --------
    >>> decimals(26.5), decimals(642.91), decimals(13.0)
    (1, 2, 0)
    """
    if not np.isfinite(value):
        return 0
    text = f"{value:.9f}".rstrip("0")
    return len(text.partition(".")[2])


@cache
def standard_draws() -> Draws:
    """The draws that verdicts come with: number, seed and uncertainties of the package.

    Raises
    ------
    InputFileError
        When the file that comes with the package is not well formed.
    """
    text = resources.files("toolkit.claims").joinpath("uncertainties.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    number, seed = int(tables.pop("draws")), int(tables.pop("seed"))
    known = {item.name for item in fields(Uncertainty)}
    for key, table in tables.items():
        if unknown := sorted(set(table) - known):
            raise InputFileError(f"uncertainty '{key}' has unknown keys {', '.join(unknown)}")
    stated = {key: Uncertainty(key=key, **table) for key, table in tables.items()}
    return Draws(number, seed, MappingProxyType(stated))
