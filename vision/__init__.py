"""Photo bytes in, report out: the checker itself, without web, database or torch."""

from vision.checker import Checker
from vision.detections import Box, Detections
from vision.detector import Detector
from vision.errors import ArgumentError, ModelError, PhotoError, PolicyError, PpeError
from vision.findings import Finding, Reason, Verdict
from vision.labels import LABELS, Label
from vision.manifest import Manifest, read_manifest
from vision.photo import Photo, PhotoLimits, decode_photo
from vision.policy import Policy, Shot, read_policy
from vision.report import Report
from vision.scene import Person, Scene
from vision.session import OnnxSession, Session, SessionSettings

__all__ = [
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
