// Messages on their way. Each has a key, under which it is sent again without being sent twice.

import type { Message, UserId } from "@guildhall/client";
import { batch } from "@preact/signals";

import { gh, inWords } from "../api.ts";
import { addMessage } from "./chat.ts";
import { withRow, withoutRow } from "./merge.ts";
import { personal, whileSignedIn } from "./personal.ts";

export interface Outgoing {
  key: string;
  to: UserId;
  content: string;
  /** Why it is not sent; nothing while it is under way. */
  problem: string | undefined;
}

/** By key, in the order in which they are shown. */
export const outbox = personal<ReadonlyMap<string, Outgoing>>(new Map());

/** The end of what is under way to each person: one message after the other, so that none overtakes another. */
const queues = personal<ReadonlyMap<UserId, Promise<void>>>(new Map());

export function send(to: UserId, text: string): void {
  const content = text.trim();
  if (!content) return;
  // `crypto.randomUUID` is not there on plain HTTP.
  const key = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
  enqueue({ key, to, content, problem: undefined });
}

export function sendAgain(outgoing: Outgoing): void {
  enqueue({ ...outgoing, problem: undefined });
}

export function discard({ key }: Outgoing): void {
  outbox.value = withoutRow(outbox.value, key);
}

/**
 * A message was sent, as a frame says before the answer does: what waits for that is not shown any more.
 * A frame does not know the key. If it was of another device's same words, `deliver` says what became of these.
 */
export function settle(message: Message): void {
  const waiting = [...outbox.value.values()].find(
    ({ to, content, problem }) => to === message.receiver_id && content === message.content && problem === undefined,
  );
  if (waiting) discard(waiting);
}

function enqueue(outgoing: Outgoing): void {
  const { key, to } = outgoing;
  const signal = whileSignedIn();
  const before = queues.value.get(to) ?? Promise.resolve();
  outbox.value = withRow(outbox.value, key, outgoing);
  queues.value = withRow(queues.value, to, before.finally(() => deliver(outgoing, signal)));
}

async function deliver(outgoing: Outgoing, signal: AbortSignal): Promise<void> {
  const { key, to, content } = outgoing;
  try {
    const options = { idempotencyKey: key, signal, timeoutMs: 20_000 };
    const message = await gh.messages.send({ receiver_id: to, content }, options);
    batch(() => {
      discard(outgoing);
      addMessage(message);
    });
  } catch (error) {
    if (signal.aborted) return;
    outbox.value = withRow(outbox.value, key, { ...outgoing, problem: inWords(error) });
  }
}
