import { openRemoteEngine } from '../../../../src/models/onnx/worker-client.js';
import { writeModel } from '../../support/random-model.js';
import { tinyEngine } from './tiny-engine.js';

// Opens an engine in a thread, which is the first in this process to use the library.
const { transport } = await openRemoteEngine({ folder: await writeModel({}), ...tinyEngine });
await transport.dispose();
