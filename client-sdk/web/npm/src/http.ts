import { GuildhallError } from "./errors.js";
import type { Fetch } from "./options.js";
import type { Reply } from "./reply.js";

/** A request, as the table of methods makes it. */
export interface Outgoing {
  method: string;
  /** Path and query, from the server's root. */
  path: string;
  /** JSON. */
  body?: string | undefined;
  idempotencyKey?: string | undefined;
}

/** What all requests of a client have in common. */
export interface Server {
  /** Without a slash at its end. */
  base: string;
  fetch: Fetch;
  language: string | undefined;
}

/** Makes a request. Rejects with a `GuildhallError` where no answer comes. */
export async function exchange(
  { base, fetch, language }: Server,
  { method, path, body, idempotencyKey }: Outgoing,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Reply> {
  const headers: Record<string, string> = {};
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
  if (language) headers["Accept-Language"] = language;
  let response;
  let text;
  try {
    response = await fetch(base + path, {
      method,
      headers,
      body: body ?? null,
      // Guildhall redirects nowhere, and a `POST` that was redirected would come as a `GET`.
      redirect: "error",
      signal,
    });
    text = await response.text();
  } catch (cause) {
    throw new GuildhallError("network", "The server cannot be reached", { cause });
  }
  const header = (name: string) => response.headers.get(name) ?? undefined;
  const reply: Reply = {
    status: response.status,
    body: undefined,
    retryAfter: wholeNumber(header("Retry-After")),
    requestId: header("X-Request-Id"),
    next: /^<[^?>]*\?([^>]*)>.*rel="next"/.exec(header("Link") ?? "")?.[1],
  };
  if (header("Content-Type")?.startsWith("text/calendar")) {
    reply.body = text;
  } else if (reply.status !== 204) {
    try {
      reply.body = JSON.parse(text);
    } catch (fault) {
      reply.fault = fault;
    }
  }
  return reply;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text && /^\d+$/.test(text) ? Number(text) : undefined;
}
