// What the browser knows of the page's surroundings, as signals.

import { signal } from "@preact/signals";

/** Whether someone can be looking at the page. */
export const visible = signal(document.visibilityState === "visible");

/** Whether the device has a network at all. */
export const online = signal(navigator.onLine);

document.addEventListener("visibilitychange", () => {
  visible.value = document.visibilityState === "visible";
});
for (const type of ["online", "offline"]) {
  addEventListener(type, () => {
    online.value = navigator.onLine;
  });
}
