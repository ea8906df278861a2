import type { KernelConfig } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Journal, undoable } from '../../../src/models/tfjs/undo.js';

describe('the references that are made while something runs', () => {
  const [kept, passing, view] = [{ name: 'kept' }, { name: 'passing' }, { name: 'view' }];

  const refused = (): never => {
    throw new Error('no room');
  };

  /** What is given back. */
  function run(journal: Journal, use: () => void): object[] {
    const back: object[] = [];
    try {
      journal.run(use, (data) => {
        back.push(data);
        // As a backend notes it.
        journal.note(data, -1);
      });
    } catch (error) {
      expect(error).toEqual(new Error('no room'));
    }
    return back;
  }

  it('stay where nothing fails', () => {
    const journal = new Journal();
    expect(
      run(journal, () => {
        journal.note(kept, 1);
      }),
    ).toEqual([]);
  });

  it('are given back where it fails, each as often as it was made and not given back before', () => {
    const journal = new Journal();
    journal.note(kept, 1);
    const back = run(journal, () => {
      journal.note(passing, 1);
      journal.note(view, 1);
      journal.note(view, 1);
      journal.note(passing, -1);
      refused();
    });
    expect(back).toEqual([view, view]);
    expect(run(journal, refused)).toEqual([]);
  });

  it('are given back of what went well inside, where what is around it fails', () => {
    const journal = new Journal();
    const back = run(journal, () => {
      expect(
        run(journal, () => {
          journal.note(kept, 1);
        }),
      ).toEqual([]);
      expect(
        run(journal, () => {
          journal.note(passing, 1);
          refused();
        }),
      ).toEqual([passing]);
      refused();
    });
    expect(back).toEqual([kept]);
  });
});

it('kernels are undone by the backends that can', () => {
  const made = { dataId: {}, shape: [1], dtype: 'float32' } as const;
  const config: KernelConfig = { kernelName: 'One', backendName: 'any', kernelFunc: () => ({ ...made, shape: [1] }) };
  const ran: string[] = [];
  const undoing = <T>(kernel: () => T): T => {
    ran.push('undoing');
    return kernel();
  };
  for (const backend of [{ undoing }, {}]) {
    expect(undoable(config).kernelFunc({ inputs: {}, backend })).toEqual(made);
  }
  expect(ran).toEqual(['undoing']);
});
