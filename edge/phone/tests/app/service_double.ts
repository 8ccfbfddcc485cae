// A server that answers what a test tells it to, over real HTTP.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { CaptureRecord, Parcel } from "../../src/app/database";

export interface Received {
  path: string;
  key: string;
  authorization: string;
  body: string;
}

/** What is answered to one request: a status with a body, or a connection that breaks. */
export type Say = { status: number; body?: object | string; retryAfter?: number } | "hang up";

export class ServiceDouble {
  readonly received: Received[] = [];
  /** The next answers; after them everything is taken. */
  script: Say[] = [];
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
    this.received.push({
      path: request.url ?? "",
      key: String(request.headers["idempotency-key"] ?? ""),
      authorization: request.headers.authorization ?? "",
      body,
    });
    const usual = request.url === "/v1/omissions" ? this.omission(body) : this.check(body);
    const say = this.script.shift() ?? { status: 201, body: usual };
    if (say === "hang up") {
      request.socket.destroy();
      return;
    }
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
