/* global document, Worker */
import * as samplewire from 'samplewire/browser';
import { decode } from './decode.js';

/** The devices that the page has opened, for a test that takes one away. */
const devices = [];
const adapter = globalThis.GPUAdapter?.prototype;
if (adapter !== undefined) {
  const { requestDevice } = adapter;
  adapter.requestDevice = async function (...given) {
    const device = await requestDevice.apply(this, given);
    devices.push(device);
    return device;
  };
}

/** The same in a worker of the page. */
const decodeInWorker = (request) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.onerror = ({ message }) => {
      reject(new Error(message));
    };
    worker.postMessage(request);
  });

Object.assign(globalThis, { samplewire, decode, decodeInWorker, devices });
document.title = 'ready';
