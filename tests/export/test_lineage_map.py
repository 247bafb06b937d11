"""Lineage as a drawing."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from runicorn.export.lineage_map import draw_lineage
from runicorn.query import Reader
from runicorn.query.artifact_values import LineageEdge, LineageGraph, LineageNode


def artifact(name: str) -> LineageNode:
    return LineageNode("artifact", f"{name}:v1", f"{name} v1", {"type": "model", "deleted": False})


def run(run_id: str) -> LineageNode:
    return LineageNode(
        "run", f"run:{run_id}", run_id, {"run_id": run_id, "project": "p", "name": None, "deleted": False}
    )


def edge(source: str, target: str) -> LineageEdge:
    return LineageEdge(source, target, "uses", 0.0)


def graph(nodes: list[LineageNode], edges: list[LineageEdge]) -> LineageGraph:
    return LineageGraph("net:v1", nodes, edges, [], [], False)


def test_what_led_to_it_is_left_and_what_came_of_it_right():
    nodes = [artifact("net"), run("maker"), artifact("data"), run("taker")]
    edges = [edge("run:maker", "net:v1"), edge("data:v1", "run:maker"), edge("net:v1", "run:taker")]
    drawn = draw_lineage(graph(nodes, edges))
    order = sorted(drawn.boxes, key=lambda box: box.x)
    assert [box.label for box in order] == ["data v1", "maker", "net v1", "taker"]
    assert [box.here for box in order] == [False, False, True, False]
    assert len(drawn.lines) == 3


def test_a_circle_ends():
    nodes = [artifact("net"), run("both")]
    drawn = draw_lineage(graph(nodes, [edge("net:v1", "run:both"), edge("run:both", "net:v1")]))
    assert len(drawn.boxes) == 2


def test_boxes_of_a_column_do_not_overlap_and_too_many_are_counted():
    takers = [run(f"taker{index}") for index in range(100)]
    drawn = draw_lineage(graph([artifact("net"), *takers], [edge("net:v1", node.node_id) for node in takers]))
    tops = sorted(box.y for box in drawn.boxes if box.kind == "run")
    assert all(after - before >= 44 for before, after in pairwise(tops))
    assert drawn.left_out == 41


def test_the_published_lineage_is_drawn(published_root: Path):
    reader = Reader(published_root)
    drawn = draw_lineage(reader.lineage.graph("small-net", 1))
    reader.close()
    assert {box.kind for box in drawn.boxes} == {"run", "artifact"}
    assert drawn.lines
