import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { mergeConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";
import { APP } from "./tools/app-manifest.ts";
import { ENGINE_BUILD } from "./tools/engine-build.ts";
import { sharedFiles } from "./tools/shared-files.ts";

// SharedArrayBuffer, and with it the threads of the WASM runtime, needs a cross-origin isolated page.
export const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, "package.json"), "utf-8"));

export default defineConfig(
  mergeConfig(ENGINE_BUILD, {
    base: "./", // the folder works under /phone and anywhere else
    plugins: [sharedFiles(resolve(import.meta.dirname, "../..")), VitePWA(APP)],
    define: { __APP_VERSION__: JSON.stringify(version) },
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    server: { headers: ISOLATION },
    preview: { headers: ISOLATION },
    test: { include: ["tests/**/*.test.ts"] },
  }),
);
