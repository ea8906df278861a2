import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { downloadWheels } from '../../../src/cli/install/wheels/download.js';
import { InputError } from '../../../src/graph/input-error.js';
import type { HubEvent } from '../../../src/models/hub/events.js';
import { sha256 } from '../../support/hub-server.js';
import { contents, cuda, library, useWorkplace } from './support.js';

const place = useWorkplace();
const events: HubEvent[] = [];
const lines: string[] = [];

/** Checksums of what came, by name. */
async function download(...wheels: readonly (typeof library)[]): Promise<Record<string, string>> {
  events.length = 0;
  lines.length = 0;
  const { signal } = new AbortController();
  const paths = await downloadWheels(wheels, place.at('download'), {
    settings: {
      ...{ elsewhere: 'elsewhere', signal, patience: 2000, retryDelays: [1, 1] },
      tell: (event) => events.push(event),
    },
    children: { signal, environment: place.environment },
    tell: (line) => lines.push(line),
  });
  return Object.fromEntries([...paths].map(([wheel, path]) => [wheel.distribution, sha256(readFileSync(path))]));
}

async function refusal(): Promise<string> {
  const error: unknown = await download(library).catch((thrown: unknown) => thrown);
  if (!(error instanceof InputError)) throw new Error(`expected an InputError, got ${String(error)}`);
  return error.message;
}

const whole = { 'fake-library': library.sha256 };
/** Where nobody listens. */
const nowhere = 'http://127.0.0.1:2/simple';

describe('an index', () => {
  it.each(['json', 'html'] as const)('is read in %s', async (pages) => {
    place.index.pages = pages;
    expect(await download(library, cuda)).toEqual({ ...whole, 'fake-cuda': cuda.sha256 });
    expect(events.at(-1)).toMatchObject({ type: 'progress', file: 'fake-cuda 1.0', total: cuda.size });
    expect(readdirSync(place.at('download')).sort()).toEqual([cuda.filename, library.filename]);
  });

  it('that asks for a password gets the one in its address, and nobody else sees it', async () => {
    place.index.password = 'me:s3:cret';
    place.environment['PIP_INDEX_URL'] = place.index.url.replace('//', '//me:s3%3Acret@');
    expect(await download(library)).toEqual(whole);
    const files = place.index.requests.filter(({ url }) => url.startsWith('/files'));
    expect(place.index.requests.length).toBeGreaterThan(files.length);
    place.index.password = 'another';
    expect(await (rmSync(place.at('download'), { recursive: true }), refusal())).not.toContain('cret');
  });

  it('that lacks the wheel, or has no such project, is named', async () => {
    place.index.projects.set('fake-library', { 'fake_library-2.0-py3-none-any.whl': contents.library });
    expect(await refusal()).toMatch(
      /simple has no fake_library-1\.0-py3-none-any\.whl \(fake-library 1\.0\)\. PIP_INDEX_URL/,
    );
    place.index.projects.clear();
    expect(await refusal()).toMatch(/has no fake_library-1\.0/);
  });

  it('has an address', async () => {
    place.environment['PIP_INDEX_URL'] = 'my index';
    expect(await refusal()).toMatch(/package index \(PIP_INDEX_URL\) must be an address/);
  });

  it('that pip is configured with is asked where no variable names one', async () => {
    Reflect.deleteProperty(place.environment, 'PIP_INDEX_URL');
    place.addTool(
      'pip3',
      `#!/bin/sh\nif test "$*" = "config get global.index-url"; then echo ${place.index.url}; fi\n`,
    );
    expect(await download(library)).toEqual(whole);
    expect(lines).toEqual([]);
  });
});

