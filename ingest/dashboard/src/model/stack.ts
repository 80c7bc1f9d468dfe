import type { Frame } from '../api/types';

export type FrameGroup =
  | { kind: 'frame'; index: number; frame: Frame }
  | { kind: 'library'; index: number; frames: Frame[] };

/** Frames as they are read: runs of two or more library frames fold into one line. */
export function groupFrames(frames: readonly Frame[]): FrameGroup[] {
  const out: FrameGroup[] = [];
  let run: Frame[] = [];
  let runStart = 0;
  const flush = () => {
    if (run.length === 1 && run[0]) out.push({ kind: 'frame', index: runStart, frame: run[0] });
    else if (run.length > 1) out.push({ kind: 'library', index: runStart, frames: run });
    run = [];
  };
  // Without any frame of the app there is nothing to highlight: show them all.
  const anyInApp = frames.some((frame) => frame.in_app);
  for (const [index, frame] of frames.entries()) {
    if (frame.in_app || !anyInApp) {
      flush();
      out.push({ kind: 'frame', index, frame });
    } else {
      if (run.length === 0) runStart = index;
      run.push(frame);
    }
  }
  flush();
  return out;
}

/** "src/cart.ts:12:4" from the source map where there is one, else as reported. */
export function framePlace(frame: Frame): string {
  const source = frame.original?.source ?? (frame.filename || frame.module);
  const line = frame.original?.line ?? frame.line;
  const column = frame.original?.column ?? frame.column;
  if (!line) return source;
  return column ? `${source}:${line}:${column}` : `${source}:${line}`;
}

export function frameFunction(frame: Frame): string {
  return frame.original?.name || frame.function || '(anonymous)';
}

const UNRESOLVED: Record<string, string> = {
  not_in_a_file: 'native code, nothing to look up',
  no_position: 'the browser gave no position',
  no_release: 'neither a release nor a debug id',
  no_map_for_release: 'no source map uploaded for this release',
  no_map_for_file: 'no source map for this file',
  debug_id_unknown: 'no upload has this debug id',
  map_broken: 'the source map cannot be read',
  position_outside: 'the source map does not know this position',
  no_source_there: 'made by the bundler, without a source',
  store_unavailable: 'the store did not answer',
};

export function unresolvedWords(reason: string): string {
  return UNRESOLVED[reason] ?? reason.replace(/_/g, ' ');
}
