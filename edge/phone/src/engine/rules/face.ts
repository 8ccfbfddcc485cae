// vision/rules/face.py: no dark glasses.
import { headPlace, type Person } from "../scene";
import { type Answer, byScore, type Context } from "./context";

/** FAIL: sunglasses on the face. PASS: none, though the head is in the picture. */
export function noSunglasses(person: Person, context: Context): Answer {
  const glasses = context.seen(person.sunglasses);
  if (glasses) return byScore("FAIL", "sunglasses_worn", glasses, context);
  const head = headPlace(person);
  if (!head || !context.seen([head])) {
    return { verdict: "UNSURE", reason: "face_not_visible", boxes: [person.box] };
  }
  const hint = context.hinted(person.sunglasses);
  if (hint) return { verdict: "UNSURE", reason: "sunglasses_unclear", boxes: [hint] };
  return { verdict: "PASS", reason: "no_sunglasses", boxes: [head] };
}
