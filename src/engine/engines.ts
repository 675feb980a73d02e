import './no-telemetry.ts';
import type { Engine } from './engine.ts';

export const engineNames = ['onnx', 'tensorflow'] as const;
export type EngineName = (typeof engineNames)[number];

/** The engine of this name. Only the runtime that is asked for is loaded. */
export async function engineNamed(name: EngineName): Promise<Engine> {
  switch (name) {
    case 'onnx':
      return (await import('./onnxruntime.ts')).onnxRuntime;
    case 'tensorflow':
      return (await import('./tensorflow.ts')).tensorflow;
  }
}
