// What a program does with the package, from signing up to signing out, against a real server. It asks for nothing but
// the globals that browsers and Node.js share, so it runs in both.

/**
 * @param {typeof import("../src/index.js")} guildhall the package, by whichever entry
 * @param {string} url of a server that nobody else uses
 * @param {{ restart(): Promise<void>, options?: import("../src/index.js").ClientOptions }} hooks `restart` stops the
 *   server, and starts it again a moment later
 */
export async function session(guildhall, url, { restart, options = {} }) {
  const { createClient, isGuildhallError } = guildhall;
  const hasSockets = options.WebSocket !== null && (options.WebSocket ?? globalThis.WebSocket);
  const run = Math.random().toString(36).slice(2, 8);
  const storage = inMemory();
  const changes = [];
  let refreshes = 0;
  const counting = (target, init) => {
    if (String(target).endsWith("/auth/refresh")) refreshes += 1;
    return fetch(target, init);
  };
  const ada = createClient(url, { ...options, storage, fetch: counting });
  const grace = createClient(url, { ...options, storage: "memory" });
  const stopListening = ada.auth.onChange((state, change) => changes.push(`${state} ${change}`), { immediate: true });

  // Errors, before anyone is signed in.
  equal(ada.auth.state, "signedOut");
  const nobody = await rejected(ada.accounts.me());
  equal([nobody.code, nobody.status, nobody instanceof Error], ["not_authenticated", 401, true]);
  check(isGuildhallError(nobody) && isGuildhallError(nobody, "not_authenticated") && !isGuildhallError(nobody, "network"));
  check(nobody.requestId && nobody.message.length > 0);
  check(!isGuildhallError(new Error("no")) && !isGuildhallError(undefined));
  const bad = await rejected(ada.auth.signUp({ username: "", email: "no", password: "x" }));
  equal([bad.code, bad.status], ["validation_failed", 422]);
  check(bad.errors.length > 1 && bad.errors.every(({ field, message }) => field && message));
  const french = createClient(url, { ...options, storage: "memory", language: "fr" });
  check((await rejected(french.accounts.me())).message !== nobody.message, "in French");
  equal((await rejected(ada.auth.renew())).code, "not_authenticated");
  await ada.auth.signOut();

  // Signing up and in.
  const person = (name) => ({ username: `${name}-${run}`, email: `${name}-${run}@example.org`, password: `plum-orbit-${run}` });
  const me = await ada.auth.signUp(person("ada"));
  const other = await grace.auth.signUp(person("grace"));
  equal((await rejected(ada.auth.signUp(person("ada")))).code, "email_taken");
  equal((await rejected(ada.auth.signIn({ email: me.email, password: "not this one" }))).code, "invalid_credentials");
  await ada.auth.signIn({ email: me.username, password: person("ada").password });
  await grace.auth.signIn({ email: other.email, password: person("grace").password });
  equal(ada.auth.state, "signedIn");
  equal((await ada.accounts.me()).id, me.id);
  equal(changes, ["signedOut undefined", "signedIn signedIn"]);
  const again = createClient(url, { ...options, storage });
  equal([again.auth.state, (await again.accounts.me()).id], ["signedIn", me.id], "the login outlives the client");

  // Creating, asking again, lists.
  const key = `party-${run}`;
  const party = { title: `Party ${run}`, description: "Bring a cake & tea?", date: "2027-06-21T18:00:00Z", location: "" };
  const event = await ada.events.create(party, { idempotencyKey: key });
  equal((await ada.events.create(party, { idempotencyKey: key })).id, event.id);
  equal((await rejected(ada.events.create(party))).code, "event_title_taken");
  for (const number of [2, 3, 4, 5]) await ada.events.create({ ...party, title: `Party ${run} ${number}` });
  const list = ada.events.list({ q: `party ${run}`, limit: 2, organizer_id: undefined });
  const page = await list;
  equal([page.length, page.hasMore, Array.isArray(page), Object.keys(page)], [2, true, true, ["0", "1"]]);
  const titles = [];
  for await (const { title } of list) titles.push(title.slice(-1));
  equal(titles.slice(1), ["2", "3", "4", "5"]);
  equal((await ada.events.list({ q: run })).hasMore, false);
  equal((await rejected(ada.events.list({ limit: 0 }))).code, "validation_failed");
  check((await ada.events.calendar({ q: run })).startsWith("BEGIN:VCALENDAR"));
  await ada.events.attend(event.id);
  equal((await ada.events.attendees(event.id)).map(({ id }) => id), [me.id]);
  equal(await ada.events.delete(event.id), undefined);

  // The stream, through a restart of the server.
  const stream = grace.stream();
  const heard = [];
  const connections = [];
  stream.onConnection((connection) => connections.push(connection));
  stream.on("new_message", ({ message }) => heard.push(message.content));
  const off = stream.on("new_message", () => {
    off();
    throw new Error("this listener is broken, and harms nobody");
  });
  await until(() => stream.connection === "connected");
  await until(() => stream.cursor, "the place is known before anything happens");
  const from = stream.cursor;
  await ada.messages.send({ content: "one", receiver_id: other.id });
  await until(() => heard.length === 1);
  await restart();
  await ada.messages.send({ content: "two", receiver_id: other.id });
  await until(() => heard.length === 2);
  await until(() => stream.connection === "connected");
  await ada.messages.send({ content: "three", receiver_id: other.id });
  await until(() => heard.length === 3);
  equal(heard, ["one", "two", "three"]);
  // Asking again and again goes over a short break as if there were none.
  check(!hasSockets || connections.includes("reconnecting"), connections.join());
  stream.close();
  equal(stream.connection, "ended");

  // The same again from its beginning, as a loop.
  const replayed = [];
  const replay = grace.stream({ cursor: from });
  for await (const frame of replay) {
    check(replay.cursor !== frame.cursor, "it is not dealt with yet");
    if (frame.type === "new_message") replayed.push(frame.message.content);
    if (replayed.length === 3) break;
  }
  equal([replayed, replay.connection], [heard, "ended"]);
  check(replay.cursor !== from, "and now it is");
  for await (const _ of replay) check(false, "it is over");
  for await (const { type } of grace.stream({ cursor: "none of ours & odd" })) {
    equal(type, "resync_required");
    break;
  }
  equal((await grace.messages.received({ unread: true })).length, 3);
  equal((await ada.messages.conversations())[0].user.id, other.id);
  equal((await grace.sync()).frames, []);

  // Giving up.
  const stop = new AbortController();
  const waiting = rejected(grace.sync({ cursor: (await grace.sync()).cursor, wait: 30 }, { signal: stop.signal }));
  setTimeout(() => stop.abort("enough"), 50);
  const aborted = await waiting;
  equal([aborted.code, aborted.cause, aborted.status], ["aborted", "enough", undefined]);
  equal((await rejected(grace.accounts.me({ signal: stop.signal }))).code, "aborted");
  const silent = createClient(url, { ...options, storage: "memory", timeoutMs: 50, fetch: () => new Promise(() => {}) });
  equal((await rejected(silent.accounts.me())).code, "timeout");
  const lost = createClient(url, { ...options, storage: "memory", fetch: async () => Promise.reject(new TypeError("offline")) });
  const fault = await rejected(lost.accounts.updateMe({}));
  equal([fault.code, fault.cause.message], ["network", "offline"]);
  const strange = (status, body) => async () => new Response(body, { status, headers: { "Content-Type": "text/html" } });
  const elsewhere = createClient(url, { ...options, storage: "memory", fetch: strange(200, "<html>") });
  equal((await rejected(elsewhere.accounts.me())).code, "decode");
  const gateway = createClient(url, { ...options, storage: "memory", fetch: strange(502, "<html>") });
  const down = await rejected(gateway.auth.signIn({ email: "a", password: "b" }));
  equal([down.code, down.status], ["unavailable", 502]);

  // Five calls at once with an old access token, of which the server knows and the device does not; and of which both do.
  const renewed = changes.length;
  for (const change of [{ access_token: "spoilt" }, { obtained_at: 0 }]) {
    storage.text = JSON.stringify({ ...JSON.parse(storage.text), ...change });
    refreshes = 0;
    const late = createClient(url, { ...options, storage, fetch: counting });
    const five = await Promise.all([1, 2, 3, 4, 5].map(() => late.accounts.me()));
    equal([five.map(({ id }) => id), refreshes], [Array(5).fill(me.id), 1]);
  }
  await ada.auth.renew();
  equal(changes.length, renewed + 1);

  // Signing out ends what listens.
  const last = grace.stream();
  const reading = rejected(readAll(last));
  await until(() => last.connection === "connected");
  await grace.auth.signOut();
  equal((await reading).code, "not_authenticated");
  equal([grace.auth.state, last.connection], ["signedOut", "ended"]);
  equal((await rejected(readAll(grace.stream()))).code, "not_authenticated");
  await ada.auth.signOut();
  equal([ada.auth.state, storage.text, changes.at(-1)], ["signedOut", null, "signedOut signedOut"]);
  stopListening();

  // A login that is over by the server's word.
  await ada.auth.signIn({ email: me.email, password: person("ada").password });
  await createClient(url, { ...options, storage: inMemory(storage.text) }).logins.revokeAll();
  const expired = [];
  ada.auth.onChange((state, change) => expired.push(change));
  equal((await rejected(ada.accounts.me())).code, "not_authenticated");
  equal([ada.auth.state, expired, storage.text], ["signedOut", ["expired"], null]);
}

function inMemory(text = null) {
  const storage = { text, load: () => storage.text, save: (text) => void (storage.text = text) };
  return storage;
}

async function readAll(stream) {
  for await (const _ of stream);
}

async function rejected(promise) {
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`it was answered: ${JSON.stringify(answer)}`);
}

function check(holds, what = "does not hold") {
  if (!holds) throw new Error(what);
}

function equal(found, expected, what = "") {
  const [left, right] = [found, expected].map((value) => JSON.stringify(value));
  check(left === right, `${what} found ${left}, expected ${right}`);
}

async function until(holds, what = String(holds)) {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`in vain: ${what}`);
}
