// vision/rules/badge.py: a work badge hangs on the chest.
import { centreIn, type Person } from "../scene";
import { seenChest } from "./chest";
import { type Answer, byScore, type Context } from "./context";

/** PASS: a card on the chest. FAIL: none there, though the chest is in the picture. */
export function badgeWorn(person: Person, context: Context): Answer {
  const badge = context.seen(person.badges);
  if (badge) return byScore("PASS", "badge_on_chest", badge, context);
  const chest = seenChest(person, context);
  if (!chest) return { verdict: "UNSURE", reason: "torso_not_visible", boxes: [person.box] };
  const stray = context.seen(person.strayBadges);
  if (stray) {
    const low = [...person.torsos, ...person.vests].some((torso) => centreIn(stray, torso));
    return { verdict: low ? "UNSURE" : "FAIL", reason: "badge_not_on_chest", boxes: [stray] };
  }
  const hint = context.hinted([...person.badges, ...person.strayBadges]);
  if (hint) return { verdict: "UNSURE", reason: "badge_unclear", boxes: [hint] };
  return { verdict: "FAIL", reason: "badge_missing", boxes: [chest] };
}
