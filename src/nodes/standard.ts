import { createRegistry, type Registry } from '../graph/registry.js';
import { trust } from '../graph/trusted.js';
import * as definitions from './index.js';

/** The kinds of nodes that documents may use without bringing their own. */
export const standardNodes: Registry = createRegistry(trust(Object.values(definitions)));
