// vision/manifest.py: what a network is and what it can see.
import { EngineError } from "./errors";
import { LABELS, type Label, type RuleId } from "./generated/shared";

/** What is known about one output channel; see `vision.manifest.ClassFacts`. */
export interface ClassFacts {
  label: Label;
  supported: boolean;
  present: number;
  absent: number;
}

/** Thresholds of one class for one rule only, in place of the class's own. */
export interface RuleFacts extends ClassFacts {
  rule: RuleId;
}

/** Thresholds of the second output: the probability that a picture shows a messy place. */
export interface MessFacts {
  present: number;
  absent: number;
}

export type FactsByLabel = ReadonlyMap<Label, ClassFacts>;

export interface Manifest {
  name: string;
  version: string;
  file: string;
  sha256: string;
  input_side: number;
  classes: ClassFacts[];
  rules?: RuleFacts[];
  mess?: MessFacts | null;
}

/** Facts of every label as one rule is to use them; without a rule the classes' own. */
export function factsFor({ classes, rules = [] }: Manifest, rule?: RuleId): FactsByLabel {
  const own = rules.filter((facts) => facts.rule === rule);
  return new Map([...classes, ...own].map((facts) => [facts.label, facts]));
}

/** For each label the score under which no rule looks at a box; unsupported ones are left out. */
export function floorsOf({ classes, rules = [] }: Manifest): ReadonlyMap<Label, number> {
  const floors = new Map<Label, number>();
  for (const { label, supported, absent } of [...classes, ...rules]) {
    if (supported) floors.set(label, Math.min(absent, floors.get(label) ?? 1));
  }
  return floors;
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
      [...found.classes, ...(found.rules ?? [])].every(isFacts) &&
      areOrdered(found.mess ?? { absent: 0, present: 1 });
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
  return LABELS.includes(facts.label) && typeof facts.supported === "boolean" && areOrdered(facts);
}

function areOrdered({ absent, present }: MessFacts): boolean {
  return absent >= 0 && absent <= present && present <= 1;
}
