import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome', 'microsoft-edge'];

/** The browser that SAMPLEWIRE_CHROMIUM names, or else the first of its kin on the PATH; `undefined` where there is none. */
export function findChromium() {
  const named = process.env['SAMPLEWIRE_CHROMIUM'] ?? '';
  if (named !== '') {
    if (!existsSync(named)) throw new Error(`SAMPLEWIRE_CHROMIUM names ${named}, which does not exist`);
    return named;
  }
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isProgram);
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** It asks nobody but the pages that it is sent to; a new profile for each. */
const quiet = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Ways to start it: with WebGPU on a device in software, and without any. */
export const kinds = {
  swiftshader: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'],
  withoutGpu: ['--disable-gpu', '--disable-features=WebGPU,Vulkan'],
};

export const launch = (executablePath, kind) =>
  chromium.launch({ executablePath, headless: false, args: [...quiet, ...kinds[kind]] });
