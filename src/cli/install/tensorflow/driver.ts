import { readFile } from 'node:fs/promises';

/** The least version of NVIDIA's driver on Linux that runs CUDA 12 (CUDA's release notes, table of minor version compatibility). */
const least = [525, 60, 13] as const;

const file = '/proc/driver/nvidia/version';

/** Why no GPU computes, as far as the driver tells, and what would help. */
export async function whyNoGpu(read = (): Promise<string> => readFile(file, 'utf8')): Promise<string> {
  const needed = `CUDA 12 needs an NVIDIA card and its driver, ${least.join('.')} or newer`;
  const text = await read().catch(() => undefined);
  if (text === undefined)
    return `${needed}; no driver is loaded here. Once there is one, nothing has to be installed again.`;
  const version = /Module.*?\s(\d+(?:\.\d+)+)/.exec(text)?.[1];
  if (version !== undefined && isOlder(version.split('.').map(Number)))
    return `${needed}, and the one here is ${version}.`;
  return (
    `The driver is there${version === undefined ? '' : ` (${version})`}, but libtensorflow uses no GPU: TF_CPP_MIN_LOG_LEVEL=0 ` +
    'makes it say why (in a container, are the devices passed on? is CUDA_VISIBLE_DEVICES empty?).'
  );
}

function isOlder(version: readonly number[]): boolean {
  for (const [place, part] of least.entries()) {
    const other = version[place] ?? 0;
    if (other !== part) return other < part;
  }
  return false;
}
