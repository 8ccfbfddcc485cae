// vision/rules/badge.py: a work badge hangs on the chest.
import type { Person } from "../scene";
import { type Answer, byScore, type Context } from "./context";

/** PASS: a card on the chest. FAIL: none there, though the chest is in the picture. */
export function badgeWorn(person: Person, context: Context): Answer {
  const badge = context.seen(person.badges);
  if (badge) return byScore("PASS", "badge_on_chest", badge, context);
  const torso = context.seen([...person.torsos, ...person.vests]);
  if (!torso) return { verdict: "UNSURE", reason: "torso_not_visible", boxes: [person.box] };
  const hint = context.hinted(person.badges);
  if (hint) return { verdict: "UNSURE", reason: "badge_unclear", boxes: [hint] };
  const stray = context.seen(person.strayBadges);
  if (stray) return { verdict: "FAIL", reason: "badge_not_on_chest", boxes: [stray] };
  return { verdict: "FAIL", reason: "badge_missing", boxes: [torso] };
}
