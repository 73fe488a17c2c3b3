import type { ErrorCode, Problem } from "./contract.js";
import { GuildhallError, type ErrorDetails } from "./errors.js";

/** An answer, as the host makes it of a response. */
export interface Reply {
  status: number;
  /** The parsed JSON; the text of a calendar; nothing where there is none. */
  body: unknown;
  retryAfter: number | undefined;
  requestId: string | undefined;
  /** The query of the list's next page. */
  next: string | undefined;
  /** Why the body cannot be read. */
  fault?: unknown;
}

/** What gateways say in the server's place, without its words. */
const BY_STATUS: Record<number, ErrorCode> = {
  429: "too_many_requests",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};

/** The body of a success; anything else is thrown. */
export function bodyOf(reply: Reply): unknown {
  const { status, body, fault, retryAfter } = reply;
  if (status < 300 && !fault) return body;
  const { code, detail, request_id, ...problem } = (body ?? {}) as Partial<Problem>;
  // A gateway's may be anything.
  const errors = Array.isArray(problem.errors) ? problem.errors : undefined;
  const requestId = request_id ?? reply.requestId;
  const details: ErrorDetails = { status, errors, requestId, retryAfter };
  if (fault) details.cause = fault;
  const fields = (errors ?? []).map(({ field, message }) => `; ${field}: ${message}`).join("");
  throw new GuildhallError(
    code ?? BY_STATUS[status] ?? "decode",
    detail ? detail + fields : `An answer with status ${status} cannot be read`,
    details,
  );
}
