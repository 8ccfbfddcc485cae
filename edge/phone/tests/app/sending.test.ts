// The queue and its sender: nothing is lost, nothing goes twice, whatever answers.
import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openDatabase, type Parcel } from "../../src/app/database";
import { Outbox } from "../../src/app/outbox";
import { backOff, Sender } from "../../src/app/sender";
import { type Account, Service } from "../../src/app/service";
import { parcel, photoOf, type Say, ServiceDouble } from "./service_double";

const ME: Account = { id: "me", key: "ppe_secret", csrf: null };
let double: ServiceDouble;
let outbox: Outbox;
let sender: Sender;
let account: Account | null;
let name: string;
let count = 0;

async function begin(): Promise<void> {
  outbox = await Outbox.open(await openDatabase(name));
  sender = new Sender(outbox, new Service(await double.start()), () => account);
}

async function add(text: string, changes: Partial<Parcel> = {}): Promise<Parcel> {
  const made = parcel(photoOf(text), changes);
  await outbox.add(made, photoOf(text));
  return made;
}

const problem = (code: string): object => ({ code, detail: `about ${code}`, title: code });
const left = () => outbox.parcels.value.map(({ id }) => id);
const keys = () => double.received.map(({ key }) => key);

beforeEach(async () => {
  // Waits are decided, not waited for.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  double = new ServiceDouble();
  account = ME;
  name = `test-${count++}`;
  await begin();
});

afterEach(async () => {
  vi.useRealTimers();
  await double.stop();
});

test("what waits is sent oldest first, each with its own key, and then gone", async () => {
  const made = [await add("a"), await add("b"), await add("c")];
  await sender.wake();

  expect(keys()).toEqual(made.map(({ id }) => id));
  expect(double.received[0]?.authorization).toBe("Bearer ppe_secret");
  expect(double.received[1]?.body).toContain("\r\n\r\nb\r\n");
  expect(left()).toEqual([]);
  expect(await outbox.photo(made[0]?.id ?? "")).toBeUndefined();
});

const LATER: [name: string, say: Say][] = [
  ["a broken connection", "hang up"],
  ["full", { status: 503, body: problem("service.busy"), retryAfter: 7 }],
  ["too many requests", { status: 429, body: problem("service.busy") }],
  ["a proxy without a service", { status: 502, body: "<h1>Bad gateway</h1>" }],
  ["a hotel's sign-in page", { status: 200, body: "<h1>Welcome</h1>" }],
  ["a page where the service was", { status: 404, body: "<h1>Not found</h1>" }],
  ["half an answer", { status: 201, body: {} }],
  ["another photo's answer", { status: 201, body: { id: "x", report: { sha256: "y" } } }],
];

test.each(LATER)("after %s the photo stays and goes again with the same key", async (_, say) => {
  const { id } = await add("a");
  const second = await add("b");
  double.script = [say];
  await sender.wake();

  expect(left()).toEqual([id, second.id]);
  expect(keys()).toEqual([id]); // the second would not get through either
  expect(sender.link.value.state).toBe("waiting");

  await sender.wake(); // the signal is back
  expect(keys()).toEqual([id, id, second.id]);
  expect(left()).toEqual([]);
});

test("it tries again by itself, and not before Retry-After", async () => {
  const { id } = await add("a");
  double.script = [{ status: 503, body: problem("service.busy"), retryAfter: 30 }];
  await sender.wake();

  await vi.advanceTimersByTimeAsync(29_000);
  expect(keys()).toEqual([id]);
  await vi.advanceTimersByTimeAsync(1_100);
  await vi.waitUntil(() => left().length === 0);
  expect(keys()).toEqual([id, id]);
});

const ALONE: [name: string, say: Say][] = [
  ["the first request still runs", { status: 409, body: problem("idempotency.in_progress") }],
  ["the service breaks on it", { status: 500, body: problem("service.internal") }],
];

