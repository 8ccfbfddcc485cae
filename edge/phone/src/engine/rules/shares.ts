// vision/rules/shares.py: how much of a thing has an allowed colour.
import type { ColourReading } from "../colour";
import type { Box } from "../detections";
import type { RuleSettings } from "../policy";
import type { Answer } from "./context";

/** PASS from the policy's `pass_share` on, FAIL up to its `fail_share`, UNSURE between. */
export function judgeColour(reading: ColourReading, settings: RuleSettings, box: Box): Answer {
  const { pass_share, fail_share, colours } = settings;
  const value = reading.share(colours);
  const rest = { boxes: [box], value, detail: reading.main };
  if (value >= pass_share) {
    return { verdict: "PASS", reason: "colour_right", threshold: pass_share, ...rest };
  }
  if (value <= fail_share) {
    return { verdict: "FAIL", reason: "colour_wrong", threshold: fail_share, ...rest };
  }
  return { verdict: "UNSURE", reason: "colour_unclear", threshold: pass_share, ...rest };
}
