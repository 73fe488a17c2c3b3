// What pages have in common: their heading, and what stands where there is nothing.

import type { ComponentChildren } from "preact";

import { useFocus } from "./focus.ts";
import { Arcade } from "./mark.tsx";

/** A page's heading. It takes the focus when the page comes, so that those who do not see it hear where they are. */
export function Heading({ title, children }: { title: string; children?: ComponentChildren }) {
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <header class="page-head">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </header>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Arcade />
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
    </div>
  );
}

/** Rows in the place of those that are being read, as high as those will be. */
export function Waiting({ rows = 4 }: { rows?: number }) {
  return (
    <div class="waiting" aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} />
      ))}
    </div>
  );
}
