"""The twelve agents a new board begins with, and what they are good at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent as a new roster has it."""

    id: str
    name: str
    emoji: str
    color: str
    skills: tuple[str, ...]


SEATS: Final = (
    Seat("neo", "Neo", "🎯", "#6366f1", ("orchestration", "planning")),
    Seat("marcus", "Marcus", "📊", "#ec4899", ("analytics", "data")),
    Seat("sofia", "Sofia", "✨", "#f59e0b", ("content", "writing")),
    Seat("kenji", "Kenji", "💻", "#10b981", ("development", "apis")),
    Seat("aisha", "Aisha", "🔧", "#8b5cf6", ("infrastructure", "devops")),
    Seat("elena", "Dr. Elena", "🧠", "#06b6d4", ("research", "analysis")),
    Seat("priya", "Priya", "📈", "#f97316", ("growth", "marketing")),
    Seat("jackson", "Jackson", "🎨", "#84cc16", ("design", "ui/ux")),
    Seat("maya", "Maya", "🔍", "#14b8a6", ("qa", "testing")),
    Seat("david", "David", "📝", "#a855f7", ("documentation",)),
    Seat("zara", "Zara", "🚀", "#ef4444", ("deployment", "release")),
    Seat("sarah", "Sarah", "💬", "#3b82f6", ("communication", "support")),
)
