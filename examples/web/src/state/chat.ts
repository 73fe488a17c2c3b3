// Conversations, with what is unread in them, and the messages of those that were opened.

import { isGuildhallError, type Conversation, type Message, type UserId } from "@guildhall/client";
import { computed, effect } from "@preact/signals";

import { gh } from "../api.ts";
import { online, visible } from "../browser.ts";
import { route } from "../route.ts";
import { myId } from "./me.ts";
import { merge, withRow } from "./merge.ts";
import { personal, whileSignedIn } from "./personal.ts";

/** What two people wrote, without a gap, up to now. */
export interface Thread {
  /** By id, which is the order in which they were written. */
  messages: ReadonlyMap<number, Message>;
  /** Whether there are older ones; nothing before any were read, when it has what frames told. */
  hasMore: boolean | undefined;
}

const NOTHING_READ: Thread = { messages: new Map(), hasMore: undefined };

const conversations = personal<ReadonlyMap<UserId, Conversation>>(new Map());
const threads = personal<ReadonlyMap<UserId, Thread>>(new Map());

/** Whether there are more conversations than were read. */
export const hasMoreConversations = personal(false);

/** The one that was written to last comes first. */
export const conversationList = computed(() =>
  [...conversations.value.values()].sort((a, b) => b.last_message.id - a.last_message.id),
);

/** The id of the person whose conversation is open. */
export const openConversation = computed(() => (route.value.page === "messages" ? route.value.id : undefined));

export const conversationWith = (user: UserId) => conversations.value.get(user);
export const threadWith = (user: UserId) => threads.value.get(user) ?? NOTHING_READ;

/** How many unread messages to show: what is being looked at is as good as read. */
export function unreadOf({ user, unread_count }: Conversation): number {
  return user.id === openConversation.value && visible.value ? 0 : unread_count;
}

export const unreadTotal = computed(() => conversationList.value.reduce((sum, one) => sum + unreadOf(one), 0));

/** Reads the first conversations, or the next ones after those that are there. */
export async function readConversations(skip = 0): Promise<void> {
  const before = conversations.value;
  const rows = await gh.messages.conversations({ skip, limit: 50 }, { signal: whileSignedIn() });
  conversations.value = merge(before, conversations.value, rows, ({ user }) => user.id, () => false);
  if (skip > 0 || before.size <= rows.length) hasMoreConversations.value = rows.hasMore;
}

/** Reads the last messages of a conversation. */
export async function readThread(user: UserId, signal: AbortSignal): Promise<void> {
  const known = threadWith(user);
  const rows = await gh.messages.conversation(user, { limit: 50 }, { signal });
  join(user, known, rows, threadWith(user).hasMore ?? rows.hasMore);
}

/** Reads the messages before the oldest one that is there. */
export async function readOlder(user: UserId): Promise<void> {
  const known = threadWith(user);
  const [before] = known.messages.keys();
  if (before === undefined) return;
  const rows = await gh.messages.conversation(user, { limit: 50, before }, { signal: whileSignedIn() });
  // If all was read anew meanwhile, there would be a gap.
  const [oldest] = threadWith(user).messages.keys();
  if (oldest === before) join(user, known, rows, rows.hasMore);
}

function join(user: UserId, before: Thread, rows: readonly Message[], hasMore: boolean): void {
  const messages = merge(before.messages, threadWith(user).messages, rows, ({ id }) => id, () => false);
  threads.value = withRow(threads.value, user, { messages: inOrder(messages), hasMore });
}

/** Forgets what was read of conversations, as there may be gaps. */
export function dropThreads(): void {
  threads.value = new Map();
}

/** Whether a message is shown already. */
export const isKnown = (message: Message) => threadWith(otherSide(message)).messages.has(message.id);

/** Takes in what a frame says was written. */
export async function receive(message: Message): Promise<void> {
  const known = conversationWith(otherSide(message));
  const isNew = !known || known.last_message.id < message.id;
  addMessage(message);
  if (!known) {
    await readConversations();
  } else if (isNew) {
    const isUnread = message.receiver_id === myId.value && !message.is_read;
    const unread_count = known.unread_count + (isUnread ? 1 : 0);
    const conversation = { ...known, last_message: message, unread_count };
    conversations.value = withRow(conversations.value, known.user.id, conversation);
  }
}

/** Puts a message that was just written where it belongs. */
export function addMessage(message: Message): void {
  const user = otherSide(message);
  const thread = threadWith(user);
  const messages = inOrder(withRow(thread.messages, message.id, message));
  threads.value = withRow(threads.value, user, { ...thread, messages });
}

/** Puts a message in its own place, where it is shown: it was read. */
export function changeMessage(message: Message): void {
  const user = otherSide(message);
  if (isKnown(message)) addMessage(message);
  const conversation = conversationWith(user);
  if (conversation?.last_message.id === message.id) {
    conversations.value = withRow(conversations.value, user, { ...conversation, last_message: message });
  }
}

/** Every message of a conversation that is looked at is read: now, and when the network is back. */
effect(() => {
  const user = openConversation.value;
  if (user === undefined || !visible.value || !online.value) return;
  if (conversationWith(user)?.unread_count) void markRead(user);
});

const beingRead = new Set<UserId>();

async function markRead(user: UserId): Promise<void> {
  if (beingRead.has(user)) return;
  beingRead.add(user);
  const upTo = conversationWith(user)?.last_message.id;
  try {
    await gh.messages.readConversation(user, { signal: whileSignedIn() });
  } catch (error) {
    if (isGuildhallError(error)) return;
    throw error;
  } finally {
    beingRead.delete(user);
  }
  const now = conversationWith(user);
  if (!now) return;
  // Where a newer message has come, the row only changes for the effect above to ask again.
  const unread_count = now.last_message.id === upTo ? 0 : now.unread_count;
  conversations.value = withRow(conversations.value, user, { ...now, unread_count });
}

/**
 * What was read on another device is told to nobody here: so it is asked
 * when someone looks again, and where no answer comes, nothing is lost.
 */
addEventListener("focus", () => {
  if (myId.value) readConversations().catch(() => {});
});

const otherSide = ({ sender_id, receiver_id }: Message) => (sender_id === myId.value ? receiver_id : sender_id);

const inOrder = (messages: ReadonlyMap<number, Message>) => new Map([...messages].sort(([a], [b]) => a - b));
