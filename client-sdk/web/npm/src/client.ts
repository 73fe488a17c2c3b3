import { makeAuth, type Auth } from "./auth.js";
import { Bridge } from "./bridge.js";
import { makeList } from "./list.js";
import { TABLE, type Methods } from "./methods.js";
import type { ClientOptions } from "./options.js";
import { prepare } from "./request.js";
import { openStore } from "./storage.js";
import { openStream, type LiveStream, type StreamOptions } from "./stream.js";

/**
 * A client of one server, as one person or nobody.
 *
 * Calls that only read are made up to three times where no answer comes, or one that says to come
 * back; so are calls that create something, under an `Idempotency-Key`. All others are made once.
 */
export interface Client extends Methods {
  /** Signing in and out. */
  readonly auth: Auth;

  /** What happens to whoever is signed in, as it happens: from now on, or right after a cursor. */
  stream(options?: StreamOptions): LiveStream;
}

/**
 * A client of the server at `url`, such as `https://example.org` or `https://example.org/community`;
 * in pages it may be relative. It connects to nothing yet.
 *
 * ```ts
 * const gh = createClient("https://guildhall.example.org");
 * await gh.auth.signIn({ email: "ada@example.org", password: "plum-orbit-velvet" });
 * for await (const event of gh.events.list()) console.log(event.title);
 * ```
 *
 * @throws {TypeError} where that is no `http` or `https` URL
 */
export function createClient(url: string | URL, options: ClientOptions = {}): Client {
  const base = absolute(String(url));
  const storageKey = options.storageKey ?? `guildhall:${base}`;
  const bridge = new Bridge(
    {
      server: {
        base,
        // By name at each call, so that what tests put in its place is found.
        fetch: options.fetch ?? ((url, init) => fetch(url, init)),
        language: options.language,
      },
      socketClass: () =>
        options.WebSocket === null ? undefined : (options.WebSocket ?? globalThis.WebSocket),
      store: openStore(options.storage ?? "local", storageKey),
    },
    storageKey,
    options.timeoutMs ?? 60_000,
  );
  const methods = (lines: Record<string, string>) =>
    Object.fromEntries(Object.entries(lines).map(([name, line]) => [name, method(bridge, line)]));
  const { "": own = {}, ...aggregates } = TABLE;
  const client = methods(own) as Record<string, unknown>;
  for (const [name, lines] of Object.entries(aggregates)) client[name] = methods(lines);
  client["auth"] = makeAuth(bridge);
  client["stream"] = (options?: StreamOptions) => openStream(bridge, options);
  return client as unknown as Client;
}

function method(bridge: Bridge, line: string): (...args: unknown[]) => unknown {
  return (...args) => {
    const { call, options, isList } = prepare(line, args);
    return isList ? makeList(bridge, call, options) : bridge.body(call, options);
  };
}

/** Without `URL`, of which React Native has only a part. */
function absolute(url: string): string {
  const isAbsolute = /^https?:\/\/[^/]/.test(url);
  const whole = isAbsolute ? url : new URL(url, globalThis.location?.href).href;
  if (!/^https?:/.test(whole)) throw new TypeError(`${url} is no http or https URL`);
  return whole.replace(/[?#].*$/, "").replace(/\/+$/, "");
}
