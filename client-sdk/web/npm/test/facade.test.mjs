// What does not take a server: giving up, storages that do not work, loops over one stream, a core that is broken.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { createClient, isGuildhallError } from "@guildhall/client";

const URL = "http://guildhall.test";
const LOGIN = { access_token: "a", refresh_token: "r", signed_in_at: 1, obtained_at: Date.now(), lifetime: 1e9 };

/** A `fetch` that answers by path, and keeps what it was asked. */
function server(answers) {
  const asked = [];
  const fetch = async (url, init) => {
    const path = url.slice(URL.length);
    asked.push({ path, ...init });
    const answer = await (answers[path.split("?")[0]] ?? (() => ({ status: 404, code: "not_found" })))(init, asked.length);
    const { status = 200, headers = {}, ...body } = answer;
    return new Response(status === 204 ? null : JSON.stringify(answer.rows ?? body), {
      status,
      headers: { "Content-Type": "application/json", ...headers },
    });
  };
  return { asked, fetch };
}

const signedIn = () => ({ load: () => JSON.stringify(LOGIN), save() {} });
const code = (promise) => promise.then(() => "answered", (error) => (isGuildhallError(error) ? error.code : error));

test("what is sent is what the call says", async () => {
  const { asked, fetch } = server({ "/auth/me": () => ({ id: 1 }), "/events": () => ({ id: 2 }) });
  const client = createClient(`${URL}///`, { fetch, storage: signedIn(), language: "fr" });
  await client.accounts.updateMe({ full_name: null });
  const [{ path, method, headers, body }] = asked;
  assert.deepEqual([path, method, body], ["/auth/me", "PATCH", '{"full_name":null}']);
  assert.deepEqual(headers, { Authorization: "Bearer a", "Content-Type": "application/json", "Accept-Language": "fr" });
  await client.events.create({ title: "é" }, { idempotencyKey: "mine" });
  assert.equal(asked[1].headers["Idempotency-Key"], "mine");
  await client.events.create({ title: "é" });
  assert.match(asked[2].headers["Idempotency-Key"], /^\w{8,}$/);
});

test("a URL that is none is said at once", () => {
  for (const url of ["", "example.org", "ftp://example.org", "http:///"]) assert.throws(() => createClient(url), TypeError, url);
});

test("what creates something is made again under its key, other things are not", async () => {
  const busy = (_, time) => (time === 1 ? { status: 503, code: "unavailable" } : { id: 1 });
  const { asked, fetch } = server({ "/events": busy, "/auth/me": () => ({ status: 503, code: "unavailable" }) });
  const client = createClient(URL, { fetch });
  await client.events.create({ title: "a" });
  const [one, two] = asked.map(({ headers }) => headers["Idempotency-Key"]);
  assert.equal(one, two);
  assert.equal(await code(client.accounts.updateMe({})), "unavailable");
  assert.equal(asked.length, 3);
});

test("whoever gives up is not asked for any more", async () => {
  const { asked, fetch } = server({ "/groups": () => ({ status: 503, code: "unavailable", headers: { "Retry-After": "1" } }) });
  const client = createClient(URL, { fetch });
  const stop = new AbortController();
  const groups = code(client.groups.list({}, { signal: stop.signal }));
  await pause(100);
  stop.abort();
  assert.equal(await groups, "aborted");
  assert.equal(await code(client.groups.list({}, { timeoutMs: 100 })), "timeout");
  await pause(1_500);
  assert.equal(asked.length, 2, "once for each");
});

test("an aborted call ends its request", async () => {
  let ended;
  const fetch = (_, { signal }) => new Promise(() => signal.addEventListener("abort", () => (ended = true)));
  assert.equal(await code(createClient(URL, { fetch }).accounts.me({ timeoutMs: 20 })), "timeout");
  assert.equal(ended, true);
});

test("what the server asks to wait is told", async () => {
  const { fetch } = server({ "/login": () => ({ status: 429, code: "too_many_requests", headers: { "Retry-After": "900" } }) });
  const error = await createClient(URL, { fetch }).auth.signIn({ email: "a", password: "b" }).catch((error) => error);
  assert.deepEqual([error.code, error.status, error.retryAfter], ["too_many_requests", 429, 900]);
});

