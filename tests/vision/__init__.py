"""Tests of `vision`: photo bytes in, report out."""
