// vision/policy.py: which rule is asked of which photo, and with which figures.
import type { ColourRange } from "./colour";
import { EngineError } from "./errors";
import { RULE_IDS, type RuleId, type Shot, type Weight } from "./generated/shared";

export interface QualityLimits {
  min_sharpness: number;
  max_dark: number;
  max_glare: number;
  min_head: number;
}

/** One rule's clause and figures, defaults filled in. */
export interface RuleSettings {
  clause: string;
  colours: string[];
  pass_share: number;
  fail_share: number;
  min_feet: number;
}

export interface Policy {
  name: string;
  version: string;
  work_order: Shot[];
  shots: Partial<Record<Shot, Partial<Record<RuleId, Weight>>>>;
  quality: QualityLimits;
  colours: Record<string, ColourRange>;
  rules: Partial<Record<RuleId, RuleSettings>>;
  /** Missing in policies that were made before there was the word: false. */
  gallery?: boolean;
}

/** Check what a server sent; the server validated the figures when the policy was set. */
export function readPolicy(json: string): Policy {
  let found: Policy;
  let unknown: string[];
  try {
    found = JSON.parse(json);
    const asked = Object.values(found.shots).flatMap((rules) => Object.keys(rules));
    unknown = asked.filter((id) => !isKnown(id) || found.rules[id] === undefined);
    for (const settings of Object.values(found.rules)) {
      unknown.push(...settings.colours.filter((name) => found.colours[name] === undefined));
    }
    const figures = Object.values(found.quality);
    if (figures.length === 0 || !figures.every(Number.isFinite)) unknown.push("quality");
  } catch (error) {
    throw new EngineError("policy.invalid", `the policy is not readable: ${error}`);
  }
  if (unknown.length > 0) {
    throw new EngineError(
      "policy.invalid",
      `policy ${found.name} ${found.version} asks what this version of the app does not know ` +
        `(${unknown.join(", ")}); load the page again`,
    );
  }
  return found;
}

function isKnown(id: string): id is RuleId {
  return (RULE_IDS as readonly string[]).includes(id);
}
