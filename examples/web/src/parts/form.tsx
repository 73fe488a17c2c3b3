// Forms: the server says what is wrong, and that stands beside the field it concerns.

import type { ComponentChildren, TargetedSubmitEvent } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

import { fieldErrors, inWords } from "../api.ts";
import type { Action } from "./action.ts";

interface FormProps {
  class?: string;
  action: Action<[FormData]>;
  /** What the button says. */
  submit: string;
  /** Names of the fields, for errors that belong to none of them. */
  fields: readonly string[];
  children: (errorOf: (field: string) => string | undefined) => ComponentChildren;
  /** What stands beside the button. */
  beside?: ComponentChildren;
}

export function Form({ action, submit, fields, children, beside, ...rest }: FormProps) {
  const { error, isPending } = action;
  const form = useRef<HTMLFormElement>(null);
  const errors = fieldErrors(error);
  const isShown = fields.some((field) => errors.has(field));

  useLayoutEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);

  function submitted(event: TargetedSubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    void action.run(new FormData(event.currentTarget));
  }

  return (
    <form ref={form} onSubmit={submitted} noValidate {...rest}>
      {children((field) => errors.get(field))}
      {error !== undefined && !isShown && <Problem error={error} />}
      <div class="form-end">
        <button class="button primary" aria-disabled={isPending}>
          {submit}
          {isPending && <span class="spinner" />}
        </button>
        {beside}
      </div>
    </form>
  );
}

interface FieldProps {
  label: string;
  error: string | undefined;
  hint?: string;
  /** The input, with what ties it to its label and its error. */
  children: (about: About) => ComponentChildren;
}

interface About {
  id: string;
  "aria-invalid": boolean;
  "aria-describedby": string;
}

export function Field({ label, error, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-invalid": !!error, "aria-describedby": `${id}-about` })}
      <p id={`${id}-about`} class={error ? "field-error" : "field-hint"}>
        {error ?? hint}
      </p>
    </div>
  );
}

/** What went wrong, told at once to those who do not see it. */
export function Problem({ error }: { error: unknown }) {
  return (
    <p class="problem" role="alert">
      {inWords(error)}
    </p>
  );
}
