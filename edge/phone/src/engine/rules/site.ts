// vision/rules/site.py: nothing left lying about.
import { looseOf, type Scene } from "../scene";
import type { Answer, Context } from "./context";

/** FAIL: litter or a loose tool, or a messy place. PASS: nothing of the kind. */
export function siteClean(scene: Scene, context: Context): Answer {
  const things = [...looseOf(scene, "litter"), ...looseOf(scene, "tool")];
  const left = things.filter((box) => context.seen([box]));
  const first = left[0];
  if (first) return { verdict: "FAIL", reason: "litter_left", boxes: left, value: first.score };
  const look = lookOfThePlace(scene, context);
  if (look && look.verdict !== "PASS") return look;
  const doubtful = things.filter((box) => context.hinted([box]));
  if (doubtful.length > 0) {
    const value = Math.max(...doubtful.map((box) => box.score));
    return { verdict: "UNSURE", reason: "site_unclear", boxes: doubtful, value };
  }
  return look ?? { verdict: "PASS", reason: "site_clean" };
}

/** What the whole picture says, box or no box; undefined if the network does not say. */
function lookOfThePlace({ mess }: Scene, { mess: limits }: Context): Answer | undefined {
  if (limits === null) return undefined;
  // A runtime that reads the boxes only.
  if (mess === null) return { verdict: "UNSURE", reason: "not_supported_by_model" };
  if (mess >= limits.present) {
    return { verdict: "FAIL", reason: "site_messy", value: mess, threshold: limits.present };
  }
  if (mess >= limits.absent) {
    return { verdict: "UNSURE", reason: "mess_unclear", value: mess, threshold: limits.present };
  }
  return { verdict: "PASS", reason: "site_tidy", value: mess, threshold: limits.absent };
}
