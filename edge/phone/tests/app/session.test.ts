// Who is signed in: a session that ends, or answers late, never keeps a photo from being sent.
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Database, openDatabase } from "../../src/app/database";
import { Outbox } from "../../src/app/outbox";
import { Phone } from "../../src/app/phone";
import type { Account } from "../../src/app/service";
import { parcel, photoOf, type Say, ServiceDouble } from "./service_double";

const WITH_PASSWORD: Account = { id: "me", key: null, csrf: "old token" };
const WITH_KEY: Account = { id: "me", key: "ppe_secret", csrf: null };
const ENDED = { status: 401, body: { code: "auth.invalid", detail: "the session has ended" } };
const WHO = "GET /v1/session";
const SIGN_OUT = "DELETE /v1/session";
const ORDERS = "GET /v1/work-orders?limit=100";

let double: ServiceDouble;
let database: Database;
let phone: Phone;
let states: string[];

/** The app after its start, with one photo from before. */
async function begin(account: Account): Promise<void> {
  await database.put("kept", account, "account");
  const queue = await Outbox.open(database);
  await queue.add(parcel(photoOf("a")), photoOf("a"));
  phone = await Phone.open(await double.start());
  states = [];
  phone.sender.link.follow(({ state }) => states.push(state));
}

const asked = () => double.received.map(({ method, path }) => `${method} ${path}`);
const tries = () => double.received.filter(({ path }) => path === "/v1/checks");
const isSent = () => phone.outbox.parcels.value.length === 0;

function signal(): [promise: Promise<void>, give: () => void] {
  let give = () => {};
  const promise = new Promise<void>((resolve) => {
    give = resolve;
  });
  return [promise, () => give()];
}

beforeEach(async () => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.stubGlobal("navigator", {}); // Node has none before 21
  double = new ServiceDouble();
  database = await openDatabase();
});

afterEach(async () => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  database.close();
  await double.stop();
});

test("the photos go with the token of the browser's cookie", async () => {
  await begin(WITH_PASSWORD);
  await phone.wake();
  expect(isSent()).toBe(true);
  expect(tries().map(({ csrf }) => csrf)).toEqual(["token"]);
});

test("a session that has ended is said once, before any photo is tried", async () => {
  await begin(WITH_PASSWORD);
  double.scripts[WHO] = [ENDED];
  await phone.wake();

  expect(states).toEqual(["sign-in"]); // the button that asks for it stays where it is
  expect(asked()).toEqual([WHO]);

  await phone.signOut();
  await phone.signIn("SZ100", "password");
  await vi.waitUntil(isSent);
  expect(phone.sender.link.value.state).not.toBe("sign-in");
  expect(tries()).toHaveLength(1);
});

test.each([WHO, ORDERS])(
  "an answer to %s of the session before does not end the new one",
  async (request) => {
    await begin(WITH_PASSWORD);
    const [late, answer] = signal();
    double.scripts[request] = [{ ...ENDED, after: late }];
    const before = phone.wake();
    await vi.waitUntil(() => asked().includes(request));
    await phone.signOut();
    await phone.signIn("SZ100", "password");
    answer();
    await before;

    await vi.waitUntil(isSent);
    expect(states).not.toContain("sign-in");
    expect(phone.account.value?.csrf).toBe("token");
  },
);

test("an answer that comes after signing out signs nobody in", async () => {
  await begin(WITH_PASSWORD);
  const [late, answer] = signal();
  double.scripts[WHO] = [{ status: 200, body: double.session, after: late }];
  const before = phone.wake();
  await vi.waitUntil(() => asked().includes(WHO));
  await phone.signOut();
  answer();
  await before;
  expect(phone.account.value).toBeNull();
  expect(await database.get("kept", "account")).toBeUndefined();
});

const NO_ANSWERS: [name: string, say: Say][] = [
  ["is full", { status: 503, body: { code: "service.busy" } }],
  ["breaks", { status: 500, body: { code: "service.internal" } }],
  ["cannot be reached", "hang up"],
  ["is a hotel's sign-in page", { status: 200, body: "<h1>Welcome</h1>" }],
];

test.each(NO_ANSWERS)("where the service %s nobody has to sign in", async (_, say) => {
  await begin(WITH_PASSWORD);
  double.scripts[WHO] = [say];
  await phone.wake();
  expect(states).not.toContain("sign-in");
  expect(isSent()).toBe(true);
});

test("a session that nobody answers for does not hold the photos long", async () => {
  const limits: number[] = [];
  const after = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    limits.push(ms);
    return after(ms / 100);
  });
  await begin(WITH_PASSWORD);
  double.scripts[WHO] = ["silence"];
  await phone.wake();
  expect(isSent()).toBe(true);
  expect(limits[0]).toBeLessThanOrEqual(15_000);
});

test("a key that was refused once is asked about again", async () => {
  await begin(WITH_KEY);
  double.scripts["POST /v1/checks"] = [ENDED];
  await phone.wake();
  expect(phone.sender.link.value.state).toBe("sign-in");

  await phone.wake(); // the page comes back
  expect(isSent()).toBe(true);
  expect(phone.sender.link.value.state).toBe("idle");
  expect(new Set(double.received.map(({ authorization }) => authorization))).toEqual(
    new Set(["Bearer ppe_secret"]),
  );
});

test("with somebody else's cookie neither photos go nor orders come", async () => {
  await begin(WITH_PASSWORD);
  double.session = { ...double.session, account_id: "somebody else" };
  await phone.wake();
  expect(asked()).toEqual([WHO]);
  expect(states).toEqual(["sign-in"]);
});

test("signing out shows at once, and who signs in next waits for its answer", async () => {
  await begin(WITH_PASSWORD);
  const [late, answer] = signal();
  double.scripts[SIGN_OUT] = [{ status: 200, after: late }];
  await phone.signOut();
  expect(phone.account.value).toBeNull();

  const entering = phone.signIn("SZ100", "password");
  await vi.waitUntil(() => asked().includes(SIGN_OUT));
  expect(asked()).not.toContain("POST /v1/session");
  answer();
  await entering;
  expect(phone.account.value?.id).toBe("me");
  await vi.waitUntil(isSent);
});
