import { loadCore, type Core, type CoreClass } from "#core";

import type { SignInChange, SignInListener, SignInState } from "./auth.js";
import { GuildhallError } from "./errors.js";
import { makeHost, timedOut, type Means } from "./host.js";
import type { Outgoing } from "./http.js";
import { report, soon } from "./listeners.js";
import type { CallOptions } from "./options.js";
import { bodyOf, type Reply } from "./reply.js";
import { watchTabs } from "./tabs.js";

/** How the core makes a call. */
export const enum Kind {
  Ordinary = 0,
  SignIn = 1,
  SignOut = 2,
  Renew = 3,
}

/** A call on its way through the core. */
export interface PassedCall extends Outgoing {
  settle(outcome: unknown, isReply: boolean): void;
}

/** In the order of the core's numbers. */
const CHANGES: readonly SignInChange[] = ["signedIn", "renewed", "signedOut", "expired"];

/** Longer than any timer can be set for. */
const FOR_EVER = 2 ** 31;

/** Why no core can be used any more: they share one memory. */
let trap: unknown;

type Work = (core: Core) => void;

/** The way into the core, and what comes back from it unasked. */
export class Bridge {
  readonly listeners = new Set<SignInListener>();
  state: SignInState;
  readonly #means: Means;
  readonly #timeoutMs: number;
  readonly #tellTabs: () => void = () => {};
  /** What ends with an error where the core does. */
  readonly #underWay = new Set<(error: GuildhallError) => void>();
  readonly #work: Work[] = [];
  #isBusy = false;
  #core: Core | undefined;

  constructor(means: Means, storageKey: string, timeoutMs: number) {
    this.#means = means;
    this.#timeoutMs = timeoutMs;
    this.state = this.#stored();
    if (means.store.isShared) {
      this.#tellTabs = watchTabs(storageKey, () => this.#storeChanged());
    }
  }

  /** Makes a call, and gives the body of a success. */
  async body(call: Outgoing | undefined, options?: CallOptions, kind?: Kind): Promise<unknown> {
    const reply = await this.call(call, options, kind);
    return reply && bodyOf(reply);
  }

  /** Makes a call. An answer that says no is an answer; there is none where there was nothing to do. */
  call(
    call: Outgoing | undefined,
    { signal, timeoutMs = this.#timeoutMs }: CallOptions = {},
    kind = Kind.Ordinary,
  ): Promise<Reply | undefined> {
    return new Promise((resolve, reject) => {
      const aborted = () =>
        new GuildhallError("aborted", "The call was aborted", { cause: signal?.reason });
      if (signal?.aborted) return reject(aborted());
      let task: number | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        return this.#underWay.delete(giveUp);
      };
      const giveUp = (error: GuildhallError) => {
        if (!end()) return;
        reject(error);
        this.enter((core) => task !== undefined && core.cancel(task));
      };
      const abort = () => giveUp(aborted());
      const passed = {
        ...call,
        settle(outcome: unknown, isReply: boolean) {
          end();
          if (isReply) resolve(outcome as Reply | undefined);
          else reject(outcome);
        },
      };
      this.#underWay.add(giveUp);
      signal?.addEventListener("abort", abort);
      if (timeoutMs < FOR_EVER) timer = setTimeout(() => giveUp(timedOut(timeoutMs)), timeoutMs);
      const isRepeatable = call?.method === "GET" || call?.idempotencyKey !== undefined;
      this.enter((core) => {
        if (this.#underWay.has(giveUp)) task = core.call(kind, passed, isRepeatable);
      });
    });
  }

  /** Makes something end with an error where the core does. Returns how it is left out again. */
  watch(fail: (error: GuildhallError) => void): () => void {
    this.#underWay.add(fail);
    return () => this.#underWay.delete(fail);
  }

  /** Calls the core: at once, or as soon as it is there and does nothing else. */
  enter(work: Work): void {
    this.#work.push(work);
    if (this.#isBusy) return;
    this.#isBusy = true;
    if (this.#core || trap) return this.#run();
    const loaded = loadCore();
    if (!(loaded instanceof Promise)) return this.#run(loaded);
    loaded.then(
      (found) => this.#run(found),
      (cause: unknown) => {
        // `fetch` throws no other errors than these; all others would come again.
        this.#fail(cause, cause instanceof TypeError ? "network" : "internal");
        this.#isBusy = false;
      },
    );
  }

  settle(question: number, answer: unknown, isGood: boolean): void {
    this.enter((core) => core.settle(question, answer, isGood));
  }

  changed(number: number): void {
    const change = CHANGES[number];
    this.state = number < 2 ? "signedIn" : "signedOut";
    for (const listener of this.listeners) soon(() => listener(this.state, change));
  }

  /** The login was written. */
  saved(): void {
    try {
      this.#tellTabs();
    } catch (error) {
      report(error);
    }
  }

  #run(found?: CoreClass): void {
    try {
      if (trap) throw trap;
      if (!this.#core) {
        this.#core = new found!(makeHost(this.#means, new WeakRef(this)));
        this.#look();
      }
      for (let work; (work = this.#work.shift()); ) work(this.#core);
    } catch (error) {
      trap = error;
      this.#fail(error, "internal");
    }
    this.#isBusy = false;
  }

  #fail(cause: unknown, code: "internal" | "network"): void {
    this.#work.length = 0;
    const error = new GuildhallError(code, `The client's core does not work: ${cause}`, { cause });
    for (const fail of [...this.#underWay]) fail(error);
    this.#work.length = 0;
  }

  #stored(): SignInState {
    return this.#means.store.load() ? "signedIn" : "signedOut";
  }

  /** Tells of what has changed while there was no core to tell of it. */
  #look(): void {
    const stored = this.#stored();
    if (stored !== this.state) this.changed(CHANGES.indexOf(stored));
  }

  #storeChanged(): void {
    if (this.#core) this.enter((core) => core.storeChanged());
    else this.#look();
  }
}
