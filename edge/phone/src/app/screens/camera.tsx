// The camera with what the engine sees in it; it takes the photo by itself.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import {
  explain,
  type FindingJson,
  type LiveView,
  type PhoneChecker,
  type ReportJson,
  ruleName,
  type Shot,
} from "../../engine";
import {
  CameraError,
  type CameraTrouble,
  closeCamera,
  facing,
  openCamera,
  takePhoto,
} from "../camera";
import { engine, engineFailed, settled, startEngine } from "../engine";
import { Outline } from "../guides";
import { useLive } from "../live";
import { Mark, WaitingCount } from "../parts";
import type { Phone } from "../phone";
import { lookForPlace } from "../place";
import { go } from "../routes";
import type { Order } from "../service";
import { howTo, language, say, shotName } from "../texts";
import { type Moment, watch } from "../watch";
import { Boxes } from "./boxes";
import { VerdictScreen } from "./verdict";

interface CameraProps {
  phone: Phone;
  order: Order;
  shot: Shot;
}

export interface Taken {
  photo: Blob;
  at: Date;
  report: ReportJson | null;
}

export function CameraScreen({ phone, order, shot }: CameraProps) {
  const [taken, setTaken] = useState<Taken | null>(null);
  const current = useLive(engine);
  const checker = current.state === "ready" ? current.checker : null;
  useEffect(() => {
    lookForPlace();
    void startEngine(); // again, if it failed before
  }, []);
  const take = useCallback(
    async (photo: Blob) => {
      const at = new Date();
      try {
        const ready = await settled(); // who presses early waits for the checker
        setTaken({ photo, at, report: (await ready?.check(photo, shot)) ?? null });
      } catch (error) {
        engineFailed(error);
        setTaken({ photo, at, report: null });
      }
    },
    [shot],
  );
  if (taken !== null) {
    return (
      <VerdictScreen
        phone={phone}
        order={order}
        shot={shot}
        taken={taken}
        retake={() => setTaken(null)}
      />
    );
  }
  return <Finder phone={phone} order={order} shot={shot} checker={checker} take={take} />;
}

interface FinderProps extends CameraProps {
  checker: PhoneChecker | null;
  take: (photo: Blob) => Promise<void>;
}

function Finder({ phone, order, shot, checker, take }: FinderProps) {
  const video = useRef<HTMLVideoElement>(null);
  const { stream, isLit, trouble, retry } = useCamera(video, shot);
  const [seen, setSeen] = useState<{ view: LiveView; moment: Moment } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const shooting = useRef(false);
  const before = useBefore(phone, order, shot);
  const isMirrored = facing(shot) === "user";

  const choose = useCallback(
    async (photo: Blob | Promise<Blob>) => {
      if (shooting.current) return;
      shooting.current = true; // the button may be pressed while the app takes it by itself
      setBusy(true);
      await take(await photo);
      shooting.current = false;
      setBusy(false);
    },
    [take],
  );
  const shoot = useCallback(async () => {
    if (video.current && !shooting.current) await choose(takePhoto(video.current));
  }, [choose]);

  useEffect(() => {
    if (!isLit || !checker || !video.current || isBusy) return;
    return watch(
      video.current,
      checker,
      shot,
      (view, moment) => {
        setSeen({ view, moment });
        if (moment.now) void shoot();
      },
      engineFailed,
    );
  }, [isLit, checker, shot, isBusy, shoot]);

  return (
    <main class="camera">
      <div class="finder">
        <video ref={video} class={isMirrored ? "mirrored" : ""} autoplay muted playsInline />
        {before && <img class="before" src={before} alt="" />}
        {stream && <Outline shot={shot} />}
        {seen && <Boxes boxes={seen.view.boxes} size={seen.view.size} isMirrored={isMirrored} />}
        <div class="top">
          <button
            type="button"
            class="dark"
            onClick={() => go({ screen: "order", number: order.number })}
          >
            <span aria-hidden="true">‹ </span>
            {say("back")}
          </button>
          <WaitingCount phone={phone} />
        </div>
      </div>
      <div class="panel">
        <h1>{shotName(shot)}</h1>
        {trouble ? (
          <div role="alert">
            <p>{say(trouble)}</p>
            <button type="button" onClick={retry}>
              {say("try_again")}
            </button>
            <button
              type="button"
              class="plain"
              onClick={() => go({ screen: "omission", number: order.number, shot })}
            >
              {say("cannot_take")}
            </button>
          </div>
        ) : (
          <Hint shot={shot} seen={seen} isBusy={isBusy} hasBefore={before !== null} />
        )}
        {checker?.info.gallery && <Gallery isBusy={isBusy} take={choose} />}
        <button
          type="button"
          class={`shutter ${seen?.moment.good ? "good" : ""}`}
          aria-label={say("shutter")}
          disabled={!isLit || isBusy}
          onClick={() => void shoot()}
        />
      </div>
    </main>
  );
}

