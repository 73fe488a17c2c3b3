// Conversations, and the one that is open: side by side where there is room, else one at a time.

import type { Conversation } from "@guildhall/client";

import { useAction } from "../parts/action.ts";
import { Empty, Heading } from "../parts/page.tsx";
import { Avatar } from "../parts/person.tsx";
import { Unread } from "../parts/shell.tsx";
import { path } from "../route.ts";
import {
  conversationList,
  hasMoreConversations,
  openConversation,
  readConversations,
  unreadOf,
} from "../state/chat.ts";
import { myId } from "../state/me.ts";
import { nameOf } from "../state/people.ts";
import { short } from "../time.ts";
import { ConversationPane } from "./conversation.tsx";

export function MessagesPage() {
  const open = openConversation.value;
  return (
    <div class="messages" data-open={open !== undefined}>
      <Heading title="Messages" />
      <section class="conversations" aria-label="All conversations">
        <Conversations />
      </section>
      {open === undefined ? (
        <div class="nothing-open">
          <Empty title="No conversation is open">Choose one, or find someone under People.</Empty>
        </div>
      ) : (
        <ConversationPane key={open} user={open} />
      )}
    </div>
  );
}

function Conversations() {
  const list = conversationList.value;
  const more = useAction(() => readConversations(list.length));
  if (list.length === 0) {
    return (
      <Empty title="No messages yet">
        Find someone under <a href={path("people")}>People</a> and say hello.
      </Empty>
    );
  }
  return (
    <>
      <ul class="rows" aria-label="Conversations">
        {list.map((conversation) => (
          <ConversationRow key={conversation.user.id} conversation={conversation} />
        ))}
      </ul>
      {hasMoreConversations.value && (
        <button type="button" class="button" onClick={() => void more.run()}>
          Show more conversations
        </button>
      )}
    </>
  );
}

function ConversationRow({ conversation }: { conversation: Conversation }) {
  const { user, last_message } = conversation;
  const unread = unreadOf(conversation);
  return (
    <li>
      <a
        class="row"
        href={path("messages", user.id)}
        aria-current={openConversation.value === user.id ? "true" : undefined}
        data-unread={unread > 0}
      >
        <Avatar person={user} />
        <span class="row-text">
          <bdi class="row-title">{nameOf(user)}</bdi>
          {user.full_name && <span class="visually-hidden">({user.username})</span>}
          <span class="row-detail" dir="auto">
            {last_message.sender_id === myId.value && "You: "}
            {last_message.content}
          </span>
        </span>
        <span class="row-end">
          <time dateTime={last_message.created_at}>{short(last_message.created_at)}</time>
          {unread > 0 && <Unread count={unread} />}
        </span>
      </a>
    </li>
  );
}
