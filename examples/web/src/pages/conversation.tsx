// One conversation: what was written, live, and what one writes.

import type { Message, UserId } from "@guildhall/client";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { useAction } from "../parts/action.ts";
import { Composer, HAS_KEYBOARD } from "../parts/composer.tsx";
import { useFocus } from "../parts/focus.ts";
import { Problem } from "../parts/form.tsx";
import { BackIcon } from "../parts/icons.tsx";
import { Avatar, usePerson } from "../parts/person.tsx";
import { useReading } from "../parts/reading.ts";
import { path } from "../route.ts";
import { conversationWith, readOlder, readThread, threadWith } from "../state/chat.ts";
import { myId } from "../state/me.ts";
import { discard, outbox, sendAgain, type Outgoing } from "../state/outbox.ts";
import { nameOf } from "../state/people.ts";
import { clock, dayInWords, dayKey } from "../time.ts";

export function ConversationPane({ user }: { user: UserId }) {
  const asked = usePerson(user);
  const conversation = conversationWith(user);
  const person = conversation?.user ?? asked;
  const name = nameOf(person);
  const reading = useReading((signal) => readThread(user, signal), [user]);
  const heading = useFocus<HTMLHeadingElement>(!HAS_KEYBOARD);

  return (
    <section class="conversation" aria-label="Conversation">
      <header class="conversation-head">
        <a class="icon-button back" href={path("messages")} aria-label="All conversations">
          <BackIcon />
        </a>
        <Avatar person={person} />
        <h2 ref={heading} tabIndex={-1}>
          <bdi>{name}</bdi>
        </h2>
        {person.full_name && <bdi class="row-detail">{person.username}</bdi>}
      </header>
      {reading.error !== undefined && <Problem error={reading.error} />}
      <Log user={user} name={name} />
      {conversation?.user.deleted ? (
        <p class="conversation-end">This account is deleted. What was written stays.</p>
      ) : (
        <Composer key={user} user={user} />
      )}
    </section>
  );
}

function Log({ user, name }: { user: UserId; name: string }) {
  const thread = threadWith(user);
  const isRead = thread.hasMore !== undefined;
  const messages = isRead ? [...thread.messages.values()] : [];
  const waiting = [...outbox.value.values()].filter(({ to }) => to === user);
  const older = useAction(() => readOlder(user));
  // Only what comes at the end is news to announce: not what was read of before, or for the first time.
  const start = isRead ? (messages[0]?.id ?? 0) : Infinity;
  const shownFrom = useSignal(start);
  useEffect(() => {
    shownFrom.value = start;
  }, [start]);
  const lastSeen = messages.findLast(({ sender_id, is_read }) => sender_id === myId.value && is_read);

  return (
    // In a column that begins at its end: it stays there while messages come, and where it is while
    // older ones are put before them.
    <div class="log-scroller" tabIndex={0} role="group" aria-label="Messages so far">
      <div class="log-column">
        {thread.hasMore && (
          <button type="button" class="button older" aria-disabled={older.isPending} onClick={() => void older.run()}>
            Show older messages
          </button>
        )}
        {older.error !== undefined && <Problem error={older.error} />}
        <div class="log" role="log" aria-label="Messages" aria-live={start < shownFrom.value ? "off" : "polite"}>
          {isRead && messages.length + waiting.length === 0 && (
            <p class="log-empty">
              Nothing written yet. Say hello to <bdi>{name}</bdi>.
            </p>
          )}
          {messages.map((message, at) => (
            <Bubble
              key={message.id}
              message={message}
              before={messages[at - 1]}
              name={name}
              isLastSeen={message === lastSeen}
            />
          ))}
          {waiting.map((outgoing) => (
            <Waiting key={outgoing.key} outgoing={outgoing} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface BubbleProps {
  message: Message;
  before: Message | undefined;
  name: string;
  isLastSeen: boolean;
}

function Bubble({ message, before, name, isLastSeen }: BubbleProps) {
  const { content, created_at, sender_id } = message;
  const isMine = sender_id === myId.value;
  const isNewDay = !before || dayKey(before.created_at) !== dayKey(created_at);
  const goesOn = !isNewDay && before.sender_id === sender_id;
  return (
    <>
      {isNewDay && <p class="day">{dayInWords(created_at)}</p>}
      <article class="bubble" data-mine={isMine} data-goes-on={goesOn}>
        <span class="visually-hidden">{isMine ? "You" : name}: </span>
        <p dir="auto">{content}</p>
        <footer>
          <time dateTime={created_at}>{clock(created_at)}</time>
          {isLastSeen && " · Seen"}
        </footer>
      </article>
    </>
  );
}

/** A message on its way, or one that did not get there. */
function Waiting({ outgoing }: { outgoing: Outgoing }) {
  const { content, problem } = outgoing;
  return (
    <article class="bubble" data-mine="true" data-waiting={!problem}>
      <span class="visually-hidden">You: </span>
      <p dir="auto">{content}</p>
      {problem === undefined ? (
        <footer>Sending…</footer>
      ) : (
        <footer class="problem">
          Not sent. {problem}{" "}
          <button type="button" class="link" onClick={() => sendAgain(outgoing)}>
            Try again
          </button>{" "}
          <button type="button" class="link" onClick={() => discard(outgoing)}>
            Discard
          </button>
        </footer>
      )}
    </article>
  );
}
