import type { WebSocketClass } from "./options.js";

type Settle = (answer?: unknown, isGood?: boolean) => void;

/** A socket, whose frames wait until they are asked for. */
export interface Socket {
  /** Settles with the next frame; badly, with the `code` and `reason`, where it is closed. */
  hear(settle: Settle): void;
  close(): void;
}

/**
 * Opens a socket. Settles with it once it says something, because a page cannot tell a server that
 * refuses a ticket from one that takes it before.
 */
export function openSocket(SocketClass: WebSocketClass, url: string, opened: Settle): Socket {
  const socket = new SocketClass(url);
  const frames: unknown[] = [];
  let isOpen = false;
  let closed: unknown;
  let heard: Settle | undefined;
  const own: Socket = {
    hear(settle) {
      if (frames.length) settle(frames.shift());
      else if (closed) settle(closed, false);
      else heard = settle;
    },
    close: () => socket.close(),
  };
  const say = (frame: unknown, isGood: boolean): void => {
    if (isGood && !heard) frames.push(frame);
    if (!isGood) closed = frame;
    heard?.(frame, isGood);
    heard = undefined;
  };
  socket.addEventListener("open", () => {
    isOpen = true;
  });
  socket.addEventListener("message", ({ data }) => {
    let frame: unknown;
    try {
      frame = JSON.parse(data as string);
    } catch {
      return;
    }
    say(frame, true);
    opened(own);
  });
  // What follows is a "close". To the package `ws`, an error that nobody hears is one to end the process.
  socket.addEventListener("error", () => {});
  socket.addEventListener("close", ({ code, reason }) => {
    say({ code, reason }, false);
    // Why an open one was closed is for `hear` to say.
    opened(own, isOpen);
  });
  return own;
}
