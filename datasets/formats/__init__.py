"""Labelled pictures in the layouts of other tools: read any of them, write any of them.

A set is a folder with `images/` and the labels beside them:

| format | labels | for |
|---|---|---|
| `source` | `labels/*.txt`, `classes.txt` | the data engine itself |
| `yolo` | `labels/*.txt`, `data.yaml` | Ultralytics, and much else |
| `coco` | `annotations.json` | pycocotools, CVAT, Label Studio |
| `cvat` | `annotations.xml` | CVAT, "CVAT for images 1.1" |
| `label-studio` | `tasks.json`, `label_config.xml` | Label Studio |

None of these formats can say what a picture's labels leave unsaid; so `known.json` stands beside
them, as in a training set: picture → the labels it is exhaustive about.
"""

from datasets.formats.sets import Format, LabelledPicture, LabelSet, guess_format, read, write

__all__ = ["Format", "LabelSet", "LabelledPicture", "guess_format", "read", "write"]
