"""A lineage graph laid out in columns from left to right, as a page draws it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runicorn.query.artifact_values import LineageEdge, LineageGraph, LineageNode

BOX = (190, 44)
"""Width and height of a node in pixels."""
_STEP = (236, 60)
_MARGIN = 12
MOST_NODES = 60


@dataclass(frozen=True, slots=True)
class Box:
    """One node with its top left corner. `kind` is "run" or "artifact"; `facts` are the node's own."""

    x: int
    y: int
    kind: str
    label: str
    note: str
    here: bool
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Map:
    """A drawing of `width` by `height` pixels. `lines` are paths from box to box; `left_out` counts nodes not drawn."""

    width: int
    height: int
    boxes: list[Box]
    lines: list[str]
    left_out: int


def draw_lineage(graph: LineageGraph) -> Map:
    """Place the nodes nearest to the root: what led to it on its left, what came of it on its right."""
    columns = _columns(graph.root_artifact, graph.edges)
    shown = [node for node in graph.nodes if node.node_id in columns][:MOST_NODES]
    places = _places(shown, columns)
    boxes = [_box(node, places[node.node_id], graph.root_artifact) for node in shown]
    lines = [
        _line(places[edge.source], places[edge.target])
        for edge in graph.edges
        if edge.source in places and edge.target in places
    ]
    width = max((box.x for box in boxes), default=0) + BOX[0] + _MARGIN
    height = max((box.y for box in boxes), default=0) + BOX[1] + _MARGIN
    return Map(width, height, boxes, lines, len(graph.nodes) - len(shown))


def _columns(root: str, edges: Sequence[LineageEdge]) -> dict[str, int]:
    """How many edges each node lies before (negative) or after the root, by the shortest way."""
    after: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    for edge in edges:
        after.setdefault(edge.source, []).append(edge.target)
        before.setdefault(edge.target, []).append(edge.source)
    columns = {root: 0}
    for neighbours, step in ((before, -1), (after, 1)):
        waiting = deque([root])
        while waiting:
            node = waiting.popleft()
            for other in neighbours.get(node, ()):
                if other not in columns:
                    columns[other] = columns[node] + step
                    waiting.append(other)
    return columns


def _places(nodes: Sequence[LineageNode], columns: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    first = min((columns[node.node_id] for node in nodes), default=0)
    rows: dict[int, int] = {}
    tallest = max((_count(nodes, columns, column) for column in set(columns.values())), default=1)
    places = {}
    for node in nodes:
        column = columns[node.node_id]
        row = rows.get(column, 0)
        rows[column] = row + 1
        indent = (tallest - _count(nodes, columns, column)) * _STEP[1] // 2
        places[node.node_id] = (_MARGIN + (column - first) * _STEP[0], _MARGIN + indent + row * _STEP[1])
    return places


def _count(nodes: Sequence[LineageNode], columns: Mapping[str, int], column: int) -> int:
    return sum(columns[node.node_id] == column for node in nodes)


def _box(node: LineageNode, place: tuple[int, int], root: str) -> Box:
    facts = {**node.metadata, **_named(node)}
    if node.node_type == "run":
        label, note = facts["run_id"], " / ".join(filter(None, (facts["project"], facts["name"])))
    else:
        label, note = node.label, facts["type"]
    gone = "gone" if facts["deleted"] else note
    return Box(*place, node.node_type, _cut(label), _cut(gone), node.node_id == root, facts)


def _named(node: LineageNode) -> dict[str, Any]:
    """Name and version of an artifact node, whose id is `name:v2` or `name:v2 (type)`."""
    name, _, version = node.node_id.partition(" (")[0].rpartition(":v")
    return {} if node.node_type == "run" else {"name": name, "version": int(version)}


def _cut(text: str) -> str:
    return text if len(text) <= 26 else f"{text[:25]}\u2026"


def _line(source: tuple[int, int], target: tuple[int, int]) -> str:
    """A curve from the right side of one box to the left side of another."""
    (x0, y0), (x1, y1) = source, target
    x0, y0, y1 = x0 + BOX[0], y0 + BOX[1] // 2, y1 + BOX[1] // 2
    bend = max(30, abs(x1 - x0) // 2)
    return f"M{x0} {y0}C{x0 + bend} {y0} {x1 - bend} {y1} {x1} {y1}"
