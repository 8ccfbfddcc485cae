// Serves and builds in what the phone shares with the server: network, manifest and policy.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** Address below the page → file below the repository. */
export function addresses(root: string): Record<string, string> {
  const manifest = JSON.parse(readFileSync(join(root, "models/manifest.json"), "utf-8"));
  return {
    "model/manifest.json": "models/manifest.json",
    [`model/${manifest.file}`]: `models/${manifest.file}`,
    "policy.json": "edge/phone/src/engine/generated/policy.json",
  };
}

export function sharedFiles(root: string): Plugin {
  return {
    name: "shared-files",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = (request.url ?? "").split("?")[0]?.slice(1) ?? "";
        const file = addresses(root)[path];
        if (file === undefined) {
          next();
          return;
        }
        const type = path.endsWith(".json") ? "application/json" : "application/octet-stream";
        response.setHeader("Content-Type", type);
        response.end(readFileSync(join(root, file)));
      });
    },
    generateBundle() {
      for (const [fileName, file] of Object.entries(addresses(root))) {
        this.emitFile({ type: "asset", fileName, source: readFileSync(join(root, file)) });
      }
    },
  };
}
