// A server that answers what a test tells it to, over real HTTP.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { CaptureRecord, Parcel } from "../../src/app/database";

export interface Received {
  method: string;
  path: string;
  key: string;
  authorization: string;
  csrf: string;
  body: string;
}

interface Answer {
  status: number;
  body?: object | string;
  retryAfter?: number;
  /** It comes only then. */
  after?: Promise<void>;
}

/** What is answered to one request: a status with a body, or a connection that breaks or is silent. */
export type Say = Answer | "hang up" | "silence";

export class ServiceDouble {
  readonly received: Received[] = [];
  /** The next answers; after them everything is taken. */
  script: Say[] = [];
  /** The same for one kind of request, such as `GET /v1/session`. */
  readonly scripts: Record<string, Say[]> = {};
  /** Who is signed in. */
  session: object = {
    account_id: "me",
    role: "technician",
    csrf_token: "token",
    must_change_password: false,
  };
  private readonly server = createServer(
    (request, response) => void this.answer(request, response),
  );

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1/`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString("latin1");
    const { method = "", url: path = "" } = request;
    this.received.push({
      method,
      path,
      key: String(request.headers["idempotency-key"] ?? ""),
      authorization: request.headers.authorization ?? "",
      csrf: String(request.headers["x-csrf-token"] ?? ""),
      body,
    });
    const next = this.scripts[`${method} ${path}`]?.shift() ?? this.script.shift();
    const say = next ?? { status: 201, body: this.usual(path, body) };
    if (say === "silence") return;
    if (say === "hang up") {
      request.socket.destroy();
      return;
    }
    await say.after;
    const isPage = typeof say.body === "string";
    response.writeHead(say.status, {
      "Content-Type": isPage
        ? "text/html"
        : say.status < 400
          ? "application/json"
          : "application/problem+json",
      ...(say.retryAfter !== undefined && { "Retry-After": String(say.retryAfter) }),
    });
    response.end(isPage ? say.body : JSON.stringify(say.body ?? {}));
  }

  private usual(path: string, body: string): object {
    if (path === "/v1/session") return this.session;
    if (path.startsWith("/v1/work-orders")) return { items: [] };
    return path === "/v1/omissions" ? this.omission(body) : this.check(body);
  }

  private omission(body: string): object {
    const { text } = JSON.parse(Buffer.from(body, "latin1").toString());
    return { id: `omission${this.received.length}`, text, state: "open", comment: "" };
  }

  private check(body: string): object {
    const sha256 = /"sha256":"(\w+)"/.exec(body)?.[1];
    return {
      id: `check${this.received.length}`,
      verdict: "PASS",
      final_verdict: "PASS",
      report: { sha256 },
    };
  }
}

let made = 0;

export function photoOf(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}

export function parcel(photo: ArrayBuffer, changes: Partial<Parcel> = {}): Parcel {
  made += 1;
  const capture: CaptureRecord = {
    taken_at: "2026-05-04T01:00:00.000Z",
    device: "phone app",
    sha256: createHash("sha256").update(new Uint8Array(photo)).digest("hex"),
  };
  return {
    id: `key-${made}`,
    account: "me",
    order: "WO-1",
    shot: "selfie",
    capture,
    report: null,
    sentence: null,
    checkId: null,
    state: "waiting",
    tries: 0,
    notBefore: 0,
    problem: null,
    madeAt: made,
    ...changes,
  };
}
