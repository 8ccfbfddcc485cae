// vision/manifest.py: what a network is and what it can see.
import { EngineError } from "./errors";
import { LABELS, type Label } from "./generated/shared";

/** What is known about one output channel; see `vision.manifest.ClassFacts`. */
export interface ClassFacts {
  label: Label;
  supported: boolean;
  present: number;
  absent: number;
}

export interface Manifest {
  name: string;
  version: string;
  file: string;
  sha256: string;
  input_side: number;
  classes: ClassFacts[];
}

/** Check what a server sent, as far as the engine relies on it. */
export function readManifest(json: string): Manifest {
  let found: Manifest;
  try {
    found = JSON.parse(json);
    const usable =
      [found.name, found.version, found.file].every((text) => typeof text === "string") &&
      /^[0-9a-f]{64}$/.test(found.sha256) &&
      Number.isInteger(found.input_side / 32) &&
      found.input_side > 0 &&
      found.classes.length > 0 &&
      found.classes.every(isFacts);
    if (usable) return found;
  } catch (error) {
    throw new EngineError("model.manifest_invalid", `the manifest is not readable: ${error}`);
  }
  throw new EngineError(
    "model.manifest_invalid",
    `the manifest of ${found.name} ${found.version} does not fit this version of the app`,
  );
}

function isFacts(facts: ClassFacts): boolean {
  return (
    LABELS.includes(facts.label) &&
    typeof facts.supported === "boolean" &&
    facts.absent >= 0 &&
    facts.absent <= facts.present &&
    facts.present <= 1
  );
}
