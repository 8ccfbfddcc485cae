import { resolve } from "node:path";
import { mergeConfig } from "vite";
import { defineConfig } from "vitest/config";
import { ENGINE_BUILD } from "./tools/engine-build.ts";
import { sharedFiles } from "./tools/shared-files.ts";

// SharedArrayBuffer, and with it the threads of the WASM runtime, needs a cross-origin isolated page.
export const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig(
  mergeConfig(ENGINE_BUILD, {
    base: "./", // the folder works under /phone and anywhere else
    plugins: [sharedFiles(resolve(import.meta.dirname, "../.."))],
    server: { headers: ISOLATION },
    preview: { headers: ISOLATION },
    test: { include: ["tests/**/*.test.ts"] },
  }),
);
