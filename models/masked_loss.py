"""Detection loss for partially labelled pictures.

Source sets label only some of our classes, so for the others a missing box is not a negative. The
classification loss of every (picture, label) pair about which the source says nothing is set to
zero, but where there is a box: what is boxed counts even in a source that boxes only some. So does
what follows from other boxes (`models/known.py`): were all around a box masked too, the network
would say the one thing many times. Box regression needs no mask, because it only ever looks at
boxes that exist.
"""

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn
from ultralytics.utils.loss import E2ELoss, v8DetectionLoss
from ultralytics.utils.tal import make_anchors

from models.known import known_at


class MaskedBCE(nn.Module):  # type: ignore[misc]
    """Binary cross-entropy per (picture, anchor, label), of boxes only where `mask` is zero."""

    def __init__(self) -> None:
        super().__init__()
        self.bce = nn.BCEWithLogitsLoss(reduction="none")
        self.mask: torch.Tensor | None = None  # (pictures, anchors, labels)

    def forward(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """scores, targets: (pictures, anchors, labels)."""
        loss: torch.Tensor = self.bce(scores, targets)
        if self.mask is None:
            return loss
        return loss * torch.maximum(self.mask, (targets > 0).to(loss.dtype))


def read_masks(known_json: Path, label_count: int) -> dict[str, torch.Tensor]:
    """`known.json` of a built training set as one float row of length `label_count` a picture."""
    masks: dict[str, torch.Tensor] = {}
    for name, indices in json.loads(known_json.read_text(encoding="utf-8")).items():
        row = torch.zeros(label_count)
        row[indices] = 1.0
        masks[name] = row
    return masks


def masked_criterion(model: Any, masks: dict[str, torch.Tensor]) -> Any:
    """The network's own criterion (classic or end-to-end head) with the mask inside."""

    class MaskedDetectionLoss(v8DetectionLoss):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.bce = MaskedBCE()

        def get_assigned_targets_and_loss(self, preds: Any, batch: Any, **kwargs: Any) -> Any:
            rows = torch.stack([masks[Path(file).stem] for file in batch["im_file"]])
            points, strides = make_anchors(preds["feats"], self.stride, 0.5)
            height, width = (side * float(self.stride[0]) for side in preds["feats"][0].shape[2:])
            size = torch.tensor([1, 1, width, height, width, height])
            parts = (batch["batch_idx"].view(-1, 1), batch["cls"].view(-1, 1), batch["bboxes"])
            boxes = torch.cat([part.cpu() for part in parts], 1) * size
            mask = known_at(rows.numpy(), boxes.numpy(), (points * strides).cpu().numpy())
            self.bce.mask = torch.from_numpy(mask).to(self.device)
            return super().get_assigned_targets_and_loss(preds, batch, **kwargs)

    if isinstance(model.init_criterion(), E2ELoss):
        return E2ELoss(model, MaskedDetectionLoss)
    return MaskedDetectionLoss(model)
