// vision/rules/site.py: nothing left lying about.
import { looseOf, type Scene } from "../scene";
import type { Answer, Context } from "./context";

/** FAIL: litter or a loose tool in the picture. PASS: nothing of the kind. */
export function siteClean(scene: Scene, context: Context): Answer {
  const things = [...looseOf(scene, "litter"), ...looseOf(scene, "tool")];
  const left = things.filter((box) => context.seen([box]));
  const first = left[0];
  if (first) return { verdict: "FAIL", reason: "litter_left", boxes: left, value: first.score };
  const hint = context.hinted(things);
  if (hint) return { verdict: "UNSURE", reason: "site_unclear", boxes: [hint], value: hint.score };
  return { verdict: "PASS", reason: "site_clean" };
}
