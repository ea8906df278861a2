export { seededRandom } from '../src/models/auto/seeded-random.js';
