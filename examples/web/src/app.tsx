// What is shown: sign-in to nobody, the page of the route to whoever is signed in.

import { effect } from "@preact/signals";

import { Mark } from "./parts/mark.tsx";
import { Shell } from "./parts/shell.tsx";
import { EventsPage } from "./pages/events.tsx";
import { MessagesPage } from "./pages/messages.tsx";
import { PeoplePage } from "./pages/people.tsx";
import { SessionsPage } from "./pages/sessions.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { route, TITLES, type PageName } from "./route.ts";
import { unreadTotal } from "./state/chat.ts";
import { connectionStatus } from "./state/live.ts";
import { signedIn } from "./state/login.ts";
import { me } from "./state/me.ts";

const PAGE: { [name in PageName]: () => preact.JSX.Element } = {
  people: PeoplePage,
  messages: MessagesPage,
  events: EventsPage,
  sessions: SessionsPage,
};

export function App() {
  if (!signedIn.value) return <SignInPage />;
  if (!me.value) return <Opening />;
  const { page } = route.value;
  const Page = PAGE[page];
  return (
    <Shell>
      <Page key={page} />
    </Shell>
  );
}

/** Between the sign-in and the first answers. */
function Opening() {
  return (
    <main class="opening">
      <Mark />
      <h1 class="visually-hidden">Guildhall</h1>
      <p role="status">{connectionStatus.value}…</p>
    </main>
  );
}

effect(() => {
  const unread = signedIn.value && unreadTotal.value ? `(${unreadTotal.value}) ` : "";
  document.title = signedIn.value ? `${unread}${TITLES[route.value.page]} · Guildhall` : "Guildhall";
});
