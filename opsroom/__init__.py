"""Opsroom: one self-hosted place where people and AI agents run client work together."""

__version__ = "0.1.0"