test.each(ALONE)("where %s, only that photo waits", async (_, say) => {
  const { id } = await add("a");
  const second = await add("b");
  double.script = [say];
  await sender.wake();

  expect(keys()).toEqual([id, second.id]);
  expect(left()).toEqual([id]);
  expect(outbox.parcels.value[0]?.notBefore).toBeGreaterThan(Date.now());
});

const REFUSALS: [code: string, status: number][] = [
  ["photo.truncated", 422],
  ["request.not_found", 404],
  ["idempotency.key_reused", 422],
  ["auth.role", 403],
  ["request.too_large", 413],
];

test.each(REFUSALS)(
  "a photo refused with %s is set aside with the reason",
  async (code, status) => {
    const { id } = await add("a");
    const second = await add("b");
    double.script = [{ status, body: problem(code) }];
    await sender.wake();

    expect(left()).toEqual([id]);
    const [kept] = outbox.parcels.value;
    expect(kept).toMatchObject({ state: "refused", problem: { code, message: `about ${code}` } });
    expect(await outbox.photo(id)).toEqual(photoOf("a"));
    expect(keys()).toEqual([id, second.id]);

    await sender.wake(); // not sent again by itself
    expect(keys()).toHaveLength(2);
    await outbox.again(id); // but by its owner
    await sender.wake();
    expect(left()).toEqual([]);
  },
);

test.each(["auth.invalid", "auth.required", "auth.csrf"])(
  "after %s everything waits for its owner",
  async (code) => {
    const { id } = await add("a");
    double.script = [{ status: code === "auth.csrf" ? 403 : 401, body: problem(code) }];
    await sender.wake();

    expect(left()).toEqual([id]);
    expect(sender.link.value.state).toBe("sign-in");
    expect(vi.getTimerCount()).toBe(0);
  },
);

test("who must sign in is asked once, and no photo is tried until they have", async () => {
  const { id } = await add("a");
  double.script = [{ status: 401, body: problem("auth.invalid") }];
  await sender.wake();
  const seen: string[] = [];
  sender.link.follow(({ state }) => seen.push(state));

  const second = await add("b");
  await sender.wake();
  expect(seen).toEqual([]); // what asks for it does not vanish from the screen
  expect(keys()).toEqual([id]);

  account = { ...ME, key: "ppe_new" };
  sender.link.set({ state: "idle" }); // as `Phone` does
  await sender.wake();
  expect(keys()).toEqual([id, id, second.id]);
  expect(left()).toEqual([]);
});

test("a refusal that comes after a new sign-in is not theirs", async () => {
  const { id } = await add("a");
  let answer = () => {};
  const after = new Promise<void>((resolve) => {
    answer = resolve;
  });
  double.script = [{ status: 401, body: problem("auth.invalid"), after }];
  const sending = sender.wake();
  await vi.waitUntil(() => keys().length === 1);
  account = { ...ME, key: "ppe_new" };
  answer();
  await sending;

  expect(keys()).toEqual([id, id]);
  expect(double.received[1]?.authorization).toBe("Bearer ppe_new");
  expect(left()).toEqual([]);
  expect(sender.link.value.state).toBe("idle");
});

test("who signs out in between sends no more", async () => {
  const [first, second] = [await add("a"), await add("b")];
  outbox.parcels.follow((parcels) => {
    if (parcels.length === 1) account = null; // the first is through
  });
  await sender.wake();
  expect(keys()).toEqual([first.id]);
  expect(left()).toEqual([second.id]);
  expect(sender.link.value.state).toBe("idle");
});

test("when the phone's own store breaks down it says so and tries again by itself", async () => {
  await add("a");
  vi.spyOn(outbox, "photo").mockRejectedValueOnce(new DOMException("closing", "InvalidStateError"));
  vi.spyOn(outbox, "change").mockRejectedValueOnce(new Error("closing"));
  await sender.wake();
  expect(sender.link.value).toMatchObject({ state: "waiting", problem: { code: "phone.failed" } });

  await vi.runOnlyPendingTimersAsync();
  await vi.waitUntil(() => left().length === 0);
  expect(keys()).toHaveLength(1);
});

