// Announcing an event.

import { GuildhallError } from "@guildhall/client";

import { useAction } from "../parts/action.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form } from "../parts/form.tsx";
import { announce, month } from "../state/events.ts";
import { dayKey } from "../time.ts";

export function NewEventDialog({ onClose }: { onClose: () => void }) {
  const action = useAction(async (form: FormData) => {
    const text = (name: string) => String(form.get(name) ?? "");
    const date = new Date(text("date"));
    if (Number.isNaN(date.getTime())) throw NO_DATE;
    await announce({
      title: text("title"),
      date: date.toISOString(),
      location: text("location"),
      description: text("description"),
    });
    onClose();
  });
  return (
    <Dialog title="New event" onClose={onClose}>
      <Form action={action} submit="Announce" fields={["title", "date", "location", "description"]}>
        {(errorOf) => (
          <>
            <Field label="Title" error={errorOf("title")}>
              {(about) => <input {...about} name="title" autocomplete="off" dir="auto" />}
            </Field>
            <Field label="Begins" error={errorOf("date")}>
              {(about) => <input {...about} name="date" type="datetime-local" defaultValue={evening()} />}
            </Field>
            <Field label="Place" error={errorOf("location")}>
              {(about) => <input {...about} name="location" autocomplete="off" dir="auto" />}
            </Field>
            <Field label="What it is about" error={errorOf("description")}>
              {(about) => <textarea {...about} name="description" rows={4} dir="auto" />}
            </Field>
          </>
        )}
      </Form>
    </Dialog>
  );
}

/** Nothing that the server could be asked about. */
const NO_DATE = new GuildhallError("validation_failed", "The request does not fit", {
  errors: [{ field: "date", message: "must be a date and a time" }],
});

/** Seven in the evening, of tomorrow or of the first day of the month that is shown. */
function evening(): string {
  const tomorrow = new Date(Date.now() + 86_400_000);
  return `${dayKey(month.value > tomorrow ? month.value : tomorrow)}T19:00`;
}
