/* global document, Worker */
import * as samplewire from 'samplewire/browser';
import { decode } from './decode.js';

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

Object.assign(globalThis, { samplewire, decode, decodeInWorker });
document.title = 'ready';
