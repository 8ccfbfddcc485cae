// The engine inside its worker: loads once, then answers one call after the other.
import { Checker } from "./checker";
import type { CheckerInfo, CheckerOptions, LiveView, Problem } from "./client";
import { Detector } from "./detector";
import { EngineError } from "./errors";
import { overall } from "./findings";
import type { Shot } from "./generated/shared";
import type { Manifest } from "./manifest";
import { decodePhoto, framePixels } from "./photo";
import type { Policy } from "./policy";
import { measureQuality } from "./quality";
import { boxJson, findingJson, type ReportJson } from "./report";
import { type Backend, hasWebGpu, OnnxSession, startRuntime, threads } from "./session";
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
  const wanted = options.backend ?? "auto";
  const useGpu = wanted === "webgpu" || (wanted === "auto" && (await hasWebGpu()));
  // Both at once; a runtime that does not start is met again, and said, when the network is opened.
  const [loaded, runtime] = await Promise.all([
    timed(() => load(options, progress)),
    timed(() => startRuntime(useGpu ? "webgpu" : "wasm").catch(() => {})),
  ]);
  const { manifest, model, policy, problems } = loaded.result;
  const opened = await timed(async () => {
    if (useGpu) {
      try {
        return await openChecker(model, "webgpu", manifest, policy);
      } catch (error) {
        if (wanted === "webgpu") throw error;
        problems.push(problem(error)); // a refusal is said, not hidden
      }
    }
    return openChecker(model, "wasm", manifest, policy);
  });
  const { backend } = opened.result;
  checker = opened.result.checker;
  return {
    model: { name: manifest.name, version: manifest.version, sha256: manifest.sha256 },
    policy: { name: policy.name, version: policy.version },
    gallery: policy.gallery ?? false,
    backend,
    threads: backend === "wasm" ? threads() : 1,
    problems,
    timings: { network: loaded.ms, runtime: runtime.ms, session: opened.ms },
  };
}

/** A checker that runs: with WebGPU shaders are compiled, and may fail, on the first run. */
async function openChecker(
  model: Uint8Array,
  backend: Backend,
  manifest: Manifest,
  policy: Policy,
): Promise<{ checker: Checker; backend: Backend }> {
  const session = await OnnxSession.open(model, backend);
  const made = new Checker(new Detector(session, manifest), policy);
  if (backend === "webgpu") await made.warm();
  return { checker: made, backend };
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const start = performance.now();
  const result = await work();
  return { result, ms: performance.now() - start };
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
