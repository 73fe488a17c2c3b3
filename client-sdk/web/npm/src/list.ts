import type { Bridge } from "./bridge.js";
import { GuildhallError } from "./errors.js";
import type { Outgoing } from "./http.js";
import type { CallOptions } from "./options.js";
import { bodyOf } from "./reply.js";

/** One page of a list. */
export type Rows<Row> = Row[] & {
  /** Whether the list goes on. */
  readonly hasMore: boolean;
};

/**
 * A list that can be asked for. Nothing is asked before it is awaited or read:
 *
 * - `await list` is its first page, of `limit` rows.
 * - `for await (const row of list)` reads it whole, page by page, as it is needed. Rows that come and
 *   go meanwhile make none come twice where the list is paged by id.
 */
export interface List<Row> extends PromiseLike<Rows<Row>>, AsyncIterable<Row> {}

/** @internal */
export function makeList(bridge: Bridge, call: Outgoing, options?: CallOptions): List<unknown> {
  let first: Promise<Rows<unknown>> | undefined;
  const page = async (path: string) => {
    const reply = (await bridge.call({ ...call, path }, options))!;
    const rows = bodyOf(reply);
    if (!Array.isArray(rows)) throw new GuildhallError("decode", "An answer is no list", { status: reply.status });
    return { rows: rows as unknown[], next: reply.next };
  };
  return {
    then(fulfilled, rejected) {
      first ??= page(call.path).then(({ rows, next }) =>
        // Not among what is copied or compared.
        Object.defineProperty(rows as Rows<unknown>, "hasMore", { value: next !== undefined }),
      );
      return first.then(fulfilled, rejected);
    },
    async *[Symbol.asyncIterator]() {
      for (let path: string | undefined = call.path; path !== undefined; ) {
        const { rows, next }: { rows: unknown[]; next: string | undefined } = await page(path);
        yield* rows;
        // It is relative to the list's own address.
        path = next && `${call.path.split("?")[0]}?${next}`;
      }
    },
  };
}
