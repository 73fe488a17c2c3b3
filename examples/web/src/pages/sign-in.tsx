// For whoever is not signed in: sign in, or sign up.

import { useSignal } from "@preact/signals";

import { gh } from "../api.ts";
import { useAction } from "../parts/action.ts";
import { useFocus } from "../parts/focus.ts";
import { Field, Form } from "../parts/form.tsx";
import { Arcade, Mark } from "../parts/mark.tsx";
import { expired } from "../state/login.ts";

export function SignInPage() {
  const isNew = useSignal(false);
  return (
    <div class="welcome">
      <header>
        <p class="brand">
          <Mark />
          <span>Guildhall</span>
        </p>
        <p class="welcome-words">A house for the people of your application.</p>
        <Arcade />
      </header>
      <main>
        {expired.value && (
          <p class="notice" role="alert">
            Your login has ended. Please sign in again.
          </p>
        )}
        {isNew.value ? (
          <SignUp onSwitch={() => (isNew.value = false)} />
        ) : (
          <SignIn onSwitch={() => (isNew.value = true)} />
        )}
      </main>
    </div>
  );
}

interface Switching {
  onSwitch: () => void;
}

const text = (form: FormData, name: string) => String(form.get(name) ?? "");

function SignIn({ onSwitch }: Switching) {
  const action = useAction(async (form: FormData) => {
    await gh.auth.signIn({ email: text(form, "email"), password: text(form, "password") });
  });
  return (
    <>
      <Title>Sign in</Title>
      <Form action={action} submit="Sign in" fields={["email", "password"]}>
        {(errorOf) => (
          <>
            <Field label="Email or username" error={errorOf("email")}>
              {(about) => <input {...about} name="email" autocomplete="username" />}
            </Field>
            <Field label="Password" error={errorOf("password")}>
              {(about) => <input {...about} name="password" type="password" autocomplete="current-password" />}
            </Field>
          </>
        )}
      </Form>
      <Other question="New here?" answer="Create an account" onSwitch={onSwitch} />
    </>
  );
}

function SignUp({ onSwitch }: Switching) {
  const action = useAction(async (form: FormData) => {
    const [email, password] = [text(form, "email"), text(form, "password")];
    await gh.auth.signUp({ username: text(form, "username"), email, password });
    await gh.auth.signIn({ email, password });
  });
  return (
    <>
      <Title>Create an account</Title>
      <Form action={action} submit="Sign up" fields={["username", "email", "password"]}>
        {(errorOf) => (
          <>
            <Field label="Username" hint="Letters, digits, and . _ -" error={errorOf("username")}>
              {(about) => <input {...about} name="username" autocomplete="username" />}
            </Field>
            <Field label="Email" error={errorOf("email")}>
              {(about) => <input {...about} name="email" type="email" autocomplete="email" />}
            </Field>
            <Field label="Password" hint="At least 8 characters" error={errorOf("password")}>
              {(about) => <input {...about} name="password" type="password" autocomplete="new-password" />}
            </Field>
          </>
        )}
      </Form>
      <Other question="Been here before?" answer="I have an account" onSwitch={onSwitch} />
    </>
  );
}

/** The form's heading. It takes the focus, as the form is another one. */
function Title({ children }: { children: string }) {
  const heading = useFocus<HTMLHeadingElement>();
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

function Other({ question, answer, onSwitch }: Switching & { question: string; answer: string }) {
  return (
    <p class="other">
      {question}{" "}
      <button type="button" class="link" onClick={onSwitch}>
        {answer}
      </button>
    </p>
  );
}
