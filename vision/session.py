"""Runtimes: one small protocol, one class per runtime, defaults in one place."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime

from vision.errors import ModelError


class Session(Protocol):
    """A loaded network."""

    def run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Run on float32 RGB pictures of shape (n, 3, height, width), values 0 to 1."""
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
        self._output = self._session.get_outputs()[0].name

    def run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """See `Session.run`."""
        try:
            output: npt.NDArray[np.float32] = self._session.run(
                [self._output], {self._input: batch}
            )[0]
        except Exception as error:  # as above
            raise ModelError(
                "model.run_failed",
                f"the network does not take an input of shape {batch.shape}: {error}",
            ) from error
        return output
