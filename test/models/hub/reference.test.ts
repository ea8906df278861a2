import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatReference, parseReference } from '../../../src/models/hub/reference.js';

it('reads repository, folder and revision', () => {
  expect(parseReference('hf:jdeschena/blockgen/blockgen/16/owt/0.05_0.95/absorb')).toEqual({
    repo: 'jdeschena/blockgen',
    folder: 'blockgen/16/owt/0.05_0.95/absorb',
    revision: 'main',
  });
  expect(parseReference('hf:org/repo@refs/pr/1')).toEqual({ repo: 'org/repo', folder: '', revision: 'refs/pr/1' });
  expect(parseReference('hf:org/repo/sub/@v1.0')).toEqual({ repo: 'org/repo', folder: 'sub', revision: 'v1.0' });
});

const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_]{0,8}$/);
const path = fc.array(name, { maxLength: 4 }).map((names) => names.join('/'));
const revision = fc.oneof(name, fc.constant('refs/pr/12'), fc.constant('0'.repeat(40)));

it('is what it is written as', () => {
  fc.assert(
    fc.property(name, name, path, revision, (org, repo, folder, at) => {
      const reference = { repo: `${org}/${repo}`, folder, revision: at };
      expect(parseReference(formatReference(reference))).toEqual(reference);
    }),
  );
});

it('leads nowhere but into the cache, whatever is given', () => {
  const piece = fc.oneof(name, fc.constantFrom('..', '.', '/', '@', '\\', '~', 'C:', '', '%2e%2e', '\0', '--'));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const given = `hf:${pieces.join('/')}`;
      let parsed;
      try {
        parsed = parseReference(given);
      } catch {
        return;
      }
      for (const part of [...parsed.repo.split('/'), ...parsed.folder.split('/'), ...parsed.revision.split('/')]) {
        expect(['.', '..']).not.toContain(part);
        expect(part).not.toMatch(/[\\:\0]/);
      }
    }),
    { numRuns: 2000 },
  );
});
