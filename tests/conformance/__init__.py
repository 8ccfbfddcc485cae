"""Vectors that Python and the phone must both answer alike; `make conformance` writes them."""
