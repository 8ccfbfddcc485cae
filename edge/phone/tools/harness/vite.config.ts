import { resolve } from "node:path";
import { defineConfig, mergeConfig } from "vite";
import { ENGINE_BUILD } from "../engine-build.ts";

export default defineConfig(
  mergeConfig(ENGINE_BUILD, {
    root: import.meta.dirname,
    base: "./",
    build: { outDir: resolve(import.meta.dirname, "../../.harness"), emptyOutDir: true },
  }),
);
