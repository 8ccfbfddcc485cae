// The engine as the page sees it: a worker behind two asynchronous functions.
import { type EngineCode, EngineError } from "./errors";
import type { Shot, Verdict } from "./generated/shared";
import type { BoxJson, FindingJson, ReportJson } from "./report";
import type { Answer, Call, Result } from "./worker";

export interface CheckerOptions {
  /** Address of the network file; its name need not be the manifest's. */
  modelUrl: string;
  manifestUrl: string;
  /** A policy as JSON with everything filled in. */
  policyUrl: string;
  /** "auto" takes WebGPU where there is an adapter. */
  backend?: "auto" | "webgpu" | "wasm";
}

/** Something that went wrong without stopping the engine; `code` is one of docs/errors.md. */
export interface Problem {
  code: EngineCode;
  message: string;
}

/** What was loaded, for the screen that tells, and for the capture record. */
export interface CheckerInfo {
  model: { name: string; version: string; sha256: string };
  policy: { name: string; version: string };
  /** Whether pictures from the phone's gallery may be sent too. */
  gallery: boolean;
  backend: "webgpu" | "wasm";
  /** Threads of the WASM runtime; 1 where the page is not cross-origin isolated. */
  threads: number;
  /** Why a stored network or policy is used, why nothing could be stored, why not WebGPU. */
  problems: Problem[];
  /** Milliseconds of the start; network and runtime are loaded at the same time. */
  timings: { network: number; runtime: number; session: number };
}

/** One frame of the live view, judged. Boxes are in pixels of the frame. */
export interface LiveView {
  size: [number, number];
  /** Everything the network surely saw. */
  boxes: BoxJson[];
  verdict: Verdict;
  findings: FindingJson[];
}

export interface PhoneChecker {
  readonly info: CheckerInfo;
  /** The same report as the server's for the same bytes; `null` lets the scene decide the shot. */
  check(image: Blob, shot: Shot | null): Promise<ReportJson>;
  /** Judge a frame; the bitmap is handed over and closed. */
  detect(frame: ImageBitmap, shot: Shot | null): Promise<LiveView>;
  /** End the worker; calls still waiting are rejected with `engine.failed`. */
  close(): void;
}

/** Bytes of the network fetched so far; not called when it comes out of the store. */
export type OnProgress = (loaded: number, total: number) => void;

/** Load network and policy into a worker. Rejects with an `EngineError`. */
export async function createChecker(
  options: CheckerOptions,
  onProgress: OnProgress = () => {},
): Promise<PhoneChecker> {
  const link = new Link(onProgress);
  const absolute = (url: string) => new URL(url, document.baseURI).href;
  const addresses = {
    ...options,
    modelUrl: absolute(options.modelUrl),
    manifestUrl: absolute(options.manifestUrl),
    policyUrl: absolute(options.policyUrl),
  };
  try {
    const info = await link.call<CheckerInfo>({ call: "open", options: addresses });
    return {
      info,
      check: (image, shot) => link.call<ReportJson>({ call: "check", image, shot }),
      detect: (frame, shot) => link.call<LiveView>({ call: "detect", frame, shot }, [frame]),
      close: () => link.close("the engine was closed"),
    };
  } catch (error) {
    link.close("the engine did not open");
    throw error;
  }
}

interface Waiting {
  resolve: (result: Result) => void;
  reject: (error: EngineError) => void;
}

/** Calls over the worker's border, matched with their answers by number. */
class Link {
  private readonly worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  private readonly waiting = new Map<number, Waiting>();
  private closed: string | null = null;
  private calls = 0;

  constructor(onProgress: OnProgress) {
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if ("progress" in data) onProgress(data.progress.loaded, data.progress.total);
      else this.settle(data);
    };
    this.worker.onerror = (event) => this.close(`the worker broke off: ${event.message}`);
  }

  call<T extends Result>(call: Call, transfer: Transferable[] = []): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.closed !== null) {
        reject(new EngineError("engine.failed", this.closed));
        return;
      }
      const id = this.calls++;
      this.waiting.set(id, { resolve: (result) => resolve(result as T), reject });
      this.worker.postMessage({ ...call, id }, transfer);
    });
  }

  close(why: string): void {
    this.closed = why;
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(new EngineError("engine.failed", why));
    this.waiting.clear();
  }

  private settle(answer: Exclude<Answer, { progress: unknown }>): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ("error" in answer)
      waiting?.reject(new EngineError(answer.error.code, answer.error.message));
    else waiting?.resolve(answer.result);
  }
}
