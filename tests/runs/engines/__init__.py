"""Tests of the engines; the kits beside them are imported by name."""
