// Messages on their way. Each has a key, under which it is sent again without being sent twice.

import { isGuildhallError, type Message, type UserId } from "@guildhall/client";
import { batch } from "@preact/signals";

import { gh, inWords } from "../api.ts";
import { addMessage } from "./chat.ts";
import { personal, whileSignedIn } from "./personal.ts";

export interface Outgoing {
  key: string;
  to: UserId;
  content: string;
  /** Why it is not sent; nothing while it is under way. */
  problem: string | undefined;
}

export const outbox = personal<readonly Outgoing[]>([]);

export function send(to: UserId, text: string): void {
  const content = text.trim();
  if (!content) return;
  // `crypto.randomUUID` is not there on plain HTTP.
  const key = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
  const outgoing = { key, to, content, problem: undefined };
  outbox.value = [...outbox.value, outgoing];
  void deliver(outgoing);
}

export function sendAgain(outgoing: Outgoing): void {
  replace(outgoing, { ...outgoing, problem: undefined });
  void deliver(outgoing);
}

export function discard({ key }: Outgoing): void {
  outbox.value = outbox.value.filter((one) => one.key !== key);
}

/** A message was sent, as a frame says before the answer does: what waited for that is done. */
export function settle(message: Message): void {
  const waiting = outbox.value.find(({ to, content }) => to === message.receiver_id && content === message.content);
  if (waiting) discard(waiting);
}

async function deliver(outgoing: Outgoing): Promise<void> {
  const { key, to, content } = outgoing;
  try {
    const options = { idempotencyKey: key, signal: whileSignedIn(), timeoutMs: 20_000 };
    const message = await gh.messages.send({ receiver_id: to, content }, options);
    batch(() => {
      discard(outgoing);
      addMessage(message);
    });
  } catch (error) {
    if (isGuildhallError(error, "aborted")) return;
    replace(outgoing, { ...outgoing, problem: inWords(error) });
  }
}

function replace({ key }: Outgoing, by: Outgoing): void {
  outbox.value = outbox.value.map((one) => (one.key === key ? by : one));
}
