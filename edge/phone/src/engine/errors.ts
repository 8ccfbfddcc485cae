// The errors of vision/errors.py: the same stable codes, carried over the worker's border.
import type { ErrorCode } from "./generated/shared";

/** Codes the phone alone has, and what to do; docs/errors.md has them too. */
export const ENGINE_ADVICE = {
  "engine.not_stored":
    "The phone has no room: free some; until then the app needs a signal to start.",
  "engine.failed":
    "Load the page again; if it happens again, the browser is too old or short of memory.",
} as const;

export type EngineCode = ErrorCode | keyof typeof ENGINE_ADVICE;

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
