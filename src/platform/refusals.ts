/**
 * Every refusal the API can give, by its code. A code is part of the contract with portals; a message is for
 * people and says what to do.
 */

/** The HTTP status that goes with each refusal code (contract, "Refusals"). */
export const statusOf = {
  InvalidRequest: 400,
  MissingApiVersionParameter: 400,
  UnsupportedApiVersionValue: 400,
  MalformedProductKey: 400,
  Unauthenticated: 401,
  Forbidden: 403,
  NotFound: 404,
  UnknownProductKey: 404,
  AlreadyAssigned: 409,
  UserHasActiveCredit: 409,
  HoldLimitReached: 409,
  ReassignmentNotAllowed: 409,
  ReassignmentLimitReached: 409,
  FreeEmailDomain: 409,
  OutsideCompanyDomains: 409,
  NotAssigned: 409,
  AlreadyRedeemed: 409,
  SubscriptionAlreadyUsed: 409,
  BenefitExpired: 409,
  KeyAlreadyRedeemed: 409,
  WrongTenant: 409,
  WrongProduct: 409,
  ActivationDeadlinePassed: 409,
  SubscriptionActive: 409,
  NoActiveSubscription: 409,
  ExtensionBeyondCap: 409,
  ReplacementNotAllowed: 409,
  PeriodClosed: 409,
  EarlierPeriodOpen: 409,
  UserExists: 409,
  UserLimitReached: 409,
  CustomerLimitReached: 409,
  RepeatabilityConflict: 409,
  ConcurrentChange: 409,
  LinkNoLongerValid: 410,
  PreconditionFailed: 412,
  PayloadTooLarge: 413,
  UnsupportedMediaType: 415,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
} as const satisfies Record<string, number>;

export type RefusalCode = keyof typeof statusOf;

/** One bad field or circumstance behind a refusal. `target` names the field as the caller wrote it. */
export type RefusalDetail = { code: string; message: string; target?: string };

export type Refusal = {
  code: RefusalCode;
  message: string;
  target?: string;
  details?: RefusalDetail[];
  /** Seconds after which asking again makes sense (429 and 503). */
  retryAfterSeconds?: number;
};

/** Builds a refusal. The message must say what the caller can do and hold no secret, key or token. */
export function refuse(
  code: RefusalCode,
  message: string,
  more: Omit<Refusal, 'code' | 'message'> = {},
): Refusal {
  return { code, message, ...more };
}

/** Carries a refusal from a service to the endpoint that answers it. Pure cores return refusals instead. */
export class RefusalError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.code);
    this.name = 'RefusalError';
    this.refusal = refusal;
  }
}

/** The one answer for what does not exist and for what belongs to another partner (PR-06). */
export function notFound(target?: string): Refusal {
  return refuse(
    'NotFound',
    'There is no such resource. Check the address and the ids in it.',
    target === undefined ? {} : { target },
  );
}