test("a storage that does not work is as none", async () => {
  const tokens = { access_token: "a", refresh_token: "r", token_type: "bearer", expires_in: 1800 };
  const { asked, fetch } = server({ "/login": () => tokens, "/auth/me": () => ({ id: 1 }), "/auth/logout": () => ({ status: 204 }) });
  const broken = () => {
    throw new Error("forbidden");
  };
  for (const storage of [{ load: broken, save: broken }, { load: () => "nonsense", save: broken }, { load: () => "{}", save() {} }]) {
    const client = createClient(URL, { fetch, storage });
    assert.equal(client.auth.state, "signedOut");
    await client.auth.signIn({ email: "a", password: "b" });
    assert.equal(client.auth.state, "signedIn");
    await client.accounts.me();
    assert.equal(asked.at(-1).headers.Authorization, "Bearer a");
    await client.auth.signOut();
    assert.equal(client.auth.state, "signedOut");
  }
});

test("a storage may call the client", async () => {
  const { fetch } = server({ "/groups": () => ({ rows: [] }) });
  const storage = { ...signedIn(), load: () => (client?.groups.list({}).then(), JSON.stringify(LOGIN)) };
  let client;
  client = createClient(URL, { fetch, storage });
  assert.deepEqual([...(await client.groups.list())], []);
});

test("each loop over a stream gets each frame, at its own pace", async () => {
  const frames = [1, 2, 3, 4].map((id) => ({ type: id === 3 ? "from_the_future" : "event_deleted", event_id: id, cursor: `c${id}` }));
  const { asked, fetch } = server({
    "/sync": async ({ signal }, time) => {
      if (time === 1) return { frames: [], cursor: "c0" };
      if (time === 2) return { frames, cursor: "c4" };
      return new Promise((_, reject) => signal.addEventListener("abort", reject));
    },
  });
  const stream = createClient(URL, { fetch, storage: signedIn(), WebSocket: null }).stream();
  const heard = [];
  stream.on("event_deleted", ({ event_id }) => heard.push(event_id));
  const read = async (milliseconds) => {
    const ids = [];
    for await (const { event_id } of stream) {
      ids.push(event_id);
      await pause(milliseconds);
      if (ids.length === 4) break;
    }
    return ids;
  };
  assert.deepEqual(await Promise.all([read(0), read(20)]), [[1, 2, 3, 4], [1, 2, 3, 4]]);
  assert.deepEqual(heard, [1, 2, 4]);
  assert.deepEqual([stream.cursor, stream.connection], ["c4", "connected"], "there is a listener still");
  assert.deepEqual(asked.map(({ path }) => path), ["/sync", "/sync?wait=25&cursor=c0", "/sync?wait=25&cursor=c4"]);
  stream.close();
  assert.equal(asked[2].signal.aborted, true);
});

test("a signal closes a stream", async () => {
  const { asked, fetch } = server({ "/sync": () => ({ frames: [], cursor: "c" }) });
  const client = createClient(URL, { fetch, storage: signedIn(), WebSocket: null });
  for await (const _ of client.stream({ signal: AbortSignal.abort() })) assert.fail();
  const stop = new AbortController();
  const stream = client.stream({ signal: stop.signal, cursor: "b" });
  stream.onConnection((connection) => connection === "connected" && stop.abort());
  for await (const _ of stream) assert.fail();
  assert.deepEqual([stream.connection, asked[0].path], ["ended", "/sync?wait=0&cursor=b"]);
});

for (const entry of ["@guildhall/client", "@guildhall/client/wasm"]) {
  test(`${entry} says that its core is broken, to all who wait and to all who come`, () => {
    const told = execFileSync(process.execPath, ["--input-type=module", "--eval", broken(entry)], { encoding: "utf8" });
    assert.deepEqual(told.trim().split("\n"), Array(5).fill("internal undefined"));
  });
}

/** A program whose clock throws once, in the middle of the core. */
function broken(entry) {
  return `
    import { createClient } from "${entry}";
    const client = createClient("${URL}", { fetch: () => new Promise(() => {}), storage: { load: () => '${JSON.stringify(LOGIN)}', save() {} } });
    const told = ({ code, status }) => console.log(code, status);
    const waiting = client.accounts.me().catch(told);
    const reading = (async () => { for await (const _ of client.stream()); })().catch(told);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { now } = Date;
    Date.now = () => { throw new Error("broken"); };
    const asking = client.accounts.me().catch(told);
    Date.now = now;
    await Promise.all([waiting, reading, asking]);
    await client.auth.signOut().catch(told);
    await createClient("${URL}").groups.list().then(told, told);
    process.exit();
  `;
}
