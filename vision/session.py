"""Runtimes: one small protocol, one class per runtime, defaults in one place."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import onnxruntime

from vision.errors import ModelError

MESS_OUTPUT = "mess"  # name of the second output, where there is one


class Session(Protocol):
    """A loaded network."""

    def run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Run on float32 RGB pictures of shape (n, 3, height, width), values 0 to 1."""
        ...


@runtime_checkable
class MessSession(Session, Protocol):
    """A loaded network that also says how messy a place looks (`models.mess_head`)."""

    def run_with_mess(
        self, batch: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], float]:
        """As `run`, with the probability that one picture shows a messy place, 0 to 1."""
        ...


@dataclass(frozen=True)
class SessionSettings:
    """Threads and memory of a runtime.

    Attributes:
        threads: cores one run may use; 0 leaves the choice to the runtime.
        keep_memory: keep buffers between runs (faster) or give them back (smaller).
    """

    threads: int = 0
    keep_memory: bool = True


class OnnxSession:
    """ONNX Runtime on the CPU."""

    def __init__(self, model: bytes, settings: SessionSettings | None = None) -> None:
        """Load a network from bytes.

        Raises:
            ModelError: `model.unloadable`.
        """
        settings = settings or SessionSettings()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings.threads
        options.enable_cpu_mem_arena = settings.keep_memory
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime's own exceptions share no base but this
            raise ModelError("model.unloadable", f"ONNX Runtime cannot load it: {error}") from error
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """See `Session.run`."""
        return self._run(batch, self._outputs[:1])[0]

    def run_with_mess(
        self, batch: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], float]:
        """See `MessSession.run_with_mess`.

        Raises:
            ModelError: `model.layout_unknown`.
        """
        if MESS_OUTPUT not in self._outputs:
            raise ModelError(
                "model.layout_unknown",
                f"the manifest tells of an output {MESS_OUTPUT!r}, the network has none",
            )
        boxes, mess = self._run(batch, [self._outputs[0], MESS_OUTPUT])
        return boxes, float(mess.ravel()[0])

    def run_named(self, batch: npt.NDArray[np.float32], output: str) -> npt.NDArray[np.float32]:
        """As `run`, but another output of the network."""
        return self._run(batch, [output])[0]

    def _run(
        self, batch: npt.NDArray[np.float32], names: list[str]
    ) -> list[npt.NDArray[np.float32]]:
        try:
            outputs: list[npt.NDArray[np.float32]] = self._session.run(names, {self._input: batch})
        except Exception as error:  # as above
            raise ModelError(
                "model.run_failed",
                f"the network does not take an input of shape {batch.shape}: {error}",
            ) from error
        return outputs
