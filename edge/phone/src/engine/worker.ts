// The engine inside its worker: loads once, then answers one call after the other.
import { Checker } from "./checker";
import type { CheckerInfo, CheckerOptions, LiveView, Problem } from "./client";
import { Detector } from "./detector";
import { EngineError } from "./errors";
import { overall } from "./findings";
import type { Shot } from "./generated/shared";
import { decodePhoto, framePixels } from "./photo";
import { measureQuality } from "./quality";
import { boxJson, findingJson, type ReportJson } from "./report";
import { type Backend, hasWebGpu, OnnxSession, type Session, threads } from "./session";
import { load } from "./store";

export type Call =
  | { call: "open"; options: CheckerOptions }
  | { call: "check"; image: Blob; shot: Shot | null }
  | { call: "detect"; frame: ImageBitmap; shot: Shot | null };
export type Result = CheckerInfo | ReportJson | LiveView;
export type Answer =
  | { id: number; result: Result }
  | { id: number; error: Problem }
  | { progress: { loaded: number; total: number } };

let checker: Checker | undefined;

async function open(options: CheckerOptions): Promise<CheckerInfo> {
  const progress = (loaded: number, total: number) => post({ progress: { loaded, total } });
  const { manifest, model, policy, problems } = await load(options, progress);
  const { session, backend } = await openSession(model, options.backend ?? "auto", problems);
  checker = new Checker(new Detector(session, manifest), policy);
  if (backend === "webgpu") await checker.warm(); // shaders are compiled on the first run
  return {
    model: { name: manifest.name, version: manifest.version, sha256: manifest.sha256 },
    policy: { name: policy.name, version: policy.version },
    backend,
    threads: backend === "wasm" ? threads() : 1,
    problems,
  };
}

/** WebGPU where it is there and takes the network; a refusal is said, not hidden. */
async function openSession(
  model: Uint8Array,
  wanted: "auto" | Backend,
  problems: Problem[],
): Promise<{ session: Session; backend: Backend }> {
  if (wanted === "webgpu" || (wanted === "auto" && (await hasWebGpu()))) {
    try {
      return { session: await OnnxSession.open(model, "webgpu"), backend: "webgpu" };
    } catch (error) {
      if (wanted === "webgpu") throw error;
      problems.push(problem(error));
    }
  }
  return { session: await OnnxSession.open(model, "wasm"), backend: "wasm" };
}

async function check(ready: Checker, image: Blob, shot: Shot | null): Promise<ReportJson> {
  const start = performance.now();
  const photo = await decodePhoto(image, ready.detector.manifest.input_side);
  return ready.check(photo, shot, performance.now() - start);
}

async function detect(ready: Checker, frame: ImageBitmap, shot: Shot | null): Promise<LiveView> {
  const size: [number, number] = [frame.width, frame.height];
  const pixels = framePixels(frame, ready.detector.manifest.input_side);
  frame.close();
  const detections = await ready.detector.detect(pixels);
  const { findings } = ready.judge.judge(pixels, measureQuality(pixels), detections, shot);
  const scale = size[0] / pixels.width;
  return {
    size,
    boxes: ready.judge.seen(detections).map((box) => boxJson(box, size, scale)),
    verdict: overall(findings),
    findings: findings.map((finding) => findingJson(finding, size, scale)),
  };
}

function answer(call: Call): Promise<Result> {
  if (call.call === "open") return open(call.options);
  if (!checker) throw new EngineError("engine.failed", "the engine is not open");
  if (call.call === "check") return check(checker, call.image, call.shot);
  return detect(checker, call.frame, call.shot);
}

function problem(error: unknown): Problem {
  if (error instanceof EngineError) return { code: error.code, message: error.message };
  return { code: "engine.failed", message: String(error) };
}

function post(message: Answer): void {
  self.postMessage(message);
}

// One after the other: the runtime takes one picture at a time.
let last: Promise<void> = Promise.resolve();
self.onmessage = ({ data }: MessageEvent<Call & { id: number }>) => {
  const { id } = data;
  last = last.then(async () => {
    try {
      post({ id, result: await answer(data) });
    } catch (error) {
      post({ id, error: problem(error) });
    }
  });
};
