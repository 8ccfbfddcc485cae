// The engine as the page sees it: a worker behind two asynchronous functions.
import type { Shot, Verdict } from "./generated/shared";
import type { BoxJson, FindingJson, ReportJson } from "./report";

export interface CheckerOptions {
  /** Address of the network file; its name need not be the manifest's. */
  modelUrl: string;
  manifestUrl: string;
  /** A policy as JSON with everything filled in, as `ppe policy show` prints it. */
  policyUrl: string;
  /** "auto" takes WebGPU where there is an adapter. */
  backend?: "auto" | "webgpu" | "wasm";
  /** Bytes of the network fetched so far; not called when it comes out of the cache. */
  onProgress?: (loaded: number, total: number) => void;
}

/** What was loaded, for the screen that tells, and for the capture record. */
export interface CheckerInfo {
  model: { name: string; version: string; sha256: string };
  policy: { name: string; version: string };
  backend: "webgpu" | "wasm";
  /** Threads of the WASM runtime; 1 where the page is not cross-origin isolated. */
  threads: number;
  /** Why the stored network or policy is used instead of the server's; null if it is the server's. */
  stored: { code: string; message: string } | null;
}

/** One frame of the live view, judged. Boxes are in pixels of the frame. */
export interface LiveView {
  size: [number, number];
  /** Everything the network saw from the class's `present` on. */
  boxes: BoxJson[];
  verdict: Verdict;
  findings: FindingJson[];
}

export interface PhoneChecker {
  readonly info: CheckerInfo;
  /** The same report as the server's for the same bytes; `null` lets the scene decide the shot. */
  check(image: Blob, shot: Shot | null): Promise<ReportJson>;
  /** Judge a frame; the bitmap is transferred and closed. */
  detect(frame: ImageBitmap, shot: Shot | null): Promise<LiveView>;
  close(): void;
}
