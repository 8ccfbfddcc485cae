// The errors of vision/errors.py: the same stable codes, carried over the worker's border.
import type { ErrorCode } from "./generated/shared";

/** Codes of docs/errors.md; `engine.*` are the phone's own. */
export type EngineCode = ErrorCode | "engine.not_stored" | "engine.failed";

/** What the engine throws on purpose. */
export class EngineError extends Error {
  constructor(
    readonly code: EngineCode,
    message: string,
  ) {
    super(message);
    this.name = "EngineError";
  }
}
