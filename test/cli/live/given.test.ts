import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { cellsOf, type Cell } from '../../../src/cli/live/cells.js';
import { advanceView, initialView, type ViewState } from '../../../src/cli/live/view.js';
import { run } from '../../../src/runtime/run.js';
import { absorbingManifest, uniformManifest } from '../../support/context.js';
import { pipeline } from '../../support/pipelines.js';
import { lumpyDenoiser } from '../../support/table-denoiser.js';
import { characterText } from './support.js';

const text = characterText(Array.from('abcd'));
const given = [0, null, 2, null, null, null, 1, 3, null, 1];

/** The cells of the only row after each event of a run. */
async function momentsOf(name: string, manifest: typeof absorbingManifest): Promise<(readonly Cell[])[]> {
  const model = { denoiser: lumpyDenoiser({ ...manifest, blockSizes: null }), tokenizer: null };
  const request = { model, params: { steps: 3, blockSize: 3 }, template: [given], length: 12 };
  const events = await lastValueFrom(run(pipeline(name), request).pipe(toArray()));
  const cells: (readonly Cell[])[] = [];
  let view: ViewState = initialView;
  for (const [at, event] of events.entries()) {
    view = advanceView(view, { event, at }, at);
    const [row] = view.run.rows;
    const [rowView] = view.rows;
    if (row !== undefined && rowView !== undefined) cells.push(cellsOf(row, rowView, view.run, text, at));
  }
  expect(view.generated).toBe(12 - given.filter((token) => token !== null).length);
  return cells;
}

describe.each([absorbingManifest, uniformManifest])('given tokens on $process noise', (manifest) => {
  it.each(['block-ancestral', 'arpc', 'self-refine'])(
    'are seen as given from the first moment of %s to the last',
    async (name) => {
      const moments = await momentsOf(name, manifest);
      expect(moments[0]?.map((cell) => cell.text).join('')).toBe('a░c░░░bd░b');
      expect(moments.length).toBeGreaterThan(10);
      for (const cells of moments) {
        given.forEach((token, i) => {
          if (token !== null) expect(cells[i]).toMatchObject({ text: 'abcd'[token], look: { type: 'prompt' } });
          else expect(cells[i]?.look.type).not.toBe('prompt');
        });
      }
      expect(moments.at(-1)?.map(({ look }) => look.type)).toHaveLength(12);
    },
  );
});
