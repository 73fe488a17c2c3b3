// Where a message is written. Enter sends it, Enter with Shift begins a line.

import type { UserId } from "@guildhall/client";

import { send } from "../state/outbox.ts";
import { useFocus } from "./focus.ts";
import { SendIcon } from "./icons.tsx";

/** Whether someone can type without a keyboard coming up over half of the screen. */
export const HAS_KEYBOARD = matchMedia("(hover: hover)").matches;

/** The server takes no longer ones. */
const LONGEST = 10_000;

export function Composer({ user }: { user: UserId }) {
  const input = useFocus<HTMLTextAreaElement>(HAS_KEYBOARD);

  function submit(event: { preventDefault(): void }): void {
    event.preventDefault();
    if (!input.current) return;
    send(user, input.current.value);
    input.current.value = "";
    input.current.focus();
  }

  function typed(event: KeyboardEvent): void {
    // While an input method composes a character, Enter is its own.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  }

  return (
    <form class="composer" onSubmit={submit}>
      <textarea
        ref={input}
        aria-label="Message"
        placeholder="Write a message"
        rows={1}
        maxLength={LONGEST}
        dir="auto"
        enterkeyhint="send"
        onKeyDown={typed}
      />
      <button class="icon-button primary" aria-label="Send" title="Send">
        <SendIcon />
      </button>
    </form>
  );
}
