import type { ErrorCode, FieldError } from "./contract.js";

/**
 * What goes wrong without the server saying so:
 *
 * - `network`: no answer came. Whether the server did what it was asked cannot be known.
 * - `timeout`: none came in time; as with `network`.
 * - `aborted`: the caller's own signal ended the call; as with `network`.
 * - `decode`: an answer came that is none of the contract's: of another server, say.
 * - `internal`: with a `status`, a fault of the server; without, one of this package, whose clients
 *   all do nothing more until the page is loaded anew.
 */
export type ClientErrorCode = "network" | "timeout" | "aborted" | "decode" | "internal";

/** Every `code` of a {@link GuildhallError}. A newer server may have more. */
export type GuildhallErrorCode = ErrorCode | ClientErrorCode;

/** What is known of an error besides its code and text. */
export interface ErrorDetails {
  /** The HTTP status. */
  status?: number | undefined;
  /** Which fields do not fit. */
  errors?: readonly FieldError[] | undefined;
  /** Under which id the server's log has the call. */
  requestId?: string | undefined;
  /** How long to wait before the next try, in seconds. */
  retryAfter?: number | undefined;
  /** What is behind it: the browser's own error, or the reason of an abort. */
  cause?: unknown;
}

/**
 * What every method of this package rejects with.
 *
 * `message` is for people: the server's words, in the client's `language`, or, where `code` is one of
 * {@link ClientErrorCode}, English ones for developers. Programs read `code`.
 */
export class GuildhallError extends Error {
  /** What went wrong, for programs. */
  readonly code: GuildhallErrorCode;
  /** The HTTP status; nothing where no answer came. */
  readonly status: number | undefined;
  /** Which fields do not fit, of a `422`; otherwise empty. */
  readonly errors: readonly FieldError[];
  /** Under which id the server's log has the call. */
  readonly requestId: string | undefined;
  /** How long to wait before the next try, in seconds, where the server says so. */
  readonly retryAfter: number | undefined;

  constructor(code: GuildhallErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.name = NAME;
    this.code = code;
    this.status = details.status;
    this.errors = details.errors ?? [];
    this.requestId = details.requestId;
    this.retryAfter = details.retryAfter;
  }
}

const NAME = "GuildhallError";

/**
 * Whether something that was caught is a {@link GuildhallError}, with this code if one is given.
 *
 * It holds for errors of another copy of this package too, for which `instanceof` does not: one that
 * was loaded by `require` beside one that was imported, say.
 */
export function isGuildhallError<Code extends GuildhallErrorCode = GuildhallErrorCode>(
  error: unknown,
  code?: Code,
): error is GuildhallError & { readonly code: Code } {
  return (
    error instanceof Error &&
    error.name === NAME &&
    (code === undefined || (error as GuildhallError).code === code)
  );
}
