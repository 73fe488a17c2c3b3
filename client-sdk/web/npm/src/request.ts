import type { Outgoing } from "./http.js";
import type { CallOptions } from "./options.js";

/** A method's arguments: what goes into the path, then the body or the query, then the options. */
export interface Prepared {
  call: Outgoing;
  options: CallOptions | undefined;
  isList: boolean;
}

/**
 * Makes a request of a line of the table and a method's arguments.
 *
 * A line has the HTTP method, the path with `{}` for each argument, and marks: `body` or `query` for
 * one more argument, `key` where an `Idempotency-Key` goes along, `list`.
 */
export function prepare(line: string, [...args]: readonly unknown[]): Prepared {
  const [method, template, ...marks] = line.split(" ") as [string, string, ...string[]];
  let path = template.replace(/{}/g, () => encodeURIComponent(String(args.shift())));
  const has = (mark: string) => marks.includes(mark);
  const body = has("body") ? JSON.stringify(args.shift()) : undefined;
  if (has("query")) {
    const query = Object.entries(args.shift() ?? {}).filter(([, value]) => value !== undefined);
    if (query.length) path += `?${new URLSearchParams(query)}`;
  }
  const options = args[0] as CallOptions | undefined;
  const idempotencyKey = has("key") ? (options?.idempotencyKey ?? randomKey()) : undefined;
  return { call: { method, path, body, idempotencyKey }, options, isList: has("list") };
}

/** It has to be unlike the caller's other keys of a day; nobody gains by guessing it. */
function randomKey(): string {
  const part = () => Math.random().toString(36).slice(2);
  return part() + part();
}
