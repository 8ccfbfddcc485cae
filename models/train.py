"""Train the detector: Ultralytics' trainer with the masked loss, the same on CPU and GPU."""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from torch.utils._pytree import tree_map
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.utils.torch_utils import unwrap_model

from models.masked_loss import masked_criterion, read_masks

# Checkpoints hold a running mean of the weights: of about the last 400 steps, soon after the start.
# Ultralytics' own (0.9999, 2000) is meant for runs of many epochs and hardly averages in a few.
MEAN_DECAY = 0.9975
MEAN_STARTS = 50.0  # steps


@dataclass(frozen=True)
class TrainSettings:
    """What a run may vary.

    `freeze` counts the first layers kept as they are: their gradients are the dearest on a CPU (at
    high resolution) and the least needed when starting from COCO.
    """

    data: Path
    weights: Path
    out: Path
    epochs: int = 6
    imgsz: int = 416
    batch: int = 16
    lr: float = 1e-3
    lr_final: float = 0.1  # share of `lr` left at the end
    freeze: int = 5
    device: str = "cpu"
    workers: int = 1
    threads: int = 2
    seed: int = 0
    bf16: bool = False  # faster on a CPU that multiplies bfloat16 (AMX)
    nms_free: bool = False  # keep YOLO26's second head: NMS-free, but less accurate here


class PartialLabelTrainer(DetectionTrainer):  # type: ignore[misc]
    """Ultralytics' detection trainer that knows what each picture's labels leave unsaid."""

    threads = 2
    loaders = 1
    bf16 = False
    nms_free = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_callback("on_train_start", _mask_loss)

    def get_dataloader(self, *args: Any, **kwargs: Any) -> Any:
        """Pictures from worker processes on a CPU too, where Ultralytics would have none."""
        self.args.workers = self.loaders
        return super().get_dataloader(*args, **kwargs)

    def get_model(
        self, cfg: Any = None, weights: Any = None, verbose: bool = True
    ) -> torch.nn.Module:
        """The network, with one head unless both are asked for.

        YOLO26 trains a one-to-many and a one-to-one head and moves the weight of the loss to the
        second, whose gradient does not reach the backbone: in short runs both stay behind.
        """
        model: torch.nn.Module = super().get_model(cfg, weights, verbose)
        if not self.nms_free:
            head = model.model[-1]
            head.one2one_cv2 = head.one2one_cv3 = None
        return model

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Channels-last pictures: faster convolutions on a CPU as on a GPU."""
        prepared: dict[str, Any] = super().preprocess_batch(batch)
        prepared["img"] = prepared["img"].contiguous(memory_format=torch.channels_last)
        return prepared


def _mask_loss(trainer: PartialLabelTrainer) -> None:
    torch.set_num_threads(trainer.threads)  # choosing the device had set it to cores - 1
    model = unwrap_model(trainer.model)
    model.to(memory_format=torch.channels_last)
    root = Path(yaml.safe_load(Path(trainer.args.data).read_text(encoding="utf-8"))["path"])
    masks = read_masks(root / "known.json", len(trainer.data["names"]))
    # After the EMA copy was made, so that checkpoints hold a plain DetectionModel.
    model.criterion = masked_criterion(model, masks)
    if trainer.bf16:
        model.predict = _in_bfloat16(model.predict)
    trainer.ema.decay = _mean_decay


def _in_bfloat16(predict: Callable[..., Any]) -> Callable[..., Any]:
    """The network's forward pass in bfloat16, its output in float32 for the loss.

    Ultralytics' own `amp` is for accelerators alone.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = predict(*args, **kwargs)
        return tree_map(lambda x: x.float() if isinstance(x, torch.Tensor) else x, output)

    return run


def _mean_decay(step: int) -> float:
    """How much of the mean a step keeps."""
    return MEAN_DECAY * (1 - math.exp(-step / MEAN_STARTS))


def train(settings: TrainSettings, resume: bool = False) -> Path:
    """Run, or go on with, a training; returns the path of the last checkpoint.

    Raises:
        FileNotFoundError: `resume` without an earlier checkpoint in `out`.
    """
    last = settings.out / "weights/last.pt"
    if resume and not last.is_file():
        raise FileNotFoundError(f"nothing to resume: {last} does not exist")
    overrides = {
        "model": str(last if resume else settings.weights),
        "resume": str(last) if resume else False,
        "data": str(settings.data),
        "project": str(settings.out.parent.resolve()),
        "name": settings.out.name,
        "exist_ok": True,
        "epochs": settings.epochs,
        "imgsz": settings.imgsz,
        "batch": settings.batch,
        "nbs": settings.batch,  # one optimiser step a batch: runs are short
        "optimizer": "AdamW",
        "lr0": settings.lr,
        "lrf": settings.lr_final,
        "cos_lr": True,
        "warmup_epochs": 0.3,
        "warmup_bias_lr": 0.0,  # the default of 0.1 is meant for SGD and wrecks biases under Adam
        "deterministic": False,
        "freeze": settings.freeze,
        "device": settings.device,
        "workers": settings.workers,
        "seed": settings.seed,
        "cache": "ram",
        "amp": settings.device != "cpu",
        # Mosaic would mix pictures with different known labels under one mask.
        "mosaic": 0.0,
        "scale": 0.5,
        "degrees": 5.0,
        "val": False,  # partial labels: `ppe model evaluate` measures
        "plots": False,
    }
    trainer = PartialLabelTrainer(overrides=deepcopy(overrides))
    trainer.threads = settings.threads
    trainer.loaders = settings.workers
    trainer.bf16 = settings.bf16
    trainer.nms_free = settings.nms_free
    trainer.train()
    return last
