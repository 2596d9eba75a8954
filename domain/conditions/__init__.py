"""The one language of segments, validation rules and trigger filters.

A condition is a tree of `{"all": […]}`, `{"any": […]}`, `{"not": …}` over leaves `{"fact": "customer.city", "is": "in", "value": […]}`.
Every leaf is true or false, never unknown: what is missing or of the wrong type makes it false, except for `unknown`.
"""

from domain.conditions.evaluate import Verdict, explain, holds
from domain.conditions.facts import EvaluationTime, Fact, Facts, Type
from domain.conditions.sql import where
from domain.conditions.time_changes import crossing, moves, next_change
from domain.conditions.tree import Condition, leaves, reads
from domain.conditions.validate import Wrong, mistakes, saved
from domain.conditions.words import in_words

__all__ = [
    "Condition",
    "EvaluationTime",
    "Fact",
    "Facts",
    "Type",
    "Verdict",
    "Wrong",
    "crossing",
    "explain",
    "holds",
    "in_words",
    "leaves",
    "mistakes",
    "moves",
    "next_change",
    "reads",
    "saved",
    "where",
]  # fmt: skip
