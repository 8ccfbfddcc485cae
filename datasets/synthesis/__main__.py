"""`python -m datasets.synthesis`."""

from datasets.synthesis.cli import app

app()
