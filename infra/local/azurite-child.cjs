'use strict';
// Loaded before Azurite in its process: ends it, in its own orderly way, when told to or when its parent is gone.
const end = () => process.kill(process.pid, 'SIGTERM');
process.on('disconnect', end);
process.on('message', (message) => {
  if (message === 'stop') end();
});
// The channel alone should not keep a process running whose servers have closed.
process.channel.unref();
process.stdout.on('error', () => undefined);
