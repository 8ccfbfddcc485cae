"""Checkpoints: averaged, and made small to ship, without traces of this machine.

Needs the `train` extra.
"""

import io
from pathlib import Path

import torch
from ultralytics import __version__

from models.errors import MakeError
from models.release import LICENCE, MACHINE_PATH


def average_checkpoints(earlier: Path, later: Path, target: Path, share: float) -> None:
    """Average two checkpoints of one training (Wortsman et al., 2022, "Robust fine-tuning").

    Args:
        earlier: what a training began with.
        later: what it ended with; its other contents are kept.
        target: the file to write.
        share: weight of the later one, 0 to 1.

    Raises:
        MakeError: `make.classes_differ`: the two are not of one network.
    """
    first, last = (torch.load(p, map_location="cpu", weights_only=False) for p in (earlier, later))
    model = (last.get("ema") or last["model"]).float()
    old, new = (first.get("ema") or first["model"]).float().state_dict(), model.state_dict()
    if {k: v.shape for k, v in old.items()} != {k: v.shape for k, v in new.items()}:
        raise MakeError("make.classes_differ", "the checkpoints are not of one network")
    for name, value in new.items():
        if value.dtype.is_floating_point:
            value.mul_(share).add_(old[name], alpha=1 - share)
    torch.save({**last, "model": model, "ema": None}, target)


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
