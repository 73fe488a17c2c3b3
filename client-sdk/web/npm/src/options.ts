/** How a client is to be. Whatever is left out has a default that fits. */
export interface ClientOptions {
  /**
   * Where the login is kept.
   *
   * - `"local"`, the default in pages: in `localStorage`, so that it outlives the page and all tabs
   *   of the site share it. Where there is none, as on a server, it is as `"memory"`.
   * - `"memory"`, the default elsewhere: nowhere. It ends with the client.
   * - a {@link TokenStorage} of one's own.
   */
  storage?: "local" | "memory" | TokenStorage;
  /**
   * The key in `localStorage`; by default one that has the server's URL in it. Clients with the same
   * key share a login.
   */
  storageKey?: string;
  /** What makes requests in the place of the global `fetch`. */
  fetch?: Fetch;
  /**
   * What opens sockets in the place of the global `WebSocket`. `null`: nothing does. Where there is
   * none, as in Node.js 20, the stream is read by asking again and again.
   */
  WebSocket?: WebSocketClass | null;
  /** How long a call may take, in milliseconds, all its tries together; 60,000 by default. */
  timeoutMs?: number;
  /** In which language the server tells people what went wrong; by default as the browser asks. */
  language?: "en" | "fr";
}

/** What may be said of each call. */
export interface CallOptions {
  /** Ends the call: it rejects with the code `aborted`. Whether the server did its part is unknown. */
  signal?: AbortSignal | undefined;
  /** How long it may take, in milliseconds, in the place of the client's `timeoutMs`. */
  timeoutMs?: number | undefined;
  /**
   * Under which `Idempotency-Key` a call that creates something is made. For a day, the same key
   * gets the same answer and creates nothing more, also after a reload. Each such call has one of its
   * own by default, under which it is made up to three times where no answer comes.
   */
  idempotencyKey?: string | undefined;
}

/**
 * Where a login is kept. It is read and written synchronously; one that is not, such as React
 * Native's `AsyncStorage`, has to be read before the client is made. What throws counts as a storage
 * that does not work: the login is kept in memory then.
 */
export interface TokenStorage {
  /** The text that was saved last; `null` where there is none. */
  load(): string | null;
  /** Keeps a text; `null` removes it. It is as good as a password. */
  save(text: string | null): void;
}

/** What a client needs of `fetch`. */
export type Fetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body: string | null;
    redirect: "error";
    signal: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** What a client needs of `WebSocket`. */
export type WebSocketClass = new (url: string) => {
  addEventListener(
    type: "open" | "message" | "error" | "close",
    listener: (event: { type: string; data?: unknown; code?: number; reason?: string }) => void,
  ): void;
  close(): void;
};
