"""One tree of errors; each has a stable code and says what to do.

    PpeError
    ├── PhotoError       the photo cannot be used        photo.*
    ├── ModelError       the network file cannot be used model.*
    ├── PolicyError      the policy file cannot be used  policy.*
    └── ArgumentError    a call asks for the impossible  argument.*

Codes are part of the interface: they appear in reports, in the API's problem documents and in the
documentation (`docs/errors.md`), and are never renamed.
"""

from typing import ClassVar


class PpeError(Exception):
    """Root of everything this project raises on purpose.

    Args:
        code: stable, dotted, lower case, e.g. `photo.truncated`.
        message: what is wrong and what to do, for a person.
    """

    codes: ClassVar[dict[str, str]] = {}
    """Every code of the class and what to do about it; the documentation is checked against it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class PhotoError(PpeError):
    """The photo cannot be used."""

    codes: ClassVar[dict[str, str]] = {
        "photo.missing": "check the path",
        "photo.is_folder": "name a file, or let the command line walk the folder",
        "photo.unreadable": "check the permissions",
        "photo.empty": "send the photo again",
        "photo.unsupported_type": "send a JPEG, PNG, WebP or HEIC",
        "photo.too_many_bytes": "send a smaller file",
        "photo.too_large": "send a picture with fewer pixels",
        "photo.too_small": "send the original, not a thumbnail",
        "photo.animated": "send a single picture",
        "photo.truncated": "the upload broke off: send it again",
        "photo.undecodable": "the file is damaged: take or send it again",
    }


class ModelError(PpeError):
    """The network file or its manifest cannot be used."""

    codes: ClassVar[dict[str, str]] = {
        "model.missing": "install the package again or name the model file",
        "model.manifest_invalid": "write the manifest with `ppe model export`",
        "model.hash_mismatch": "the file is not the one in the manifest: fetch both again",
        "model.unloadable": "the file is not an ONNX network this runtime can read",
        "model.run_failed": "export the network with sizes left open: `ppe model export`",
        "model.layout_unknown": "export the network with `ppe model export`",
    }


class PolicyError(PpeError):
    """The policy file cannot be used."""

    codes: ClassVar[dict[str, str]] = {
        "policy.missing": "check the path",
        "policy.invalid": "correct the named field; `ppe policy check FILE` tells",
    }


class ArgumentError(PpeError):
    """A call asks for something that does not exist."""

    codes: ClassVar[dict[str, str]] = {
        "argument.shot_not_in_policy": "name a shot that the policy has",
        "argument.nothing_to_check": "name at least one photo, or a folder with photos",
        "argument.unknown_language": "choose one of the languages named",
        "argument.output_unusable": "choose a folder that can be written to",
    }
