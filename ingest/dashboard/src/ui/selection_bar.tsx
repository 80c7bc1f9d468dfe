import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import {
  DEFAULT_FROM,
  FILTER_NAMES,
  FILTER_VALUES,
  type FilterName,
  fromLocalInput,
  RANGES,
  readSelection,
  toLocalInput,
} from '../model/filters';
import { formatTime, words } from '../model/format';
import { setQuery } from '../router';
import { useRoute } from './context';
import { FormError } from './forms';
import { Icon } from './icons';

/** 1h, 24h, 7d, 30d or from/to; what is chosen stands in the URL. */
export function RangePicker(): JSX.Element {
  const selection = readSelection(useRoute().location.search);
  const custom = selection.to !== '' || !RANGES.some((range) => range.from === selection.from);
  const [open, setOpen] = useState(false);
  const [error, setError] = useState('');
  const relative = /^-/.test(selection.from);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const from = fromLocalInput(String(form.get('from') ?? ''));
    const to = fromLocalInput(String(form.get('to') ?? ''));
    if (!from) {
      setError('Choose when it starts.');
    } else if (to && to <= from) {
      setError('The end lies before the start.');
    } else {
      setError('');
      setOpen(false);
      setQuery({ from, to, cursor: null });
    }
  };
  return (
    <div class="range">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has no layout of its own here */}
      <div class="segmented" role="group" aria-label="Time range">
        {RANGES.map((range) => (
          <button
            key={range.from}
            type="button"
            title={range.title}
            aria-pressed={!custom && selection.from === range.from}
            onClick={() => {
              setOpen(false);
              setQuery({
                from: range.from === DEFAULT_FROM ? null : range.from,
                to: null,
                cursor: null,
              });
            }}
          >
            {range.label}
          </button>
        ))}
        <button
          type="button"
          aria-pressed={custom}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {custom && !relative
            ? `${formatTime(selection.from, 'minute')} – ${selection.to ? formatTime(selection.to, 'minute') : 'now'}`
            : 'Custom'}
        </button>
      </div>
      {open && (
        <form class="popover range-form" onSubmit={submit}>
          <label>
            From
            <input
              type="datetime-local"
              name="from"
              defaultValue={
                relative ? toLocalInput(Date.now() - 86_400_000) : toLocalInput(selection.from)
              }
            />
          </label>
          <label>
            To <span class="muted">(empty: now)</span>
            <input
              type="datetime-local"
              name="to"
              defaultValue={
                selection.to && !selection.to.startsWith('-') ? toLocalInput(selection.to) : ''
              }
            />
          </label>
          <FormError text={error} />
          <div class="form-row">
            <button type="submit" class="button primary">
              Apply
            </button>
            <button type="button" class="button" onClick={() => setOpen(false)}>
              Cancel
            </button>
          </div>
        </form>
      )}
    </div>
  );
}

/** The filters in force, each with its way out, and a way to add one. */
export function FilterBar({
  suggestions = {},
}: {
  suggestions?: Partial<Record<FilterName, string[]>>;
}): JSX.Element {
  const selection = readSelection(useRoute().location.search);
  const active = FILTER_NAMES.filter((name) => selection.filters[name] !== undefined);
  const free = FILTER_NAMES.filter((name) => selection.filters[name] === undefined);
  const [open, setOpen] = useState(false);
  const [name, setName] = useState<FilterName>(free[0] ?? 'device');
  const values = [...new Set([...(suggestions[name] ?? []), ...(FILTER_VALUES[name] ?? [])])];
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const value = String(new FormData(event.currentTarget as HTMLFormElement).get('value') ?? '');
    if (value.trim() === '') return;
    setOpen(false);
    setQuery({ [name]: value.trim(), cursor: null });
  };
  return (
    <div class="filters">
      {active.map((filter) => (
        <span key={filter} class="chip">
          <span class="muted">{words(filter)}</span> {selection.filters[filter]}
          <button
            type="button"
            aria-label={`Remove the filter ${words(filter)} ${selection.filters[filter]}`}
            onClick={() => setQuery({ [filter]: null, cursor: null })}
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
      {free.length > 0 && (
        <button
          type="button"
          class="chip add"
          aria-expanded={open}
          onClick={() => {
            setName(free[0] ?? 'device');
            setOpen(!open);
          }}
        >
          <Icon name="filter" /> Add filter
        </button>
      )}
      {active.length > 1 && (
        <button
          type="button"
          class="link-button"
          onClick={() =>
            setQuery({
              ...Object.fromEntries(FILTER_NAMES.map((n) => [n, null])),
              cursor: null,
            })
          }
        >
          Clear all
        </button>
      )}
      {open && (
        <form class="popover filter-form" onSubmit={submit}>
          <label>
            Filter
            <select
              value={name}
              onChange={(event) => setName(event.currentTarget.value as FilterName)}
            >
              {free.map((n) => (
                <option key={n} value={n}>
                  {words(n)}
                </option>
              ))}
            </select>
          </label>
          <label>
            is
            <input name="value" list="filter-values" autocomplete="off" key={name} required />
            <datalist id="filter-values">
              {values.map((value) => (
                <option key={value} value={value} />
              ))}
            </datalist>
          </label>
          <button type="submit" class="button primary">
            Apply
          </button>
          <button type="button" class="button" onClick={() => setOpen(false)}>
            Cancel
          </button>
        </form>
      )}
    </div>
  );
}
