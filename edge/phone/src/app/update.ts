// The service worker: without it the app does not open where there is no signal.
import { registerSW } from "virtual:pwa-register";
import { Live } from "./live";

/** Loads the waiting version; null while there is none. */
export const newVersion = new Live<(() => void) | null>(null);

export function keepUpToDate(): void {
  const load = registerSW({
    onNeedRefresh: () => newVersion.set(() => void load(true)),
  });
}
