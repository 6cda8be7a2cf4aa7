"""The TOML file of a user's own cluster, read and checked key by key."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.clusters.names import nearest_names
from toolkit.errors import InputFileError

__all__ = ["ClusterFile"]

_CLUSTER_TEXTS = ("slug", "name_zh", "name_en", "plan", "tier", "note", "base")
_CLUSTER_LISTS = (
    "aliases",
    "cores",
    "secondary_cores",
    "extracts",
    "countries",
    "add",
    "remove",
)
_CITY_TEXTS = ("adcode", "name_zh", "name_en", "residents_source", "membership", "note")
_CITY_NUMBERS = ("lon", "lat", "residents", "residents_year")


@dataclass(frozen=True)
class ClusterFile:
    """What a file says, checked for keys, kinds and ranges.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    cluster : dict
        Its table ``[cluster]``.
    cities : list of dict
        Its tables ``[[cities]]``, each with an `adcode` of its own.
    """

    path: Path
    cluster: dict[str, Any]
    cities: list[dict[str, Any]]

    @classmethod
    def read(cls, path: Path) -> "ClusterFile":
        """Read the file and check that every key is known and of the right kind.

        Parameters
        ----------
        path : pathlib.Path
            A TOML file.

        Returns
        -------
        ClusterFile
            What it says.

        Raises
        ------
        InputFileError
            If the file is missing, is not TOML, or a key is unknown, of the wrong kind or out of
            range.
        """
        document = _document(path)
        cluster = document.get("cluster")
        cities = document.get("cities", [])
        source = cls(path, cluster if isinstance(cluster, dict) else {}, cities)
        _check_keys(source, document, ("cluster", "cities"), where="the file")
        if not isinstance(cluster, dict):
            raise source.error("[cluster]", "missing", "add a table [cluster]")
        _check_keys(source, cluster, (*_CLUSTER_TEXTS, *_CLUSTER_LISTS), where="[cluster]")
        for key, value in cluster.items():
            if key in _CLUSTER_TEXTS:
                _check_kind(source, key, value, str, "text in quotes")
                continue
            _check_kind(source, key, value, list, 'a list such as ["110000"]')
            for one in value:
                _check_kind(source, key, one, str, "a list of texts in quotes")
        if not isinstance(cities, list) or not all(isinstance(city, dict) for city in cities):
            raise source.error(
                "cities", "not a list of tables", "write [[cities]] before each city"
            )
        for number, city in enumerate(cities, start=1):
            _check_city(source, city, f"[[cities]] {number}")
        _check_unique(source, cities)
        return source

    def error(self, key: str, problem: str, remedy: str) -> InputFileError:
        """Build the error for one key of the file.

        Parameters
        ----------
        key, problem, remedy : str
            Where, what is wrong, and what to do.

        Returns
        -------
        InputFileError
            To be raised.
        """
        return InputFileError(f"{self.path.name}: {key}: {problem}", remedy=remedy)


def _document(path: Path) -> dict[str, Any]:
    """Parse the file as TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputFileError(
            f"{path}: cannot be read ({error.strerror})", remedy="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise InputFileError(f"{path.name}: not UTF-8", remedy="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise InputFileError(
            f"{path.name}: not valid TOML: {error}", remedy="texts go in double quotes"
        ) from error


def _check_keys(
    source: ClusterFile, table: dict[str, Any], known: tuple[str, ...], *, where: str
) -> None:
    """Reject a key that nothing reads: it is a misspelling of one that matters."""
    for key in table:
        if key not in known:
            near = nearest_names(key, known, limit=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(known)}"
            raise source.error(key, f"unknown key of {where}", remedy)


def _check_kind(source: ClusterFile, key: str, value: object, kind: type, wanted: str) -> None:
    """Reject a value of the wrong kind."""
    if not isinstance(value, kind):
        raise source.error(key, f"{value!r} is of the wrong kind", f"write {wanted}")


def _check_city(source: ClusterFile, city: dict[str, Any], where: str) -> None:
    """Check keys, kinds and ranges of one city."""
    _check_keys(source, city, (*_CITY_TEXTS, *_CITY_NUMBERS), where="[[cities]]")
    for key, value in city.items():
        if key in _CITY_TEXTS:
            _check_kind(source, f"{where} {key}", value, str, "text in quotes")
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise source.error(f"{where} {key}", f"{value!r} is no number", "write a number")
    if not city.get("adcode"):
        raise source.error(f"{where} adcode", "missing", 'give each city a code: adcode = "..."')
    for key, limit in (("lon", 180.0), ("lat", 90.0)):
        if key in city and not -limit <= city[key] <= limit:
            problem = f"{city[key]} is out of range (-{limit:g} to {limit:g})"
            raise source.error(f"{where} {key}", problem, "write degrees; are the two swapped?")
    for key in ("residents", "residents_year"):
        if key in city and not (city[key] >= 0 and float(city[key]).is_integer()):
            raise source.error(f"{where} {key}", f"{city[key]} is no count", "write a whole number")
    if city.get("membership", "full") not in ("full", "part"):
        problem = f"{city['membership']!r} is unknown"
        raise source.error(f"{where} membership", problem, "write 'full' or 'part'")


def _check_unique(source: ClusterFile, cities: list[dict[str, Any]]) -> None:
    """Reject a code given twice."""
    seen = set()
    for city in cities:
        if city["adcode"] in seen:
            problem = f"{city['adcode']!r} is there twice"
            raise source.error("[[cities]] adcode", problem, "give each city its own code")
        seen.add(city["adcode"])
