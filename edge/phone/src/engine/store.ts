// Fetches network, manifest and policy; what was verified once is kept for days without a signal.
import type { CheckerOptions, Problem } from "./client";
import { EngineError } from "./errors";
import type { ErrorCode } from "./generated/shared";
import { type Manifest, readManifest } from "./manifest";
import { hex } from "./photo";
import { type Policy, readPolicy } from "./policy";

const CACHE = "ppe-engine";
/** Who has a network and a policy does not wait longer for a weak signal to say whether they are new. */
const PATIENCE_MS = 3000;

export interface Loaded {
  manifest: Manifest;
  model: Uint8Array;
  policy: Policy;
  problems: Problem[];
}

type Progress = (loaded: number, total: number) => void;

/** The server's network and policy; where it cannot be reached or sends rubbish, the stored ones. */
export async function load(options: CheckerOptions, progress: Progress): Promise<Loaded> {
  const store = await Store.open();
  const [network, policy] = await Promise.all([
    store.orStored(
      () => fetchNetwork(store, options, progress),
      () => storedNetwork(store),
    ),
    store.orStored(
      () => fetchPolicy(store, options.policyUrl),
      () => storedPolicy(store),
    ),
  ]);
  return { ...network, policy, problems: store.problems };
}

interface Network {
  manifest: Manifest;
  model: Uint8Array;
}

async function fetchNetwork(
  store: Store,
  { manifestUrl, modelUrl }: CheckerOptions,
  progress: Progress,
): Promise<Network> {
  const text = await asked(store, "manifest", manifestUrl, "model.missing");
  const manifest = readManifest(text);
  const kept = await store.get(`model/${manifest.sha256}`);
  if (kept && (await sha256(kept)) === manifest.sha256) return { manifest, model: kept };
  const model = await bytes(await fetched(modelUrl, "model.missing"), progress);
  const found = await sha256(model);
  if (found !== manifest.sha256) {
    throw new EngineError(
      "model.hash_mismatch",
      `the network has sha256 ${found}, its manifest says ${manifest.sha256}; ask for help`,
    );
  }
  await store.put(`model/${manifest.sha256}`, model);
  await store.put("manifest", text); // only now: the stored two always belong together
  await store.keepOnly("model/", `model/${manifest.sha256}`);
  return { manifest, model };
}

async function storedNetwork(store: Store): Promise<Network | undefined> {
  const text = await store.get("manifest");
  if (!text) return undefined;
  const manifest = readManifest(new TextDecoder().decode(text));
  const model = await store.get(`model/${manifest.sha256}`);
  if (!model || (await sha256(model)) !== manifest.sha256) return undefined;
  return { manifest, model };
}

async function fetchPolicy(store: Store, url: string): Promise<Policy> {
  const text = await asked(store, "policy", url, "policy.missing");
  const policy = readPolicy(text);
  await store.put("policy", text);
  return policy;
}

async function storedPolicy(store: Store): Promise<Policy | undefined> {
  const text = await store.get("policy");
  return text && readPolicy(new TextDecoder().decode(text));
}

/** A small text that is asked for at every start. */
async function asked(store: Store, name: string, url: string, code: ErrorCode): Promise<string> {
  const signal = (await store.has(name)) ? AbortSignal.timeout(PATIENCE_MS) : undefined;
  const answer = await fetched(url, code, signal);
  try {
    return await answer.text();
  } catch (error) {
    throw new EngineError(code, `${url} broke off: ${error}`);
  }
}

async function fetched(url: string, code: ErrorCode, signal?: AbortSignal): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, { cache: "no-cache", signal: signal ?? null });
  } catch (error) {
    throw new EngineError(code, `${url} cannot be reached: ${error}`);
  }
  if (!answer.ok) throw new EngineError(code, `${url}: the server answered ${answer.status}`);
  return answer;
}

/** The body, with progress; the length a server states is a hint only (it may compress). */
async function bytes(answer: Response, progress: Progress): Promise<Uint8Array> {
  const total = Number(answer.headers.get("content-length") ?? 0);
  const parts: BlobPart[] = [];
  let loaded = 0;
  const reader = answer.body?.getReader();
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    parts.push(part.value as Uint8Array<ArrayBuffer>);
    loaded += part.value.length;
    progress(loaded, Math.max(total, loaded));
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function sha256(data: Uint8Array): Promise<string> {
  return hex(await crypto.subtle.digest("SHA-256", data as Uint8Array<ArrayBuffer>));
}

/** Cache Storage under names instead of addresses; forgets everything where there is none. */
class Store {
  readonly problems: Problem[] = [];

  private constructor(private readonly cache: Cache | null) {}

  static async open(): Promise<Store> {
    return new Store(typeof caches === "undefined" ? null : await caches.open(CACHE));
  }

  /** What `fetching` gives; failing that what is stored, and why is said in `problems`. */
  async orStored<T>(fetching: () => Promise<T>, stored: () => Promise<T | undefined>): Promise<T> {
    try {
      return await fetching();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const kept = await stored();
      if (kept === undefined) throw error;
      this.problems.push({ code: error.code, message: error.message });
      return kept;
    }
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const kept = await this.cache?.match(address(name));
    return kept && new Uint8Array(await kept.arrayBuffer());
  }

  async has(name: string): Promise<boolean> {
    return (await this.cache?.match(address(name))) !== undefined;
  }

  /** Store, or say why not: without a store the app works, but not without a signal. */
  async put(name: string, body: Uint8Array | string): Promise<void> {
    try {
      if (!this.cache) throw new Error("this browser has no storage for this page");
      await this.cache.put(address(name), new Response(body as BodyInit));
    } catch (error) {
      this.problems.push({ code: "engine.not_stored", message: `${name} is not stored: ${error}` });
    }
  }

  async keepOnly(prefix: string, name: string): Promise<void> {
    for (const request of (await this.cache?.keys()) ?? []) {
      const isOther = request.url.startsWith(address(prefix)) && request.url !== address(name);
      if (isOther) await this.cache?.delete(request);
    }
  }
}

function address(name: string): string {
  return new URL(`/ppe-engine/${name}`, self.location.href).href;
}
