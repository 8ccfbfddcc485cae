// Looks through the camera again and again, and says when the moment to take the photo has come.
import type { LiveView, PhoneChecker, Shot } from "../engine";
import { glance } from "./camera";
import { Steady } from "./steady";

const GLANCE_MS = 120;
/** Nobody is photographed before having had the time to get ready. */
const FIRST_MS = 1500;
const STILL_MS = 700;
/** Where no rule tells a good picture from a bad one, only the hand does. */
const STILL_WITHOUT_RULES_MS = 2500;

export interface Moment {
  /** What is asked is all there: only the hand must hold still. */
  good: boolean;
  /** Take it. */
  now: boolean;
}

/** `seenAt` is when the picture was taken that `view` judges, `openedAt` when watching began. */
export function momentOf(
  view: LiveView,
  seenAt: number,
  openedAt: number,
  stillSince: number,
  now: number,
): Moment {
  const asked = view.findings.some((finding) => finding.verdict !== "N/A");
  const good = view.verdict === "PASS" || !asked;
  const wait = asked ? STILL_MS : STILL_WITHOUT_RULES_MS;
  const rested = now - Math.max(stillSince, openedAt + FIRST_MS - wait) >= wait;
  return { good, now: good && rested && seenAt >= stillSince };
}

/** Watch until the function returned is called. */
export function watch(
  video: HTMLVideoElement,
  checker: PhoneChecker,
  shot: Shot,
  seen: (view: LiveView, moment: Moment) => void,
  failed: (error: unknown) => void,
): () => void {
  const steady = new Steady();
  const canvas = document.createElement("canvas");
  const openedAt = performance.now();
  let stopped = false;
  const glances = setInterval(() => {
    if (hasPicture(video)) steady.add(glance(video, canvas), performance.now());
  }, GLANCE_MS);

  const look = async () => {
    while (!stopped) {
      if (!hasPicture(video)) {
        await pause(GLANCE_MS);
        continue;
      }
      const seenAt = performance.now();
      const view = await checker.detect(await createImageBitmap(video), shot);
      if (stopped) return;
      const moment = momentOf(view, seenAt, openedAt, steady.stillSince, performance.now());
      seen(view, moment);
      await pause(moment.now ? GLANCE_MS : 0); // the page needs a turn to draw
    }
  };
  look().catch((error) => {
    if (!stopped) failed(error);
  });
  return () => {
    stopped = true;
    clearInterval(glances);
  };
}

function hasPicture(video: HTMLVideoElement): boolean {
  return video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
