import type { Buffer, Device } from '../backends/device.ts';
import { GradusError } from '../core/errors.ts';
import type { Node } from '../graph/node.ts';

/** Work that was put off and fills values when it is done: a call of a compiled function. */
export interface PendingWork {
  run(): void;
}

/**
 * What a leaf of the graph stands for: memory on a device, or the work that will fill it. Reachable from nodes only, so that the
 * buffer goes when the last tensor and the last graph that need it go; the device reclaims buffers that nobody holds any more.
 */
export class Value {
  readonly device: Device;
  buffer: Buffer | undefined;
  pending: PendingWork | undefined;
  /** Something besides its one tensor may read it, now or later: it must not be overwritten or freed early. */
  lent = false;

  constructor(device: Device, buffer: Buffer | undefined, pending?: PendingWork) {
    this.device = device;
    this.buffer = buffer;
    this.pending = pending;
  }
}

export const heldValue = (node: Node): Value | undefined => node.value as Value | undefined;

/** The memory of a value, once the work it waits for is done. */
export const bufferOf = (value: Value, device: Device): Buffer => {
  value.pending?.run();
  if (value.device !== device)
    throw new GradusError(
      `a tensor made on the device '${value.device.name}' cannot be used on '${device.name}'. Call configure before the first tensor is made, or make it again from await t.data().`,
    );
  if (value.buffer === undefined)
    throw new GradusError('a tensor was used after its memory had been donated or freed. Use the tensor that took its place.');
  return value.buffer;
};
