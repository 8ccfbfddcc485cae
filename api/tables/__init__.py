"""The tables, one module a subject."""

from api.tables.base import Base, new_id, now
from api.tables.checks import (
    Appeal,
    Check,
    CheckFinding,
    Claim,
    Decision,
    Flag,
    FlagKind,
    HashBand,
    PhotoSketch,
    Review,
    ReviewState,
    SketchWord,
    StoredPhoto,
)
from api.tables.desk import Hold, Look
from api.tables.ledger import AuditEntry, AuditHead
from api.tables.people import Account, ApiKey, LoginFailure, Role, SignIn, Team, supervised
from api.tables.work import (
    Gear,
    GearKind,
    Omission,
    OmissionState,
    PolicyVersion,
    SavedFilter,
    WorkOrder,
)

__all__ = [
    "Account",
    "ApiKey",
    "Appeal",
    "AuditEntry",
    "AuditHead",
    "Base",
    "Check",
    "CheckFinding",
    "Claim",
    "Decision",
    "Flag",
    "FlagKind",
    "Gear",
    "GearKind",
    "HashBand",
    "Hold",
    "LoginFailure",
    "Look",
    "Omission",
    "OmissionState",
    "PhotoSketch",
    "PolicyVersion",
    "Review",
    "ReviewState",
    "Role",
    "SavedFilter",
    "SignIn",
    "SketchWord",
    "StoredPhoto",
    "Team",
    "WorkOrder",
    "new_id",
    "now",
    "supervised",
]
