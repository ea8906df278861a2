import { describe, expect, it, vi } from 'vitest';
import { InputError } from '../../../../src/graph/input-error.js';
import { DeviceHealth, type WatchedDevice } from '../../../../src/models/tfjs/webgpu/health.js';

class GPUOutOfMemoryError {
  readonly message = 'AllocateMemory failed\n - While calling [Device].CreateBuffer';
}
class GPUValidationError {
  readonly message = '[Invalid Buffer] is invalid.\n - While validating entries[1]';
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const limits = { rows: 'names of rows', cacheBytes: 'names of bytes' };

function watched(onRefusal?: () => void) {
  const { promise, resolve } = withResolvers<GPUDeviceLostInfo>();
  const events = new EventTarget();
  const device: WatchedDevice = {
    lost: promise,
    addEventListener: events.addEventListener.bind(events) as WatchedDevice['addEventListener'],
  };
  const lose = (message: string): void => {
    resolve({ reason: 'unknown', message } as GPUDeviceLostInfo);
  };
  const refuse = (error: object): Event => {
    const event = Object.assign(new Event('uncapturederror', { cancelable: true }), { error });
    events.dispatchEvent(event);
    return event;
  };
  return { health: new DeviceHealth(device, 'Some Card', limits, onRefusal), lose, refuse };
}

describe('the health of a device', () => {
  it('is good until something happens', () => {
    const { health } = watched();
    expect(() => {
      health.check();
      health.requireDevice();
    }).not.toThrow();
    expect(health.isLost).toBe(false);
  });

  it('tells of a lost device whenever it is asked, with what to do', async () => {
    const { health, lose } = watched();
    lose('A valid external Instance reference no longer exists.');
    await Promise.resolve();
    expect(health.isLost).toBe(true);
    for (let i = 0; i < 2; i++) {
      expect(() => {
        health.check();
      }).toThrow(
        /Some Card\) was lost \(A valid external Instance reference no longer exists\), .*: open the model again/,
      );
      expect(() => {
        health.requireDevice();
      }).toThrow(InputError);
    }
  });

  it.each(['loss', 'refusal', 'nothing'] as const)(
    'has news of a %s, or none in the time that it gets',
    async (what) => {
      vi.useFakeTimers();
      const { health, lose, refuse } = watched();
      let heard = false;
      const news = health.news(1000).then(() => {
        heard = true;
      });
      await vi.advanceTimersByTimeAsync(999);
      expect(heard).toBe(false);
      if (what === 'loss') lose('gone');
      if (what === 'refusal') refuse(new GPUOutOfMemoryError());
      await vi.advanceTimersByTimeAsync(what === 'nothing' ? 1 : 0);
      expect(heard).toBe(true);
      await news;
      expect(vi.getTimerCount()).toBe(0);
      vi.useRealTimers();
    },
  );

  it('tells once of memory that was refused, with what to do', () => {
    const onRefusal = vi.fn();
    const { health, refuse } = watched(onRefusal);
    expect(refuse(new GPUOutOfMemoryError()).defaultPrevented).toBe(true);
    expect(onRefusal).toHaveBeenCalledTimes(1);
    expect(() => {
      health.requireDevice();
    }).not.toThrow();
    expect(() => {
      health.check();
    }).toThrow(/Some Card\) has run out of memory .*\(names of rows\).*\(names of bytes\).*another backend/);
    expect(() => {
      health.check();
    }).not.toThrow();
  });

  it('tells of the first of several refusals: the others follow from it', () => {
    const { health, refuse } = watched();
    refuse(new GPUOutOfMemoryError());
    refuse(new GPUValidationError());
    expect(() => {
      health.check();
    }).toThrow(/run out of memory/);
  });

  it('tells what else was refused in one line', () => {
    const { health, refuse } = watched();
    refuse(new GPUValidationError());
    expect(() => {
      health.check();
    }).toThrow(/refused a command \(\[Invalid Buffer\] is invalid\): open the model again, .*another backend\.$/);
  });

  it('tells all who were reading when it happened', () => {
    const { health, refuse } = watched();
    const [early, alsoEarly] = [health.told, health.told];
    refuse(new GPUOutOfMemoryError());
    const beforeAnybodyWasTold = health.told;
    const read = (since: number) => () => {
      health.check(since);
    };
    expect(read(early)).toThrow(/memory/);
    expect(read(alsoEarly)).toThrow(/memory/);
    expect(read(beforeAnybodyWasTold)).toThrow(/memory/);
    expect(read(health.told)).not.toThrow();
    expect(read(health.refusals - 1)).toThrow(/memory/);
    expect(read(health.refusals)).not.toThrow();
  });

  it('is asked about nothing for memory that is refused by an exception: no result came of it', () => {
    const onRefusal = vi.fn();
    const { health } = watched(onRefusal);
    expect(health.memoryRefused(3_400_000).message).toMatch(/refused 4 MB more/);
    expect(onRefusal).toHaveBeenCalledTimes(1);
    expect(() => {
      health.check();
    }).not.toThrow();
  });
});
