/// <reference lib="esnext.disposable" preserve="true" />

import { signedOut } from "./auth.js";
import type { Bridge } from "./bridge.js";
import type { Frame, ReadyFrame } from "./contract.js";
import type { GuildhallError } from "./errors.js";
import { soon } from "./listeners.js";

/** What a stream gives: every frame of the contract but the one that says that it is open. */
export type StreamFrame = Exclude<Frame, ReadyFrame>;

/**
 * How it stands with a stream:
 *
 * - `connecting`: it is not connected yet.
 * - `connected`: what happens is told.
 * - `reconnecting`: the connection was lost; what happens meanwhile will be told.
 * - `ended`: it is over, for good.
 */
export type StreamConnection = "connecting" | "connected" | "reconnecting" | "ended";

/** How a stream is to be. */
export interface StreamOptions {
  /** The cursor of the last frame that was dealt with, to go on right behind it; else it begins now. */
  cursor?: string | undefined;
  /** Closes the stream. */
  signal?: AbortSignal | undefined;
}

/**
 * What happens to whoever is signed in, through lost connections, restarts of the server and renewed
 * tokens, without a gap and without a repetition. Where frames may be missing all the same, because
 * the cursor is too old, say, a `resync_required` comes: what is shown has to be read anew then.
 *
 * It connects when it is first listened to or read. A page that is done with it closes it.
 */
export interface LiveStream extends AsyncIterable<StreamFrame> {
  /** How it stands. */
  readonly connection: StreamConnection;

  /**
   * The place right behind the last frame that was dealt with: that every loop has asked for another
   * one after, or, without loops, that the listeners were called for.
   */
  readonly cursor: string | undefined;

  /**
   * Calls back for each frame of a type. What the listener throws goes to the console.
   *
   * @returns what takes the listener off again
   */
  on<Type extends StreamFrame["type"]>(
    type: Type,
    listener: (frame: Extract<StreamFrame, { type: Type }>) => void,
  ): () => void;

  /**
   * Calls back each time it stands otherwise.
   *
   * @returns what takes the listener off again
   */
  onConnection(listener: (connection: StreamConnection) => void): () => void;

  /** Closes it; loops over it end. */
  close(): void;

  /**
   * Reads it, in `for await`. The next frame comes when the last one was dealt with. Leaving the loop
   * closes the stream, unless there are listeners or other loops.
   *
   * Frames of types that only a newer server knows come too: leave them be.
   *
   * @throws {GuildhallError} `not_authenticated` where nobody is signed in, or any more
   */
  [Symbol.asyncIterator](): AsyncIterator<StreamFrame, undefined, undefined>;

  /** Closes it at the end of an `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where the core puts what a stream says. @internal */
export interface Sink {
  tell(frame: unknown, goOn: () => void): void;
  connection(state: number): void;
}

/** In the order of the core's numbers; the next one is an end too, as nobody is signed in. */
const CONNECTIONS: readonly StreamConnection[] = ["connecting", "connected", "reconnecting", "ended"];
const SIGNED_OUT = 4;

/** A loop over a stream: the frame it has not taken yet, and what wakes it. */
interface Loop {
  frame: StreamFrame | undefined;
  wake: () => void;
}

type Listener = (frame: StreamFrame) => void;

/** @internal */
export function openStream(bridge: Bridge, options: StreamOptions = {}): LiveStream {
  const { signal } = options;
  let cursor = options.cursor === undefined ? undefined : String(options.cursor);
  let connection: StreamConnection = "connecting";
  let failure: GuildhallError | undefined;
  /** How what was started is stopped. */
  let stop: (() => void) | undefined;
  /** Lets the next frame come; there is one while the last one was not taken by all. */
  let goOn: (() => void) | undefined;
  let place: string | undefined;
  const loops = new Set<Loop>();
  const listeners = new Map<string, Set<Listener>>();
  const observers = new Set<(connection: StreamConnection) => void>();

  function start(): void {
    if (stop || connection === "ended") return;
    let task: number | undefined;
    const wake = () => {
      if (globalThis.document?.visibilityState !== "hidden") bridge.enter((core) => core.wake());
    };
    const forget = bridge.watch(end);
    globalThis.addEventListener?.("online", wake);
    globalThis.document?.addEventListener("visibilitychange", wake);
    stop = () => {
      forget();
      globalThis.removeEventListener?.("online", wake);
      globalThis.document?.removeEventListener("visibilitychange", wake);
      bridge.enter((core) => task !== undefined && core.cancel(task));
    };
    bridge.enter((core) => {
      if (connection !== "ended") task = core.stream(sink, cursor);
    });
  }

  const sink: Sink = {
    tell(told, next) {
      if (connection === "ended") return;
      const frame = told as StreamFrame | ReadyFrame;
      place = frame.cursor;
      goOn = next;
      // Another one than these tells of the place alone.
      if (frame.type && frame.type !== "ready") {
        for (const listener of listeners.get(frame.type) ?? []) soon(() => listener(frame));
        for (const loop of loops) {
          loop.frame = frame;
          loop.wake();
        }
      }
      taken();
    },
    connection(state) {
      if (state === SIGNED_OUT) end(signedOut());
      else become(CONNECTIONS[state]!);
    },
  };

  /** Goes on where no loop has a frame left. */
  function taken(): void {
    for (const { frame } of loops) if (frame) return;
    cursor = place ?? cursor;
    const next = goOn;
    goOn = undefined;
    if (next) soon(next);
  }

  function become(now: StreamConnection): void {
    if (now === connection || connection === "ended") return;
    connection = now;
    for (const observer of observers) soon(() => observer(now));
  }

  function end(error?: GuildhallError): void {
    if (connection === "ended") return;
    failure = error;
    become("ended");
    signal?.removeEventListener("abort", close);
    stop?.();
    for (const loop of loops) loop.wake();
  }

  const close = () => end();
  if (signal?.aborted) close();
  else signal?.addEventListener("abort", close);

  return {
    get connection() {
      return connection;
    },
    get cursor() {
      return cursor;
    },
    on(type, listener) {
      const own = (frame: StreamFrame) => listener(frame as Parameters<typeof listener>[0]);
      const same = listeners.get(type) ?? new Set();
      listeners.set(type, same.add(own));
      start();
      return () => {
        same.delete(own);
        if (!same.size) listeners.delete(type);
      };
    },
    onConnection(listener) {
      const own = (now: StreamConnection) => listener(now);
      observers.add(own);
      return () => void observers.delete(own);
    },
    close,
    async *[Symbol.asyncIterator]() {
      const loop: Loop = { frame: undefined, wake: () => {} };
      loops.add(loop);
      start();
      try {
        for (;;) {
          const { frame } = loop;
          if (frame) {
            yield frame;
            // The loop asks for the next one, so it is done with this.
            loop.frame = undefined;
            taken();
          } else if (connection === "ended") {
            if (failure) throw failure;
            return undefined;
          } else {
            await new Promise<void>((resolve) => (loop.wake = resolve));
          }
        }
      } finally {
        loops.delete(loop);
        if (loops.size || listeners.size) {
          taken();
        } else {
          cursor = place ?? cursor;
          close();
        }
      }
    },
    async [Symbol.asyncDispose]() {
      close();
    },
  };
}
