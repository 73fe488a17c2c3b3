// The one place that hears the stream, and says what each frame changes.

import { isGuildhallError, type StreamConnection, type StreamFrame } from "@guildhall/client";
import { computed } from "@preact/signals";

import { gh } from "../api.ts";
import { online } from "../browser.ts";
import { changeMessage, dropThreads, isKnown, readConversations, receive } from "./chat.ts";
import { addEvent, dropEvent } from "./events.ts";
import { me } from "./me.ts";
import { settle } from "./outbox.ts";
import { personal } from "./personal.ts";
import { addSession, dropSession } from "./sessions.ts";

const connection = personal<StreamConnection>("connecting");

/** How it stands with the connection, in words. */
export const connectionStatus = computed(() => {
  if (!online.value) return "Offline";
  if (connection.value === "connected") return "Connected";
  return connection.value === "connecting" ? "Connecting" : "Reconnecting";
});

/** Counts how often everything has to be read: what pages show of it, they read when it changes. */
export const generation = personal(0);

/**
 * Reads what is there, then hears what happens, until `signal` says that it is enough.
 *
 * The place in the stream comes first. What happens while the lists are read is thus told after
 * them, and nothing falls in between; a frame that says what a list has already said changes nothing.
 */
export async function follow(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { cursor } = await gh.sync({}, { signal });
      await readEverything(signal);
      const stream = gh.stream({ cursor, signal });
      stream.onConnection((now) => {
        if (!signal.aborted) connection.value = now;
      });
      for await (const frame of stream) {
        if (frame.type === "resync_required") await readEverything(signal);
        else await apply(frame);
      }
    } catch (error) {
      if (signal.aborted || isGuildhallError(error, "not_authenticated")) return;
      if (!isGuildhallError(error)) throw error;
      connection.value = "reconnecting";
      await networkOr(3_000);
    }
  }
}

async function readEverything(signal: AbortSignal): Promise<void> {
  me.value = await gh.accounts.me({ signal });
  await readConversations();
  dropThreads();
  generation.value += 1;
}

/** Frames of types that only a newer server knows change nothing. */
async function apply(frame: StreamFrame): Promise<void> {
  switch (frame.type) {
    case "new_message":
      if (!isKnown(frame.message)) settle(frame.message);
      return receive(frame.message);
    case "message_read":
      return changeMessage(frame.message);
    case "session_updated":
      return addSession(frame.session);
    case "session_deleted":
      return dropSession(frame.session_id);
    case "event_created":
    case "event_updated":
      return addEvent(frame.event);
    case "event_deleted":
      return dropEvent(frame.event_id);
  }
}

/** Waits until the network is back, or for so many milliseconds. */
function networkOr(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    function done(): void {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
  });
}
