"""Checkpoint → the small one that ships: to go on training from, without traces of this machine.

Needs the `train` extra.
"""

import io
from pathlib import Path

import torch
from ultralytics import __version__

from models.errors import MakeError
from models.release import LICENCE, MACHINE_PATH


def write_checkpoint(weights: Path, target: Path, side: int) -> int:
    """Write the averaged weights as float16; returns the number of bytes.

    Args:
        weights: a checkpoint of `ppe model train`.
        target: the file to write.
        side: long edge of the input the network is meant for, pixels.

    Raises:
        MakeError: `make.machine_path_inside`; nothing is written then.
    """
    checkpoint = torch.load(weights, map_location="cpu", weights_only=False)
    model = (checkpoint.get("ema") or checkpoint["model"]).half()
    model.criterion = None
    model.pt_path = None
    model.args = {"task": "detect", "imgsz": side}  # what the trainer kept there names folders
    for parameter in model.parameters():
        parameter.requires_grad = False
    buffer = io.BytesIO()
    torch.save(
        {
            "model": model,
            "ema": None,
            "optimizer": None,
            "epoch": -1,
            "train_args": dict(model.args),
            "version": __version__,
            "license": LICENCE,
        },
        buffer,
    )
    data = buffer.getvalue()
    found = MACHINE_PATH.search(data)
    if found:
        raise MakeError("make.machine_path_inside", f"the file holds {found.group()!r}")
    target.write_bytes(data)
    return len(data)
