// What makes the page an app: its manifest, and what its service worker keeps for days without a signal.
import type { VitePWAOptions } from "vite-plugin-pwa";

const GPU_RUNTIME = "**/ort*{asyncify,webgpu}*";

export const APP = {
  registerType: "prompt",
  injectRegister: false,
  manifest: {
    id: "ppe-phone",
    name: "装维拍照检查 Photo check",
    short_name: "拍照检查",
    description: "Checks photos of work clothes and work sites on the phone.",
    lang: "zh-CN",
    start_url: "./",
    scope: "./",
    display: "standalone",
    orientation: "portrait",
    background_color: "#ffffff",
    theme_color: "#003a70",
    icons: [
      { src: "icons/icon-192.png", sizes: "192x192", type: "image/png" },
      { src: "icons/icon-512.png", sizes: "512x512", type: "image/png" },
      {
        src: "icons/icon-maskable-512.png",
        sizes: "512x512",
        type: "image/png",
        purpose: "maskable",
      },
    ],
  },
  workbox: {
    globPatterns: ["**/*.{html,js,mjs,css,wasm,webp,svg,png}"],
    // A phone uses one of the two runtimes: that for WebGPU is kept when it is first fetched, and
    // where it never was the other one does. The engine keeps network and policy itself.
    globIgnores: [GPU_RUNTIME],
    runtimeCaching: [
      {
        urlPattern: /\/ort[^/]*(asyncify|webgpu)[^/]*$/,
        handler: "CacheFirst",
        options: { cacheName: "ppe-gpu-runtime" },
      },
    ],
    maximumFileSizeToCacheInBytes: 30_000_000,
    clientsClaim: true, // from the first visit on
    cleanupOutdatedCaches: true,
    navigateFallback: "index.html",
  },
} satisfies Partial<VitePWAOptions>;
