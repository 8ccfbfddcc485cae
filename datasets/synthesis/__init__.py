"""Labelled pictures from a seed: edits on real training photos, with the boxes of what was added.

`bodies` finds body points and masks in an environment of its own, `make` composes, `preview` shows.
"""
