// What every build with the engine in it needs.
import { defaultClientConditions, type UserConfig } from "vite";

export const ENGINE_BUILD = {
  // The runtime's glue is loaded from its own file (session.ts), not carried twice.
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
  build: { target: "es2022" },
  worker: { format: "es" },
} satisfies UserConfig;
