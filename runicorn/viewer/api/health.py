"""GET /api/health and GET /api/metrics/cache/stats"""

from __future__ import annotations

import time

from flask import Response

from runicorn._version import __version__
from runicorn.query.values import CacheStats
from runicorn.viewer import answers, current
from runicorn.viewer.blueprint import Blueprint
from runicorn.viewer.schemas.health import Health
from runicorn.viewer.schemas.metrics import CacheAnswer

blp = Blueprint("health", __name__, url_prefix="/api", description="The viewer itself.")


@blp.get("/health")
@blp.response(200, Health)
def show_health() -> Response:
    """Say that the viewer is up, what it serves and how its cache does."""
    stats = current.reader().metrics.cache_stats()
    counts = {name: getattr(stats, name) for name in ("hits", "misses", "incremental_updates", "size", "max_size")}
    return answers.respond(
        {
            "status": "ok",
            "storage": str(current.root()),
            "version": __version__,
            "timestamp": time.time(),
            "remote_mode": current.settings().remote_mode,
            "cache": {"enabled": True, "type": "incremental", "hit_rate": f"{hit_rate(stats):.1%}", **counts},
        }
    )


@blp.get("/metrics/cache/stats")
@blp.response(200, CacheAnswer)
def show_cache_stats() -> Response:
    """Count what the cache of metric columns answered."""
    stats = current.reader().metrics.cache_stats()
    return answers.respond(
        {
            "size": stats.size,
            "max_size": stats.max_size,
            "hits": stats.hits,
            "misses": stats.misses,
            "incremental_updates": stats.incremental_updates,
            "bytes": stats.bytes,
            "hit_rate": round(hit_rate(stats), 4),
            "incremental_rate": round(_share(stats.incremental_updates, stats), 4),
        }
    )


def hit_rate(stats: CacheStats) -> float:
    """Return the share of questions that the cache answered, 0 before the first."""
    return _share(stats.hits, stats)


def _share(count: int, stats: CacheStats) -> float:
    asked = stats.hits + stats.misses + stats.incremental_updates
    return count / asked if asked else 0.0
