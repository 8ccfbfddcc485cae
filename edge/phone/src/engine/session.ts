// vision/session.py: runtimes: one small interface, defaults in one place.
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-web";
import gpuGlue from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import gpuBinary from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import cpuGlue from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import cpuBinary from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import { EngineError } from "./errors";
import { SESSION } from "./generated/shared";

/** A float32 array with its shape. */
export interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** What a network says of one picture. */
export interface Output {
  readonly boxes: Tensor;
  /** Probability that the picture shows a messy place; null if it was not asked. */
  readonly mess: number | null;
}

/** A loaded network: RGB pictures of shape (1, 3, height, width), values 0 to 1. */
export interface Session {
  run(batch: Tensor, withMess: boolean): Promise<Output>;
}

export type Backend = "webgpu" | "wasm";

const MOST_THREADS = 4; // a phone's further cores are slow ones

/** Threads the WASM runtime may use; without cross-origin isolation there is only one. */
export function threads(): number {
  return crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1;
}

interface Adapter {
  info?: { isFallbackAdapter?: boolean };
  isFallbackAdapter?: boolean;
}

/** Whether the browser has WebGPU on a real adapter: one made of software is slower than WASM. */
export async function hasWebGpu(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  const adapter = await gpu?.requestAdapter();
  return !!adapter && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter);
}

// A network that only copies one number (onnx.helper: Identity, opset 17), as base64. The runtime
// has no call to start it; loading this does.
const COPY =
  "CAk6NgoQCgFhEgFiIghJZGVudGl0eRIAWg8KAWESCgoICAESBAoCCAFiDwoBYhIKCggIARIECgIIAUIECgAQEQ==";

/** Fetch and compile a runtime: most of a start's time, so that nothing should wait for its turn. */
export async function startRuntime(backend: Backend): Promise<void> {
  const ort = await runtime(backend);
  if (backend === "webgpu") return; // starts its device with the network
  const copy = Uint8Array.from(atob(COPY), (letter) => letter.charCodeAt(0));
  const session = await ort.InferenceSession.create(copy, { executionProviders: ["wasm"] });
  await session.release();
}

/** ONNX Runtime Web. */
export class OnnxSession implements Session {
  private constructor(
    private readonly session: InferenceSession,
    private readonly tensor: typeof OrtTensor,
  ) {}

  static async open(model: Uint8Array, backend: Backend): Promise<OnnxSession> {
    const ort = await runtime(backend);
    try {
      const session = await ort.InferenceSession.create(model, { executionProviders: [backend] });
      return new OnnxSession(session, ort.Tensor);
    } catch (error) {
      throw new EngineError("model.unloadable", `ONNX Runtime cannot load the network: ${error}`);
    }
  }

  async run({ data, dims }: Tensor, withMess: boolean): Promise<Output> {
    const { inputNames, outputNames } = this.session;
    const [input = "", output = ""] = [inputNames[0], outputNames[0]];
    if (withMess && !outputNames.includes(SESSION.MESS_OUTPUT)) {
      throw new EngineError(
        "model.layout_unknown",
        `the manifest tells of an output ${SESSION.MESS_OUTPUT}, the network has none`,
      );
    }
    const wanted = withMess ? [output, SESSION.MESS_OUTPUT] : [output];
    const feeds = { [input]: new this.tensor("float32", data, dims) };
    let answer: InferenceSession.OnnxValueMapType;
    try {
      answer = await this.session.run(feeds, wanted);
    } catch (error) {
      throw new EngineError(
        "model.run_failed",
        `the network does not take an input of shape ${dims.join(" x ")}: ${error}`,
      );
    }
    const boxes = answer[output] as OrtTensor;
    const mess = answer[SESSION.MESS_OUTPUT] as OrtTensor | undefined;
    return {
      boxes: { data: boxes.data as Float32Array, dims: boxes.dims },
      mess: mess ? ((mess.data as Float32Array)[0] as number) : null,
    };
  }
}

async function runtime(backend: Backend) {
  const ort = await (backend === "webgpu"
    ? import("onnxruntime-web/webgpu")
    : import("onnxruntime-web/wasm"));
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = backend === "webgpu" ? 1 : threads();
  ort.env.wasm.wasmPaths =
    backend === "webgpu" ? { mjs: gpuGlue, wasm: gpuBinary } : { mjs: cpuGlue, wasm: cpuBinary };
  return ort;
}
