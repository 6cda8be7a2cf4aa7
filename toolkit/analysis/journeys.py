"""Journeys by train as evidence: which trains, from where to where, and when."""

from dataclasses import dataclass

from toolkit.analysis.departures import clock

__all__ = ["Journey", "Ride", "Way"]


@dataclass(frozen=True)
class Ride:
    """One train of a journey, from boarding to alighting.

    Attributes
    ----------
    trip_id : int
        Row of ``Timetable.trips``.
    train : str
        Train number as printed.
    from_id, to_id : str
        Stations of boarding and alighting.
    departure_s, arrival_s : int
        Seconds after midnight of the day on which one leaves.
    day : int
        When the train set out: 0 on the same day, -1 the day before, 1 the day after. Its
        ``stop_times`` are these times less ``86400 * day``.
    """

    trip_id: int
    train: str
    from_id: str
    to_id: str
    departure_s: int
    arrival_s: int
    day: int

    def __str__(self) -> str:
        start, end = clock(self.departure_s), clock(self.arrival_s)
        return f"{self.train} {self.from_id} {start} - {self.to_id} {end}"


@dataclass(frozen=True)
class Journey:
    """The way to a place when leaving at a departure minute: the evidence of a travel time.

    Attributes
    ----------
    leaving_s : int
        Departure minute, seconds after midnight.
    latest_s : int
        Latest moment at which one can leave and still make it.
    rides : tuple of Ride
        In order of travel.
    arrival_s : int
        Arrival at the place, alighting and egress included.
    """

    leaving_s: int
    latest_s: int
    rides: tuple[Ride, ...]
    arrival_s: int

    @property
    def minutes(self) -> float:
        """Travel time, waiting at the door included."""
        return (self.arrival_s - self.leaving_s) / 60.0

    def __str__(self) -> str:
        rides = "; ".join(map(str, self.rides))
        return f"leave {clock(self.leaving_s)}; {rides}; arrive {clock(self.arrival_s)}"


@dataclass(frozen=True)
class Way:
    """How one gets from door to door when leaving at a departure minute.

    Attributes
    ----------
    minutes : float
        Travel time.
    access_min, egress_min : float
        Before the first and after the last station; all of it in `access_min` where no train is
        used.
    journey : Journey or None
        Trains, with the waiting before and between them; None by road alone.
    """

    minutes: float
    access_min: float
    egress_min: float
    journey: Journey | None
