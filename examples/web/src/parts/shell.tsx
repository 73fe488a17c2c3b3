// The frame around every page: where one is, where one can go, who one is, and how the connection stands.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

import { gh } from "../api.ts";
import { PAGES, path, route, TITLES, type PageName } from "../route.ts";
import { unreadTotal } from "../state/chat.ts";
import { connectionStatus } from "../state/live.ts";
import { me } from "../state/me.ts";
import { nameOf } from "../state/people.ts";
import { EventsIcon, MessagesIcon, PeopleIcon, SessionsIcon, SignOutIcon } from "./icons.tsx";
import { Mark } from "./mark.tsx";
import { Avatar } from "./person.tsx";

const ICONS: { [name in PageName]: () => preact.JSX.Element } = {
  people: PeopleIcon,
  messages: MessagesIcon,
  events: EventsIcon,
  sessions: SessionsIcon,
};

export function Shell({ children }: { children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);

  // The address is the route's, so that the link moves the focus by itself.
  function skip(event: MouseEvent): void {
    event.preventDefault();
    main.current?.focus();
  }

  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="brand">
        <Mark />
        <span>Guildhall</span>
      </header>
      <nav class="nav" aria-label="Pages">
        <ul>
          {PAGES.map((page) => (
            <NavLink key={page} page={page} />
          ))}
        </ul>
      </nav>
      <Account />
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function NavLink({ page }: { page: PageName }) {
  const Icon = ICONS[page];
  const unread = page === "messages" ? unreadTotal.value : 0;
  return (
    <li>
      <a href={path(page)} aria-current={route.value.page === page ? "page" : undefined}>
        <Icon />
        <span>{TITLES[page]}</span>
        {unread > 0 && <Unread count={unread} />}
      </a>
    </li>
  );
}

/** How many unread messages there are. */
export function Unread({ count }: { count: number }) {
  return (
    <span class="unread">
      {count}
      <span class="visually-hidden"> unread</span>
    </span>
  );
}

function Account() {
  if (!me.value) return null;
  const status = connectionStatus.value;
  return (
    <section class="account" aria-label="Account">
      <Avatar person={me.value} />
      <div class="account-text">
        <bdi class="account-name">{nameOf(me.value)}</bdi>
        <span class="status" role="status" data-status={status}>
          {status}
        </span>
      </div>
      <button type="button" class="icon-button" aria-label="Sign out" title="Sign out" onClick={() => void signOut()}>
        <SignOutIcon />
      </button>
    </section>
  );
}

async function signOut(): Promise<void> {
  // Here it is done even where the server cannot be told.
  await gh.auth.signOut().catch(() => {});
}