/** Only where the policy allows it: a picture from the gallery may be an old one. */
function Gallery({ isBusy, take }: { isBusy: boolean; take: (photo: Blob) => Promise<void> }) {
  return (
    <label class="gallery">
      {say("gallery")}
      <input
        type="file"
        accept="image/*"
        disabled={isBusy}
        onChange={(event) => {
          const photo = event.currentTarget.files?.[0];
          if (photo) void take(photo);
        }}
      />
    </label>
  );
}

interface HintProps {
  shot: Shot;
  seen: { view: LiveView; moment: Moment } | null;
  isBusy: boolean;
  hasBefore: boolean;
}

/** One line on what to do now, and a tick for each rule. */
function Hint({ shot, seen, isBusy, hasBefore }: HintProps) {
  const current = useLive(engine);
  const findings = (seen?.view.findings ?? []).filter(({ verdict }) => verdict !== "N/A");
  return (
    <>
      <p class="hint" role="status">
        {hintText(current, shot, seen, isBusy, hasBefore)}
      </p>
      <ul class="ticks">
        {findings.map((finding) => (
          <li key={finding.rule}>
            <Mark verdict={finding.verdict} /> {ruleName(finding.rule, language.value)}
          </li>
        ))}
      </ul>
    </>
  );
}

function hintText(
  current: typeof engine.value,
  shot: Shot,
  seen: HintProps["seen"],
  isBusy: boolean,
  hasBefore: boolean,
): string {
  if (current.state === "failed") return say("no_engine", { why: current.why });
  if (current.state === "loading") {
    return current.percent === null
      ? say("starting_network")
      : say("loading_network", { percent: current.percent });
  }
  if (isBusy) return say("checking");
  if (seen === null) return say("looking");
  if (hasBefore && !seen.moment.now) return say("align");
  if (seen.moment.good) return say("hold_still");
  const worst = worstOf(seen.view.findings);
  return worst ? explain(worst, language.value) : howTo(shot);
}

/** What to mend first: what is surely wrong, and only then what is doubtful. */
export function worstOf(findings: readonly FindingJson[]): FindingJson | undefined {
  const asked = findings.filter(({ advisory }) => !advisory);
  return (
    asked.find(({ verdict }) => verdict === "FAIL") ??
    asked.find(({ verdict }) => verdict === "UNSURE")
  );
}

const LIGHT_MS = 500; // the first pictures of a camera are black or far too bright

/** The camera's picture in the video element; `isLit` when it can be photographed. */
function useCamera(video: { current: HTMLVideoElement | null }, shot: Shot) {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [isLit, setLit] = useState(false);
  const [trouble, setTrouble] = useState<CameraTrouble | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let open: MediaStream | null = null;
    let gone = false;
    const begin = async () => {
      try {
        const found = await openCamera(shot);
        if (gone) {
          closeCamera(found);
          return;
        }
        open = found;
        // A phone call or the lock screen takes the camera away.
        found.getVideoTracks()[0]?.addEventListener("ended", () => setTries((n) => n + 1));
        if (video.current) video.current.srcObject = found;
        setTrouble(null);
        setStream(found);
      } catch (error) {
        if (!gone && error instanceof CameraError) setTrouble(error.trouble);
      }
    };
    void begin();
    return () => {
      gone = true;
      if (open) closeCamera(open);
      setStream(null);
    };
  }, [video, shot, tries]);
  useEffect(() => {
    const element = video.current;
    if (!stream || !element) return;
    let timer: ReturnType<typeof setTimeout>;
    const frame = element.requestVideoFrameCallback(() => {
      timer = setTimeout(() => setLit(true), LIGHT_MS);
    });
    return () => {
      element.cancelVideoFrameCallback(frame);
      clearTimeout(timer);
      setLit(false);
    };
  }, [video, stream]);
  const retry = () => setTries((n) => n + 1);
  return { stream, isLit, trouble, retry };
}

/** The address of the picture from before the work, to fit the one from after it to. */
function useBefore(phone: Phone, order: Order, shot: Shot): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (shot !== "site_after") return;
    let made: string | null = null;
    let gone = false;
    void phone.before(order).then((picture) => {
      if (picture === null || gone) return;
      made = URL.createObjectURL(picture);
      setAddress(made);
    });
    return () => {
      gone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [phone, order.id, shot]);
  return address;
}
