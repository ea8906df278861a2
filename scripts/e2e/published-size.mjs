// Opens a random checkpoint of the published size (170M parameters, GPT-2's vocabulary, 16 bits) and decodes with it.
// Argument: a folder to work in. Prints seconds and peak memory; `skipped: ...` where disk or memory is short.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { loadPipeline, openModel, run } from '../../dist/index.js';

const [work = os.tmpdir()] = process.argv.slice(2);
const gigabyte = 1e9;
const needed = { disk: 0.5 * gigabyte, memory: 3 * gigabyte };

/** What may still be taken: Linux counts what caches would give back, in a line of its own. */
function freeMemory() {
  try {
    const line = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'));
    if (line !== null) return Number(line[1]) * 1024;
  } catch {
    // Not Linux.
  }
  return os.freemem();
}

const { bavail, bsize } = statfsSync(work);
const free = { disk: bavail * bsize, memory: freeMemory() };
for (const kind of ['disk', 'memory']) {
  if (free[kind] >= needed[kind]) continue;
  const inGigabytes = (bytes) => `${(bytes / gigabyte).toFixed(1)} GB`;
  console.log(`skipped: needs ${inGigabytes(needed[kind])} of ${kind}, and ${inGigabytes(free[kind])} are free`);
  process.exit(0);
}

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const folder = join(work, 'published-size', 'absorb');
mkdirSync(folder, { recursive: true });
const script = new URL('../random-checkpoint.ts', import.meta.url).pathname;
execFileSync(process.execPath, ['--import', 'tsx', script, folder, '--dtype', 'f16'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});

const began = performance.now();
// Nothing is asked of a network: the tokenizer is known and missed.
const model = await openModel(folder, { hub: { environment: { HF_HUB_OFFLINE: '1', HF_HOME: join(work, 'hub') } } });
const opened = seconds(began);
const { manifest } = model.denoiser;
if (manifest.vocabularySize !== 50258 || manifest.maskId !== 50257) throw new Error(JSON.stringify(manifest));
if (!/GPT-2.*--tokenizer/.test((model.warnings ?? []).join()))
  throw new Error(`no word on the tokenizer: ${model.warnings}`);

const decoding = performance.now();
const arpc = loadPipeline(new URL('../../pipelines/arpc.json', import.meta.url).pathname);
const last = await lastValueFrom(run(arpc, { model, params: { steps: 2 }, prompt: [464, 1110], length: 34, seed: 1 }));
if (last.type !== 'finished') throw new Error(JSON.stringify(last));
const [{ tokens }] = last.rows;
if (tokens.length !== 34 || tokens.includes(manifest.maskId)) throw new Error(tokens.join());
const peak = (process.resourceUsage().maxRSS / 1e6).toFixed(1);
console.log(
  `opened in ${opened}, 32 tokens and ${last.statistics.nfe.total} forwards in ${seconds(decoding)}, ${peak} GB at most`,
);
