"""Benchmarks: what the product promises in figures, measured beside named baselines. See __main__.py."""
