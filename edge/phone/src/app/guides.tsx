// The outline to fit each shot into.
import type { Shot } from "../engine";

// In a frame of 90 by 120, the shape of a phone's picture held upright.
const PATHS: Record<Shot, string> = {
  selfie:
    "M31 27 a14 15 0 0 1 28 0 M27 27 h36 M31 27 v10 a14 15 0 0 0 28 0 v-10 " +
    "M37 51 q-24 4 -27 30 v31 h70 v-31 q-3 -26 -27 -30 M51 72 h13 v18 h-13 z",
  shoes:
    "M22 108 q-6 -34 4 -60 q7 -12 15 0 q5 26 -1 60 q-9 8 -18 0 z " +
    "M50 108 q-6 -34 -1 -60 q8 -12 15 0 q10 26 4 60 q-9 8 -18 0 z",
  site_before: "M8 8 h74 v104 h-74 z M8 76 h74",
  site_after: "M8 8 h74 v104 h-74 z M8 76 h74",
  kit: "M10 22 h70 v84 h-70 z M34 22 v-8 h22 v8",
};

export function Outline({ shot }: { shot: Shot }) {
  return (
    <svg class="outline" viewBox="0 0 90 120" aria-hidden="true">
      <path class="under" d={PATHS[shot]} />
      <path d={PATHS[shot]} />
    </svg>
  );
}
