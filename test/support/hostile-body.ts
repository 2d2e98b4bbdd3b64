/** Bodies as an attacker sends them, and what was taken of them. */

/** As large as the pieces in which a host hands on a body. */
export const pieceSize = 65_536;

export type HostileBody = {
  stream: ReadableStream<Uint8Array>;
  /** Bytes that were asked for so far. */
  taken(): number;
  /** Resolves once the body was read to its end, or given up. */
  done: Promise<'read' | 'given up'>;
};

/**
 * A body of so many bytes of white space, made as it is asked for. With `stalls` it never ends: after its last byte
 * nothing comes any more.
 */
export function hostileBody(size: number, { stalls = false } = {}): HostileBody {
  let taken = 0;
  const { promise: done, resolve } = Promise.withResolvers<'read' | 'given up'>();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // Not at once: other requests' pieces come between.
        await new Promise((resolve) => setImmediate(resolve));
        if (taken >= size) {
          if (stalls) return new Promise(() => undefined);
          resolve('read');
          controller.close();
          return;
        }
        const piece = new Uint8Array(Math.min(pieceSize, size - taken)).fill(0x20);
        taken += piece.byteLength;
        controller.enqueue(piece);
      },
      cancel: () => resolve('given up'),
    },
    { highWaterMark: 0 },
  );
  return { stream, taken: () => taken, done };
}
