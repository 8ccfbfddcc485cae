"""The public names of `vision`: exactly these, so that a change is made on purpose."""

import vision

PUBLIC = [
    "LABELS",
    "ArgumentError",
    "Box",
    "Checker",
    "Detections",
    "Detector",
    "Finding",
    "Label",
    "Manifest",
    "ModelError",
    "OnnxSession",
    "Person",
    "Photo",
    "PhotoError",
    "PhotoLimits",
    "Policy",
    "PolicyError",
    "PpeError",
    "Reason",
    "Report",
    "Scene",
    "Session",
    "SessionSettings",
    "Shot",
    "Verdict",
    "decode_photo",
    "read_manifest",
    "read_policy",
]


def test_public_names() -> None:
    assert vision.__all__ == PUBLIC
    for name in PUBLIC:
        assert hasattr(vision, name), name


def test_public_things_are_explained() -> None:
    for name in PUBLIC:
        thing = getattr(vision, name)
        if callable(thing):
            assert thing.__doc__, name
