// The engine, started once; its state is what the screens show while it loads.
import { file as networkFile } from "../../../../models/manifest.json";
import { createChecker, EngineError, type PhoneChecker } from "../engine";
import { Live } from "./live";

export type EngineState =
  | { state: "loading"; percent: number | null }
  | { state: "ready"; checker: PhoneChecker }
  | { state: "failed"; why: string };

export const engine = new Live<EngineState>({ state: "loading", percent: null });
let started = false;

/** Load it, if that has not begun; the addresses are the same under `/phone` and in a plain folder. */
export async function startEngine(): Promise<void> {
  if (started) return;
  started = true;
  engine.set({ state: "loading", percent: null });
  try {
    const checker = await createChecker(
      {
        modelUrl: `model/${networkFile}`,
        manifestUrl: "model/manifest.json",
        policyUrl: "policy.json",
      },
      (loaded, total) =>
        engine.set({ state: "loading", percent: Math.round((100 * loaded) / total) }),
    );
    engine.set({ state: "ready", checker });
  } catch (error) {
    engineFailed(error);
  }
}

/** The checker, once it is known whether there is one. */
export function settled(): Promise<PhoneChecker | null> {
  return new Promise((resolve) => {
    const look = (current: EngineState) => {
      if (current.state === "loading") return;
      stop();
      resolve(current.state === "ready" ? current.checker : null);
    };
    const stop = engine.follow(look);
    look(engine.value);
  });
}

/** Photos are taken all the same: the service checks them. */
export function engineFailed(error: unknown): void {
  started = false; // the next screen that needs it tries again
  const why = error instanceof EngineError ? `${error.code}.` : `${error}.`;
  engine.set({ state: "failed", why });
}
