"""What reading an OpenStreetMap file left out, mended and counted."""

from dataclasses import dataclass

__all__ = ["ReadingReport"]


@dataclass(frozen=True)
class ReadingReport:
    """Counts of one reading; `lines` says them in words.

    Attributes
    ----------
    ways, edges, nodes : int
        Ways used; directed edges and nodes of the network.
    nodes_merged : int
        Nodes that went when edges were merged along chains.
    ways_closed, ferries_left_out : int
        Ways closed to cars, and ferries that are not said to carry cars.
    nodes_lost : int
        Nodes that ways refer to but no file holds.
    repeated_edges, empty_edges, shortest_edges : int
        Edges drawn twice and loops without length, both dropped; edges between different nodes at
        one place, which got a length of a centimetre.
    barriers, barriers_not_obeyed, gates : int
        Barriers that cut a road; those at junctions, which do not; gates and booths passed.
    signal_nodes, signalised_junctions, major_junctions : int
        Traffic signals; junctions they make up; at-grade junctions of major roads without.
    ferries, motorroads, reversible, against_drawing : int
        Ways of these kinds; reversible ones are taken as two-way, the last have `oneway=-1`.
    turn_restrictions : int
        Turn restrictions between the ways used. They are not modelled.
    components : int
        Parts of the network without a connection.
    largest_share : float
        Share of the length in the largest part.

    Examples
    --------
    >>> ReadingReport(ways=2, edges=4, nodes=3, turn_restrictions=1, largest_share=1.0).lines
    ('4 edges and 3 nodes from 2 ways', '1 turn restriction between them, not modelled')
    """

    ways: int
    edges: int
    nodes: int
    nodes_merged: int = 0
    ways_closed: int = 0
    ferries_left_out: int = 0
    nodes_lost: int = 0
    repeated_edges: int = 0
    empty_edges: int = 0
    shortest_edges: int = 0
    barriers: int = 0
    barriers_not_obeyed: int = 0
    gates: int = 0
    signal_nodes: int = 0
    signalised_junctions: int = 0
    major_junctions: int = 0
    ferries: int = 0
    motorroads: int = 0
    reversible: int = 0
    against_drawing: int = 0
    turn_restrictions: int = 0
    components: int = 1
    largest_share: float = 1.0

    @property
    def lines(self) -> tuple[str, ...]:
        """One line for each thing that occurred."""
        first = f"{self.edges:,} edges and {self.nodes:,} nodes from {_number(self.ways, 'way')}"
        counted = [
            (self.nodes_merged, "node", "merged along chains"),
            (self.ways_closed, "way", "closed to cars, left out"),
            (self.ferries_left_out, "ferry route", "not said to carry cars, left out"),
            (self.nodes_lost, "node", "outside the file; roads end before"),
            (self.repeated_edges, "edge", "drawn twice, taken once"),
            (self.empty_edges, "loop", "without length, left out"),
            (self.shortest_edges, "edge", "without length, taken as 1 cm"),
            (self.barriers, "barrier", "closed to cars; roads end there"),
            (self.barriers_not_obeyed, "closed barrier", "at a junction, not obeyed"),
            (self.gates, "open gate or booth", "passed with a delay"),
            (self.signal_nodes, "signal", f"at {_number(self.signalised_junctions, 'junction')}"),
            (self.major_junctions, "junction", "of major roads without signals"),
            (self.ferries, "ferry way", "with waiting"),
            (self.motorroads, "motorroad way", "without at-grade junctions"),
            (self.reversible, "reversible way", "taken as two-way"),
            (self.against_drawing, "way", "one-way against its drawing"),
            (self.turn_restrictions, "turn restriction", "between them, not modelled"),
        ]
        said = [f"{_number(count, noun)} {rest}" for count, noun, rest in counted if count]
        if self.components > 1:
            share = f"{100 * self.largest_share:.1f} % of the length"
            said.append(f"{self.components:,} parts, the largest with {share}")
        return (first, *said)


def _number(count: int, noun: str) -> str:
    """Count with its noun."""
    plural = noun.replace("gate or booth", "gates or booths")
    if plural == noun:
        plural = f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"
