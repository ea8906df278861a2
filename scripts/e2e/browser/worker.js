import { decode } from './decode.js';

globalThis.onmessage = async ({ data }) => {
  globalThis.postMessage(await decode(data).catch((error) => ({ error: String(error) })));
};
