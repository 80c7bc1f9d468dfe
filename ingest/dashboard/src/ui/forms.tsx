import type { ComponentChildren, JSX } from 'preact';

/** What went wrong, in words for people; nothing while all is well. */
export function FormError({ text }: { text: string }): JSX.Element | null {
  return text ? (
    <p class="form-error" role="alert">
      {text}
    </p>
  ) : null;
}

export function SavedNote(): JSX.Element {
  return (
    <span class="form-ok" role="status">
      Saved.
    </span>
  );
}

/** A form's last row: what is sent, the way out, and what the server said against it. */
export function FormFoot({
  submit,
  busy,
  error,
  onCancel,
  children,
}: {
  submit: string;
  busy: boolean;
  error: string;
  onCancel: () => void;
  children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="form-row wide">
      {children}
      <button type="submit" class="button primary" disabled={busy}>
        {submit}
      </button>
      <button type="button" class="button" onClick={onCancel}>
        Cancel
      </button>
      <FormError text={error} />
    </div>
  );
}

/** A number one must give, from `min` up; `step` "any" allows fractions. */
export function NumberField({
  label,
  name,
  value,
  min = 0,
  max,
  step,
}: {
  label: ComponentChildren;
  name: string;
  value: number | undefined;
  min?: number;
  max?: number;
  step?: string | undefined;
}): JSX.Element {
  return (
    <label>
      {label}
      <input
        name={name}
        type="number"
        min={min}
        {...(max === undefined ? {} : { max })}
        {...(step === undefined ? {} : { step })}
        required
        {...(value === undefined ? {} : { defaultValue: String(value) })}
      />
    </label>
  );
}

/** A field's text without the space around it; empty where the form has no such field. */
export function fieldText(form: FormData, name: string): string {
  return String(form.get(name) ?? '').trim();
}
