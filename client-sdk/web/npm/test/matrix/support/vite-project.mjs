// A project as `npm create vite` makes it in TypeScript, but that declarations of packages are checked too.

import { readFileSync } from "node:fs";

const COMPILER = {
  compilerOptions: {
    target: "ES2023",
    module: "ESNext",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    types: ["vite/client"],
    moduleResolution: "bundler",
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    moduleDetection: "force",
    noEmit: true,
    strict: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    erasableSyntaxOnly: true,
    noFallthroughCasesInSwitch: true,
    noUncheckedSideEffectImports: true,
    skipLibCheck: false,
  },
  include: ["src"],
};

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <link rel="icon" href="data:," />
    <title>A session</title>
  </head>
  <body>
    <div id="app"></div>
    <script type="module" src="/src/main.ts"></script>
  </body>
</html>
`;

/** Runs the session that the test in Node.js runs, and shows and tells how it ended. */
const MAIN = `import * as guildhall from "@guildhall/client";
import { session } from "./session.mjs";

declare global {
  /** The test's: it starts the server anew. */
  function restart(): Promise<void>;
  var told: Promise<string>;
}

globalThis.told = session(guildhall, "/api", { restart }).then(() => "well", String);
document.querySelector("#app")!.textContent = await globalThis.told;
`;

const SESSION_TYPES = `import type { ClientOptions } from "@guildhall/client";

export function session(
  guildhall: typeof import("@guildhall/client"),
  url: string,
  hooks: { restart(): Promise<void>; options?: ClientOptions },
): Promise<void>;
`;

/** Never runs: what the compiler makes of it is the test. */
const TYPED = `import { createClient, GuildhallError, isGuildhallError } from "@guildhall/client";
import type {
  Client,
  ClientOptions,
  GuildhallErrorCode,
  LiveStream,
  Message,
  Rows,
  StreamFrame,
  TokenStorage,
  User,
  UserView,
} from "@guildhall/client";

const storage: TokenStorage = { load: () => null, save: (text) => void text?.length };
const options: ClientOptions = { storage, language: "fr", timeoutMs: 5_000, WebSocket: null, fetch };
const gh: Client = createClient(new URL("https://example.org"), options);

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_ extends true>(): void {}

export async function accounts(): Promise<User> {
  const off: () => void = gh.auth.onChange((state, change) => {
    holds<Equal<typeof state, "signedIn" | "signedOut">>();
    holds<Equal<typeof change, "signedIn" | "renewed" | "signedOut" | "expired" | undefined>>();
  });
  const user = await gh.auth.signUp({ username: "ada", email: "ada@example.org", password: "plum-orbit-velvet" });
  // @ts-expect-error: an account needs a password.
  await gh.auth.signUp({ username: "ada", email: "ada@example.org" });
  await gh.auth.signIn({ email: user.email, password: "plum-orbit-velvet" });
  const me = await gh.accounts.me({ signal: AbortSignal.timeout(1_000), timeoutMs: 2_000 });
  holds<Equal<typeof me, User>>();
  holds<Equal<typeof me.full_name, string | null>>();
  // @ts-expect-error: there is no such field.
  me.name;
  // @ts-expect-error: nobody is told a password.
  me.password;
  await gh.accounts.updateMe({ full_name: null });
  // @ts-expect-error: a username cannot be removed.
  await gh.accounts.updateMe({ username: null });
  off();
  return me;
}

export async function lists(): Promise<string[]> {
  const page = await gh.accounts.list({ q: "ada", limit: 20 });
  holds<Equal<typeof page, Rows<UserView>>>();
  // @ts-expect-error: it is not to be changed.
  page.hasMore = true;
  const [first] = page;
  // Of others not all is told.
  if (first && "role" in first) holds<Equal<typeof first.role, "user" | "admin">>();
  const titles: string[] = [];
  for await (const event of gh.events.list({ from: "2027-01-01T00:00:00Z" })) titles.push(event.title);
  // @ts-expect-error: not a number.
  gh.events.list({ q: 1 });
  return titles;
}

export async function messages(to: UserView): Promise<Message> {
  const message = await gh.messages.send({ content: "Hello", receiver_id: to.id }, { idempotencyKey: "1" });
  // @ts-expect-error: it needs someone to go to.
  await gh.messages.send({ content: "Hello" });
  holds<Equal<Awaited<ReturnType<typeof gh.messages.readConversation>>, void>>();
  return message;
}

export async function errors(): Promise<string> {
  try {
    await accounts();
  } catch (error) {
    if (isGuildhallError(error, "email_taken")) {
      holds<Equal<typeof error.code, "email_taken">>();
      return error.message;
    }
    if (isGuildhallError(error)) {
      switch (error.code) {
        case "validation_failed":
          return error.errors.map(({ field, message }) => field + message).join();
        case "too_many_requests":
          return String(error.retryAfter?.toFixed());
        case "network":
        case "timeout":
          return String(error.cause);
        // @ts-expect-error: no such code.
        case "no_such_code":
          return "";
      }
    }
    if (error instanceof GuildhallError) holds<Equal<typeof error.code, GuildhallErrorCode>>();
    // @ts-expect-error: no such code.
    isGuildhallError(error, "no_such_code");
    // @ts-expect-error: it is anything.
    error.code;
  }
  return "";
}

export async function live(seen: (message: Message) => void): Promise<void> {
  const stream: LiveStream = gh.stream({ cursor: undefined, signal: new AbortController().signal });
  stream.on("new_message", (frame) => {
    holds<Equal<typeof frame.message, Message>>();
    seen(frame.message);
  });
  // @ts-expect-error: no such frame.
  stream.on("no_such_frame", () => {});
  stream.onConnection((connection) => {
    holds<Equal<typeof connection, "connecting" | "connected" | "reconnecting" | "ended">>();
  });
  for await (const frame of stream) {
    holds<Equal<typeof frame, StreamFrame>>();
    if (frame.type === "new_message") return seen(frame.message);
    // @ts-expect-error: only that one has a message.
    seen(frame.message);
    if (frame.type === "resync_required") break;
  }
  await using another = gh.stream();
  holds<Equal<typeof another, LiveStream>>();
}
`;

export const viteProject = () => ({
  "package.json": JSON.stringify({ name: "a-session", private: true, type: "module" }),
  "tsconfig.json": JSON.stringify(COMPILER),
  "index.html": PAGE,
  "src/main.ts": MAIN,
  "src/typed.ts": TYPED,
  "src/session.mjs": readFileSync(new URL("../../session.mjs", import.meta.url), "utf8"),
  "src/session.d.mts": SESSION_TYPES,
});
