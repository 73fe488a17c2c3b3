import type { Host } from "#core";

import type { Bridge, PassedCall } from "./bridge.js";
import { GuildhallError } from "./errors.js";
import { exchange, type Outgoing, type Server } from "./http.js";
import type { WebSocketClass } from "./options.js";
import { openSocket, type Socket } from "./socket.js";
import type { LoginStore, SavedLogin } from "./storage.js";
import type { Sink } from "./stream.js";

/** How long an answer may take that the client asks for by itself, in milliseconds: new tokens, say. */
const OWN_TIMEOUT = 60_000;

/** What a host works with. */
export interface Means {
  server: Server;
  /** The class, or nothing where there are no sockets. */
  socketClass: () => WebSocketClass | undefined;
  store: LoginStore;
}

/** Answers a question of the core's; after the first time, or when it was cancelled, it does nothing. */
type Settle = (answer?: unknown, isGood?: boolean) => void;

/**
 * What the core works through. The core holds it for ever, so it does not hold the client, which can
 * go when nobody has it any more and nothing is under way.
 */
export function makeHost({ server, socketClass, store }: Means, client: WeakRef<Bridge>): Host {
  const cancels = new Map<number, () => void>();

  /** Holds the client until the question is settled. */
  function ask(question: number, start: (settle: Settle) => () => void): void {
    const bridge = client.deref();
    const settle: Settle = (answer, isGood = true) => {
      if (cancels.delete(question)) bridge?.settle(question, answer, isGood);
    };
    cancels.set(question, () => {});
    const cancel = start(settle);
    if (cancels.has(question)) cancels.set(question, cancel);
  }

  return {
    send(question, request, method, path, token) {
      ask(question, (settle) => {
        const stop = new AbortController();
        let timer: ReturnType<typeof setTimeout> | undefined;
        let call = request as Outgoing;
        if (typeof request !== "object") {
          call = { method, path, body: request as string | undefined };
          timer = setTimeout(() => {
            settle(timedOut(OWN_TIMEOUT), false);
            stop.abort();
          }, OWN_TIMEOUT);
        }
        exchange(server, call, token, stop.signal)
          .then(settle, (error: unknown) => settle(error, false))
          .finally(() => clearTimeout(timer));
        return () => {
          clearTimeout(timer);
          stop.abort();
        };
      });
    },
    connect(question, path) {
      ask(question, (settle) => {
        try {
          // `http` becomes `ws`, and `https` `wss`.
          const url = server.base.replace(/^http/, "ws") + path;
          const socket = openSocket(socketClass()!, url, settle);
          return () => socket.close();
        } catch (error) {
          settle(error, false);
          return () => {};
        }
      });
    },
    hear(question, socket) {
      ask(question, (settle) => {
        (socket as Socket).hear(settle);
        return () => {};
      });
    },
    close: (socket) => (socket as Socket).close(),
    sleep(question, milliseconds) {
      ask(question, (settle) => {
        const timer = setTimeout(settle, milliseconds);
        return () => clearTimeout(timer);
      });
    },
    cancel(question) {
      const cancel = cancels.get(question);
      cancels.delete(question);
      cancel?.();
    },
    done: (call, outcome, isReply) => (call as PassedCall).settle(outcome, isReply),
    tell(question, stream, frame) {
      ask(question, (settle) => {
        (stream as Sink).tell(frame, settle);
        return () => {};
      });
    },
    connection: (stream, state) => (stream as Sink).connection(state),
    hasSockets: () => socketClass() !== undefined,
    load: () => store.load(),
    save(access_token, refresh_token, signed_in_at, obtained_at, lifetime) {
      const login = { access_token, refresh_token, signed_in_at, obtained_at, lifetime };
      store.save(access_token === undefined ? undefined : (login as SavedLogin));
      client.deref()?.saved();
    },
    changed: (change) => client.deref()?.changed(change),
  };
}

export function timedOut(milliseconds: number): GuildhallError {
  return new GuildhallError("timeout", `No answer came in ${milliseconds} ms`);
}