test("nobody sends another's photos", async () => {
  await add("a", { account: "somebody else" });
  await sender.wake();
  account = null;
  await sender.wake();

  expect(keys()).toEqual([]);
  expect(left()).toHaveLength(1);
});

describe("a sentence", () => {
  test("follows its photo, which is not sent again", async () => {
    const { id } = await add("a", { sentence: "too dark here" });
    double.script = [
      { status: 201, body: { id: "c1", report: { sha256: parcel(photoOf("a")).capture.sha256 } } },
      "hang up",
    ];
    await sender.wake();
    expect(left()).toEqual([id]);
    expect(outbox.parcels.value[0]?.checkId).toBe("c1");

    await sender.wake();
    expect(double.received.map(({ path }) => path)).toEqual([
      "/v1/checks",
      "/v1/checks/c1/appeals",
      "/v1/checks/c1/appeals",
    ]);
    expect(double.received[2]?.body).toBe('{"text":"too dark here"}');
    expect(left()).toEqual([]);
  });

  test("that is there already is as good as sent", async () => {
    await add("a", { sentence: "too dark here", checkId: "c1" });
    double.script = [{ status: 409, body: problem("appeal.open") }];
    await sender.wake();
    expect(left()).toEqual([]);
  });
});

describe("a sentence in the place of a photo", () => {
  const omission = { kind: "omission", sentence: "客户不在家。" } as const;

  async function omit(): Promise<Parcel> {
    const made = parcel(photoOf(""), omission);
    await outbox.add(made, null);
    return made;
  }

  test("is sent in its turn, with a key of its own", async () => {
    const [photo, sentence] = [await add("a"), await omit()];
    await sender.wake();
    expect(keys()).toEqual([photo.id, sentence.id]);
    expect(double.received.map(({ path }) => path)).toEqual(["/v1/checks", "/v1/omissions"]);
    const body = JSON.parse(Buffer.from(double.received[1]?.body ?? "", "latin1").toString());
    expect(body).toMatchObject({ work_order: "WO-1", shot: "selfie", text: omission.sentence });
    expect(left()).toEqual([]);
  });

  test.each([
    ["a broken connection", "hang up"],
    ["another sentence's answer", { status: 201, body: { id: "x", text: "else" } }],
    ["a hotel's sign-in page", { status: 200, body: "<h1>Welcome</h1>" }],
  ] as [string, Say][])("after %s stays and goes again with the same key", async (_, say) => {
    const { id } = await omit();
    double.script = [say];
    await sender.wake();
    expect(left()).toEqual([id]);
    await sender.wake();
    expect(keys()).toEqual([id, id]);
    expect(left()).toEqual([]);
  });

  test("that is refused is set aside", async () => {
    const { id } = await omit();
    double.script = [{ status: 422, body: problem("check.shot_not_asked") }];
    await sender.wake();
    expect(outbox.parcels.value).toMatchObject([
      { id, state: "refused", sentence: "客户不在家。" },
    ]);
  });
});

test("the queue outlives the page", async () => {
  const { id } = await add("a", { notBefore: 0 });
  await double.stop();
  double = new ServiceDouble();
  await begin(); // the same database, as after a crash
  expect(left()).toEqual([id]);

  await sender.wake();
  expect(keys()).toEqual([id]);
  expect(left()).toEqual([]);
});

test.each([
  [0, 1, 2],
  [1, 2, 4],
  [3, 8, 16],
  [50, 150, 300],
])("after %d failures it waits between %d and %d seconds", (failures, least, most) => {
  expect(backOff(failures, () => 0)).toBe(least);
  expect(backOff(failures, () => 1)).toBe(most);
});
