import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { sharedFiles } from "./tools/shared-files";

// SharedArrayBuffer, and with it the threads of the WASM runtime, needs a cross-origin isolated page.
export const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  base: "./", // the folder works under /phone and anywhere else
  plugins: [sharedFiles(resolve(import.meta.dirname, "../.."))],
  build: { target: "es2022" },
  worker: { format: "es" },
  server: { headers: ISOLATION },
  preview: { headers: ISOLATION },
  test: { include: ["tests/**/*.test.ts"] },
});
