// The service as the phone sees it: who is signed in, and what its answers mean for a photo.
import type { Shot, Verdict } from "../engine";
import type { Parcel, Problem } from "./database";

/** Who is signed in: by a key of the phone's own, or with a password (then the browser has a cookie). */
export interface Account {
  id: string;
  key: string | null;
  csrf: string | null;
}

export interface ShotState {
  shot: Shot;
  check_id: string | null;
  verdict: Verdict | null;
  /** The newest report that the photo cannot be taken; a check goes before it. */
  omission: Omission | null;
}

/** Why a photo cannot be taken, and what the supervisor said to that. */
export interface Omission {
  id: string;
  text: string;
  state: "open" | "accepted" | "rejected";
  comment: string;
}

export interface Order {
  id: string;
  number: string;
  starts_at: string | null;
  ends_at: string | null;
  state: "incomplete" | "failed" | "unsure" | "passed";
  shots: ShotState[];
}

/** The service answered with an error. */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfter = 0,
  ) {
    super(message);
  }
}

/** Nobody answered, or somebody else did: a hotel's sign-in page, a proxy. */
export class UnreachableError extends Error {}

const PATIENCE_MS = 60_000;
/** For a few bytes that the sending of photos, or a person, waits for. */
const SHORT_PATIENCE_MS = 15_000;

export class Service {
  constructor(
    private readonly base: string,
    private readonly account: Account | null = null,
  ) {}

  as(account: Account | null): Service {
    return new Service(this.base, account);
  }

  signIn(login: string, password: string): Promise<SessionAnswer> {
    return this.json("session", { method: "POST", ...json({ login, password }) });
  }

  whoAmI(): Promise<SessionAnswer> {
    return this.json("session", {}, SHORT_PATIENCE_MS);
  }

  async changePassword(present: string, next: string): Promise<void> {
    await this.ask("session/password", { method: "PUT", ...json({ present, new: next }) });
  }

  async signOut(): Promise<void> {
    await this.ask("session", { method: "DELETE" }, SHORT_PATIENCE_MS);
  }

  async orders(): Promise<Order[]> {
    const page = await this.json<{ items: Order[] }>("work-orders?limit=100", {});
    return page.items;
  }

  async picture(checkId: string): Promise<Blob> {
    return (await this.ask(`checks/${checkId}/photo?side=960`, {})).blob();
  }

  /** Send a photo; the check that the service made of it. */
  async send(parcel: Parcel, photo: ArrayBuffer): Promise<CheckAnswer> {
    const form = new FormData();
    form.set("photo", new Blob([photo], { type: "image/jpeg" }), `${parcel.shot}.jpg`);
    form.set("shot", parcel.shot);
    form.set("work_order", parcel.order);
    form.set("capture", JSON.stringify(parcel.capture));
    const check = await this.json<CheckAnswer>("checks", {
      method: "POST",
      body: form,
      headers: { "Idempotency-Key": parcel.id },
    });
    if (check.report?.sha256 !== parcel.capture.sha256) {
      throw new UnreachableError("the answer is about another photo");
    }
    return check;
  }

  /** Send the sentence that goes with a photo; one that is there already is as good. */
  async explain(checkId: string, sentence: string): Promise<void> {
    try {
      await this.json(`checks/${checkId}/appeals`, { method: "POST", ...json({ text: sentence }) });
    } catch (error) {
      if (!(error instanceof ServiceError && error.code === "appeal.open")) throw error;
    }
  }

  /** Say why there is no photo. */
  async omit({ id, order, shot, sentence, capture }: Parcel): Promise<Omission> {
    const said = { work_order: order, shot, text: sentence, capture };
    const { body, headers } = json(said);
    const answer = await this.json<Omission>("omissions", {
      method: "POST",
      body,
      headers: { ...headers, "Idempotency-Key": id },
    });
    if (answer.text !== sentence) throw new UnreachableError("the answer is about something else");
    return answer;
  }

  private async json<T>(path: string, init: RequestInit, patience = PATIENCE_MS): Promise<T> {
    const answer = await this.ask(path, init, patience);
    if (!isJson(answer)) throw new UnreachableError("something else answers there");
    try {
      return (await answer.json()) as T;
    } catch (error) {
      throw new UnreachableError(`the answer broke off: ${error}`);
    }
  }

  private async ask(path: string, init: RequestInit, patience = PATIENCE_MS): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.account?.key) headers.set("Authorization", `Bearer ${this.account.key}`);
    else if (this.account?.csrf) headers.set("X-CSRF-Token", this.account.csrf);
    let answer: Response;
    try {
      answer = await fetch(new URL(path, this.base), {
        ...init,
        headers,
        cache: "no-store",
        // A cookie of somebody else's must not speak for a key.
        credentials: this.account?.key ? "omit" : "same-origin",
        signal: AbortSignal.timeout(patience),
      });
    } catch (error) {
      throw new UnreachableError(String(error));
    }
    if (answer.ok) return answer;
    throw await failure(answer);
  }
}

export interface SessionAnswer {
  account_id: string;
  role: "technician" | "supervisor" | "admin" | "auditor";
  csrf_token: string | null;
  must_change_password: boolean;
}

export interface CheckAnswer {
  id: string;
  verdict: Verdict;
  final_verdict: Verdict;
  report?: { sha256: string };
}

/** What becomes of a photo that was not taken. */
export type Setback =
  /** Only this photo waits. */
  | { wait: "one"; problem: Problem; retryAfter: number }
  /** Nothing would go through now. */
  | { wait: "all"; problem: Problem; retryAfter: number }
  | { wait: "sign-in"; problem: Problem }
  /** The service looked at it and does not want it. */
  | { wait: "never"; problem: Problem };

const SIGN_IN = ["auth.required", "auth.invalid", "auth.csrf", "auth.password_change_required"];

export function setback(error: unknown): Setback {
  if (!(error instanceof ServiceError)) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof UnreachableError ? "phone.unreachable" : "phone.failed";
    return { wait: "all", problem: { code, message }, retryAfter: 0 };
  }
  const { status, code, message, retryAfter } = error;
  const problem = { code, message };
  if (SIGN_IN.includes(code)) return { wait: "sign-in", problem };
  if (code === "idempotency.in_progress" || status === 500) {
    return { wait: "one", problem, retryAfter };
  }
  if (status >= 500 || status === 408 || status === 425 || status === 429) {
    return { wait: "all", problem, retryAfter };
  }
  return { wait: "never", problem };
}

/** An error that only the service can have written; of others nobody knows what they mean. */
async function failure(answer: Response): Promise<ServiceError | UnreachableError> {
  const retryAfter = Number(answer.headers.get("Retry-After")) || 0;
  if (isJson(answer)) {
    try {
      const { code, detail, title } = await answer.json();
      if (typeof code === "string") {
        return new ServiceError(answer.status, code, detail ?? title ?? code, retryAfter);
      }
    } catch {
      // cut off: as good as none
    }
  }
  if (answer.status === 413) {
    return new ServiceError(413, "request.too_large", "a proxy finds the photo too large");
  }
  return new UnreachableError(`HTTP ${answer.status}, not from the service`);
}

function isJson(answer: Response): boolean {
  return /[/+]json\b/.test(answer.headers.get("Content-Type") ?? "");
}

function json(body: object): { body: string; headers: Record<string, string> } {
  return { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}