describe('a wheel', () => {
  it('comes over as many connections as it takes', async () => {
    place.index.faults = [
      { on: /files/, dropAfter: 100_000 },
      { on: /files/, endAfter: 50_000 },
      { on: /files/, status: 503 },
    ];
    expect(await download(library)).toEqual(whole);
    // A connection that breaks may lose what was on its way.
    const resumed = expect.stringMatching(/^bytes=[1-9]\d*-$/);
    expect(place.index.taken().map(({ range }) => range)).toEqual([undefined, resumed, resumed, resumed]);
  });

  it('that is here is not asked for', async () => {
    mkdirSync(place.at('download'));
    writeFileSync(place.at('download', library.filename), contents.library);
    expect(await download(library)).toEqual(whole);
    expect(place.index.requests).toEqual([]);
  });

  it.each([
    ['torn', Buffer.from('torn')],
    ['of the right length', Buffer.alloc(contents.library.length)],
  ])('that is here, but damaged (%s), is downloaded again', async (_, content) => {
    mkdirSync(place.at('download'));
    writeFileSync(place.at('download', library.filename), content);
    expect(await download(library)).toEqual(whole);
    expect(lines).toEqual([
      expect.stringMatching(/fake-library 1\.0 is damaged, and is downloaded again \(30\d\.\d kB\)/),
    ]);
  });

  it('with another checksum is thrown away', async () => {
    const other = Buffer.alloc(contents.library.length, 1);
    place.index.projects.set('fake-library', { [library.filename]: other });
    expect(await refusal()).toMatch(
      /What 127\.0\.0\.1:\d+ sent for fake-library 1\.0 is not the file that samplewire knows .*sha256.*deleted/,
    );
    expect(readdirSync(place.at('download'))).toEqual([]);
    expect(lines).toEqual([]);
  });

  it('that is refused is told of, with what a person can do', async () => {
    place.index.faults = [{ on: /files/, status: 404 }];
    expect(await refusal()).toMatch(/does not give fake-library 1\.0: it answered 404 Not Found\.$/);
    place.index.faults = [{ on: /files/, status: 403 }];
    expect(await refusal()).toMatch(/403[^]*--wheel fake_library-1\.0-py3-none-any\.whl/);
  });

  it('without a way to the index is told of likewise', async () => {
    place.environment['PIP_INDEX_URL'] = nowhere;
    expect(await refusal()).toMatch(
      /^127\.0\.0\.1:2 cannot be reached \(ECONNREFUSED\)\. .*"pip download fake-library==1\.0 .*--no-deps.*--wheel fake_library/,
    );
  });
});

it('a host whose certificate is not trusted is told of at once, with the variable that names another', async () => {
  const cause = Object.assign(new Error('self-signed certificate'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  const fetching = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed', { cause }));
  try {
    expect(await refusal()).toMatch(
      /^127\.0\.0\.1:\d+ shows a certificate that Node does not trust \(SELF_SIGNED_CERT_IN_CHAIN; NODE_EXTRA_CA_CERTS /,
    );
    expect(fetching).toHaveBeenCalledTimes(1);
  } finally {
    fetching.mockRestore();
  }
});

describe('pip', () => {
  const pip = (content: Buffer | null): void => {
    writeFileSync(place.at('served'), content ?? '');
    place.addTool(
      'pip3',
      `#!/bin/sh
test "$1" = download || exit 0
${content === null ? 'echo no proxy >&2; exit 1' : ''}
while test "$1" != --dest; do shift; done
/bin/cp ${place.at('served')} "$2/${library.filename}"
`,
    );
  };

  it.each([
    ['out of reach', () => (place.environment['PIP_INDEX_URL'] = nowhere)],
    ['closed', () => (place.index.password = 'x:y')],
    ['closed for files', () => (place.index.faults = [{ on: /files/, status: 403 }])],
  ])('is asked to where the index is %s', async (_, arrange) => {
    arrange();
    pip(contents.library);
    expect(await download(library)).toEqual(whole);
    expect(lines).toEqual([expect.stringMatching(/: pip tries to download fake-library 1\.0 \(30\d\.\d kB\)$/)]);
    expect(readdirSync(place.at('download'))).toEqual([library.filename]);
  });

  it('may fail as well', async () => {
    place.environment['PIP_INDEX_URL'] = nowhere;
    pip(null);
    expect(await refusal()).toMatch(/ECONNREFUSED\), and pip fails as well\. [^]*--wheel .*\n {4}no proxy$/);
  });

  it('is not believed either', async () => {
    place.environment['PIP_INDEX_URL'] = nowhere;
    pip(Buffer.from('a page of the proxy'));
    expect(await refusal()).toMatch(/What pip downloaded for fake-library 1\.0 is not the file/);
    expect(readdirSync(place.at('download'))).toEqual([]);
  });
});
