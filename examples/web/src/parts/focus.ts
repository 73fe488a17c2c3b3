// The focus goes to what comes as it comes, not after it was seen: what is typed at once is not lost.

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Of an element that takes the focus when it comes. */
export function useFocus<E extends HTMLElement>(isWanted = true): RefObject<E | null> {
  const element = useRef<E>(null);
  useLayoutEffect(() => {
    if (isWanted) element.current?.focus();
  }, []);
  return element;
}
