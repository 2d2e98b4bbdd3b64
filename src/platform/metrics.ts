/**
 * The metrics, by the neutral API of OpenTelemetry (docs/telemetry.md): numbers with closed sets of attributes, so that
 * no series is made of a partner, a person or a path.
 */
import { metrics } from '@opentelemetry/api';
import { telemetryName } from './trace-context.ts';

type Health = {
  dueRows: number;
  overdueRows: number;
  backlogAgeDays: number;
  stuckRows: number;
  mailBacklog: number;
  poisonMessages: number;
};

/** Made at the first measurement: an instrument made before exporters are set up measures nothing, for ever. */
function makeInstruments() {
  const meter = metrics.getMeter(telemetryName);
  return {
    request: meter.createHistogram('http.server.request.duration', {
      unit: 's',
      description: 'How long requests took, by function and status',
      advice: { explicitBucketBoundaries: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] },
    }),
    sends: meter.createCounter('partner_benefits.mail.sends', {
      unit: '{send}',
      description: 'Mails handed to the mail service, by queue and outcome; refused ones by code',
    }),
    health: {
      dueRows: meter.createGauge('partner_benefits.settlement.due', { unit: '{row}' }),
      overdueRows: meter.createGauge('partner_benefits.settlement.overdue', { unit: '{row}' }),
      backlogAgeDays: meter.createGauge('partner_benefits.settlement.backlog.age', { unit: 'd' }),
      stuckRows: meter.createGauge('partner_benefits.settlement.stuck', { unit: '{row}' }),
      mailBacklog: meter.createGauge('partner_benefits.mail.backlog', { unit: '{message}' }),
      poisonMessages: meter.createGauge('partner_benefits.queue.poison', { unit: '{message}' }),
    },
  };
}

let made: ReturnType<typeof makeInstruments> | undefined;
const instruments = () => (made ??= makeInstruments());

/** A request was answered, after `milliseconds`. `route` as it was declared, with its parameters' names. */
export function recordRequest(
  { name, method, route }: { name: string; method: string; route: string },
  status: number,
  milliseconds: number,
): void {
  instruments().request.record(milliseconds / 1_000, {
    'faas.name': name,
    'http.request.method': method,
    'http.route': `/${route}`,
    'http.response.status_code': status,
  });
}

/** The mail service answered a send, or did not. `code` is a status or an error's code. */
export function recordSend(
  queue: string,
  { outcome, code }: { outcome: string; code?: string | undefined },
): void {
  instruments().sends.add(1, { queue, outcome, ...(code === undefined ? {} : { code }) });
}

/** How settlement and queues stand. */
export function recordHealth(health: Health): void {
  const { health: gauges } = instruments();
  for (const name of Object.keys(gauges) as (keyof Health)[]) gauges[name].record(health[name]);
}
