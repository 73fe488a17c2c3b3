// Live sessions: what is on, what is to come, and who is in it.

import type { Session, SessionState } from "@guildhall/client";
import { useSignal } from "@preact/signals";

import { useAction } from "../parts/action.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, Problem } from "../parts/form.tsx";
import { PlusIcon } from "../parts/icons.tsx";
import { Empty, Heading, Waiting } from "../parts/page.tsx";
import { Faces, usePerson } from "../parts/person.tsx";
import { useReading } from "../parts/reading.ts";
import { myId } from "../state/me.ts";
import { nameOf } from "../state/people.ts";
import { actOn, createSession, readSessions, sessionsByState, type SessionAction } from "../state/sessions.ts";

/** The stream tells of a session to those in it and its owner alone. */
const READ_EVERY = 5_000;

const STATES: readonly { state: SessionState; title: string; badge: string }[] = [
  { state: "active", title: "Live now", badge: "Live" },
  { state: "inactive", title: "Not started yet", badge: "Not started" },
  { state: "ended", title: "Just ended", badge: "Ended" },
];

export function SessionsPage() {
  const isMaking = useSignal(false);
  const reading = useReading(readSessions, [], READ_EVERY);
  const shown = STATES.map((group) => ({ ...group, sessions: sessionsByState.value(group.state) }));
  const isEmpty = shown.every(({ sessions }) => sessions.length === 0);
  return (
    <div class="page sessions">
      <Heading title="Sessions">
        <button type="button" class="button primary" onClick={() => (isMaking.value = true)}>
          <PlusIcon />
          New session
        </button>
      </Heading>
      {reading.error !== undefined && <Problem error={reading.error} />}
      {isEmpty && !reading.isDone && <Waiting rows={2} />}
      {isEmpty && reading.isDone && (
        <Empty title="No sessions">Make one, start it, and whoever is here can join.</Empty>
      )}
      {shown.map(
        ({ state, title, badge, sessions }) =>
          sessions.length > 0 && (
            <section key={state} class="session-group" aria-labelledby={state}>
              <h2 id={state}>{title}</h2>
              <ul class="cards">
                {sessions.map((session) => (
                  <SessionCard key={session.id} session={session} badge={badge} />
                ))}
              </ul>
            </section>
          ),
      )}
      {isMaking.value && <NewSessionDialog onClose={() => (isMaking.value = false)} />}
    </div>
  );
}

function SessionCard({ session, badge }: { session: Session; badge: string }) {
  const owner = usePerson(session.owner_id);
  const isMine = session.owner_id === myId.value;
  const isIn = session.users.some(({ id }) => id === myId.value);
  const action = useAction(async (what: SessionAction) => {
    if (myId.value !== undefined) await actOn(session, what, myId.value);
  });
  const button = (what: SessionAction, label: string, kind = "") => (
    <button
      type="button"
      class={`button ${kind}`}
      aria-disabled={action.isPending}
      aria-label={`${label} ${session.name}`}
      onClick={() => void action.run(what)}
    >
      {label}
    </button>
  );
  return (
    <li class="card">
      <div class="card-head">
        <h3 dir="auto">{session.name}</h3>
        <span class="badge" data-state={session.state}>
          {badge}
        </span>
      </div>
      <p class="quiet">Made by {isMine ? "you" : <bdi>{nameOf(owner)}</bdi>}</p>
      {session.users.length > 0 ? (
        <Faces people={session.users} label={`In ${session.name}`} />
      ) : (
        <p class="quiet">Nobody is in it.</p>
      )}
      {action.error !== undefined && <Problem error={action.error} />}
      {session.state !== "ended" && (
        <div class="card-end">
          {isIn ? button("leave", "Leave") : button("join", "Join", isMine ? "" : "primary")}
          {isMine && session.state === "inactive" && button("start", "Start", "primary")}
          {isMine && session.state === "active" && button("stop", "Stop")}
        </div>
      )}
    </li>
  );
}

function NewSessionDialog({ onClose }: { onClose: () => void }) {
  const action = useAction(async (form: FormData) => {
    await createSession(String(form.get("name") ?? ""));
    onClose();
  });
  return (
    <Dialog title="New session" onClose={onClose}>
      <Form action={action} submit="Create" fields={["name"]}>
        {(errorOf) => (
          <Field label="Name" error={errorOf("name")}>
            {(about) => <input {...about} name="name" autocomplete="off" dir="auto" />}
          </Field>
        )}
      </Form>
    </Dialog>
  );
}
