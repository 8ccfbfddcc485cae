// The errors of vision/errors.py: the same stable codes, carried over the worker's border.

/** What the engine throws on purpose; `code` is one of docs/errors.md, e.g. `photo.undecodable`. */
export class EngineError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "EngineError";
  }
}
