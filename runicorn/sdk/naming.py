"""Names for those who have none: two words and a number, easy to say and to remember."""

from __future__ import annotations

import random

_FIRST = """
amber apt bold brave breezy bright brisk calm clear clever cosy crisp deft eager early easy fair fleet fresh gentle
glad golden grand hardy honest jolly keen kind light lively lucky mellow merry mild neat nimble noble patient plucky
proud quick quiet ready sharp silent silver sleek sly smart snug solid spry steady sunny swift tidy true warm wise
"""
_SECOND = """
acorn badger beacon birch breeze brook cedar comet crane creek curlew dale dune ember falcon fern finch fjord fox
gale glade grove gull hare harbor heron hill ibis island jay juniper kestrel lagoon lark leaf lynx maple marten meadow
mesa moss oak orchid osprey otter owl pebble pine plover quail raven reef ridge river robin sparrow summit swan
thistle tide trout tundra vale willow wren yarrow
"""

# Not the generator that training scripts seed, lest every run gets the same name.
_random = random.SystemRandom()


def generate_name() -> str:
    """Return a name such as "quiet-otter-42"."""
    first, second = _random.choice(_FIRST.split()), _random.choice(_SECOND.split())
    return f"{first}-{second}-{_random.randrange(10, 1000)}"
