import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { InputError } from '../../../src/graph/input-error.js';
import type { HubEvent } from '../../../src/models/hub/events.js';
import type { HubOptions } from '../../../src/models/hub/settings.js';
import { FakeHub } from '../../support/hub-server.js';

export const repo = 'someone/zoo';
export const token = 'hf_veryverysecret';

/** Bytes that look like nothing, longer than what a socket sends at once. */
export const weights = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 2654435761) >>> 24));

export const text = (value: string): Buffer => Buffer.from(value, 'utf8');

/** One checkpoint, two folders down. */
export const zoo = {
  'README.md': text('a zoo'),
  'owt/absorb/config.json': text('{"type":"block-dit"}'),
  'owt/absorb/model.safetensors': weights,
  'owt/absorb/tokenizer.json': text('{}'),
  'owt/absorb/training.log': text('not wanted'),
};

export const reference = `hf:${repo}/owt/absorb`;

export interface Workplace {
  readonly hub: FakeHub;
  /** `HF_HOME` of this test. */
  readonly home: string;
  /** The repository's part of the cache. */
  readonly cache: string;
  readonly events: HubEvent[];
  readonly environment: Record<string, string>;
  readonly options: HubOptions;
}

/** A hub for all tests of a file and a cache for each. */
export function useHub(): Workplace {
  const place: { hub?: FakeHub; home?: string } = {};
  const events: HubEvent[] = [];
  const environment: Record<string, string> = {};
  const here = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('outside a test');
    return value;
  };
  beforeAll(async () => {
    place.hub = await FakeHub.start();
  });
  beforeEach(() => {
    const hub = here(place.hub);
    place.home = mkdtempSync(join(tmpdir(), 'samplewire-hub-'));
    events.length = 0;
    for (const name of Object.keys(environment)) Reflect.deleteProperty(environment, name);
    Object.assign(environment, { HF_HOME: place.home, HF_ENDPOINT: hub.endpoint });
    hub.repositories.clear();
    hub.repositories.set(repo, { files: zoo });
    hub.faults = [];
    hub.pageSize = 1000;
    hub.impostor = null;
    hub.taken();
  });
  afterEach(() => {
    rmSync(here(place.home), { recursive: true, force: true });
  });
  afterAll(() => here(place.hub).stop());
  return {
    get hub() {
      return here(place.hub);
    },
    get home() {
      return here(place.home);
    },
    get cache() {
      return join(here(place.home), 'hub', `models--${repo.replace('/', '--')}`);
    },
    events,
    environment,
    get options() {
      return { environment, retryDelays: [1, 1, 1], progress: (event: HubEvent) => events.push(event) };
    },
  };
}

/** The error that a person sees; none may show the token. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof InputError)) throw new Error(`expected an InputError, got ${String(error)}`);
  if (`${error.message} ${String(error.stack)} ${JSON.stringify(error)}`.includes(token))
    throw new Error('token shown');
  return error.message;
}

export const read = (...path: readonly string[]): Buffer => readFileSync(join(...path));
