/**
 * The token of the mail's link: a compact JWS naming partner, benefit and assignment. No secret is kept for it, it is
 * the same at a resend, and it is dead when the assignment has ended (CR-08).
 */
import type { Config } from '../platform/config.ts';
import { currentSecret, type KeyRing } from '../platform/key-ring.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';

export type LinkTarget = { partnerId: string; benefitId: string; assignmentId: string };

/** What the key signs besides links is told apart by this. */
const purpose = 'redemption';

/** Makes the token, with the ring's current key. The same target and key give the same token. */
export async function signLink(ring: KeyRing, target: LinkTarget): Promise<string> {
  const { CompactSign } = await import('jose');
  const { partnerId: p, benefitId: b, assignmentId: a } = target;
  const payload = new TextEncoder().encode(JSON.stringify({ p, b, a }));
  return new CompactSign(payload)
    .setProtectedHeader({ alg: 'HS256', typ: purpose })
    .sign(currentSecret(ring).secret);
}

/** The address in the mail. */
export function linkAddress(config: Pick<Config, 'publicBaseUrl'>, token: string): string {
  return `${config.publicBaseUrl}/redeem/${token}`;
}

/**
 * Reads a token that any key of the ring has signed, so that rotating keys kills no link.
 * @throws RefusalError NotFound for anything we did not sign
 */
export async function readLink(ring: KeyRing, token: string): Promise<LinkTarget> {
  const { compactVerify } = await import('jose');
  for (const { secret } of ring) {
    try {
      const { payload, protectedHeader } = await compactVerify(token, secret, {
        algorithms: ['HS256'],
      });
      if (protectedHeader.typ !== purpose) break;
      const { p, b, a } = JSON.parse(new TextDecoder().decode(payload)) as Record<string, string>;
      return { partnerId: p ?? '', benefitId: b ?? '', assignmentId: a ?? '' };
    } catch {
      // Not this key's: an older one of the ring may have signed it.
    }
  }
  throw new RefusalError(notFound());
}
