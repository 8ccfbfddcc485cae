// The engine without the app: what `python -m edge.phone_parity` and `edge.phone_bench` drive.
import { createChecker, type PhoneChecker } from "../../src/engine";

const opened = performance.now();
let checker: PhoneChecker | undefined;

const harness = {
  /** Load everything; what was loaded, how long it took, and when the page's first script ran. */
  async open(backend: "auto" | "webgpu" | "wasm") {
    checker = await createChecker({
      modelUrl: "model/network.onnx",
      manifestUrl: "model/manifest.json",
      policyUrl: "policy.json",
      backend,
    });
    return { info: checker.info, page: opened, ms: performance.now() - opened };
  },
  /** The report of one file, and how long it took. */
  async check(url: string, shot: Parameters<PhoneChecker["check"]>[1]) {
    if (!checker) throw new Error("open first");
    const file = await (await fetch(url)).blob();
    const start = performance.now();
    const report = await checker.check(file, shot);
    return { report, ms: performance.now() - start };
  },
  /** A file as if it were a frame of the live view. */
  async look(url: string, shot: Parameters<PhoneChecker["detect"]>[1]) {
    if (!checker) throw new Error("open first");
    const frame = await createImageBitmap(await (await fetch(url)).blob());
    return await checker.detect(frame, shot);
  },
};
Object.assign(window, { harness });
