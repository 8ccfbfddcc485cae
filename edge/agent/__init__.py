"""The store-and-forward agent: for kiosks and small computers, `ppe edge`."""
