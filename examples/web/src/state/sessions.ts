// Live sessions that are to come or under way, and those that ended while the page was open.

import type { Session, SessionId, SessionState, UserId } from "@guildhall/client";
import { computed } from "@preact/signals";

import { gh } from "../api.ts";
import { merge, withRow, withoutRow } from "./merge.ts";
import { personal, whileSignedIn } from "./personal.ts";

const sessions = personal<ReadonlyMap<SessionId, Session>>(new Map());

/** By state, the newest first. */
export const sessionsByState = computed(() => {
  const newestFirst = [...sessions.value.values()].sort((a, b) => b.id - a.id);
  return (state: SessionState) => newestFirst.filter((session) => session.state === state);
});

/** Reads what is not over: the list begins with the oldest, so what is over has no end. */
export async function readSessions(signal: AbortSignal): Promise<void> {
  const before = sessions.value;
  const rows: Session[] = [];
  // In this order, one that is started in between is read twice, and not missed.
  for (const state of ["inactive", "active"] as const) {
    for await (const session of gh.sessions.list({ state }, { signal })) rows.push(session);
  }
  sessions.value = merge(before, sessions.value, rows, ({ id }) => id, ({ state }) => state !== "ended");
}

export async function createSession(name: string): Promise<void> {
  addSession(await gh.sessions.create({ name }, { signal: whileSignedIn() }));
}

export type SessionAction = "start" | "stop" | "join" | "leave";

export async function actOn({ id }: Session, action: SessionAction, user: UserId): Promise<void> {
  const { sessions } = gh;
  const options = { signal: whileSignedIn() };
  switch (action) {
    case "start":
      return addSession(await sessions.start(id, options));
    case "stop":
      return addSession(await sessions.stop(id, options));
    case "join":
      return addSession(await sessions.addUser(id, user, options));
    case "leave":
      return addSession(await sessions.removeUser(id, user, options));
  }
}

export function addSession(session: Session): void {
  sessions.value = withRow(sessions.value, session.id, session);
}

export function dropSession(id: SessionId): void {
  sessions.value = withoutRow(sessions.value, id);
}
