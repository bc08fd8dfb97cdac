"""Reads of scores and rules."""

from sarnakh.score.selectors.facts import Subject, course_of, events_of, profiles, subjects
from sarnakh.score.selectors.reading import ScoreAt, ShareAt, draft, due_moments, score_at, shares, shown_rules
from sarnakh.score.selectors.scoring import Scored, scored
from sarnakh.score.selectors.versions import (
    InForce,
    Version,
    in_force,
    published_version,
    score_reads,
    version_at,
    version_numbered,
)

__all__ = [
    "InForce",
    "ScoreAt",
    "Scored",
    "ShareAt",
    "Subject",
    "Version",
    "course_of",
    "draft",
    "due_moments",
    "events_of",
    "in_force",
    "profiles",
    "published_version",
    "score_at",
    "score_reads",
    "scored",
    "shares",
    "shown_rules",
    "subjects",
    "version_at",
    "version_numbered",
]
