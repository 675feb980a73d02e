import util from 'node:util';
import * as tf from '@tensorflow/tfjs';

/** A name in a variable, for the compiler not to look for what need not be installed. */
const nativeLibrary = '@tensorflow/tfjs-node';

/** Makes TensorFlow.js ready on its native library where that is installed, else in plain JavaScript on one core. */
export async function prepareBackend(): Promise<void> {
  // Production mode keeps TensorFlow.js from writing advice to the console.
  tf.enableProdMode();
  // tfjs-node 4.22 calls these, which Node 23 removed; its repository is mended, its package is not yet.
  Object.assign(util, { isArray: Array.isArray, isNullOrUndefined: (value: unknown) => value == null });
  try {
    await import(nativeLibrary);
  } catch {
    await tf.setBackend('cpu');
  }
}
