// Made by infra/generate-client.ts: do not edit.
/* eslint-disable */
export interface paths {
    "/api/azure-subscription-claims/{azureSubscriptionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Free an Azure subscription that a redemption claimed and never used
         * @description A subscription that a credit was redeemed on stays used for ever.
         */
        delete: operations["deleteAzureSubscriptionClaim"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/catalogue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the catalogue: membership types, their benefits, products and offers */
        get: operations["getCatalogue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell whether the service can do its work
         * @description Asks storage, and gives up after less than three seconds.
         */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List partners, by name or domain */
        get: operations["listPartners"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a partner */
        get: operations["getPartner"];
        /**
         * Register a partner or replace its facts
         * @description A tenant belongs to one partner; the partner id is always one of its tenants.
         */
        put: operations["putPartner"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/benefits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a partner's benefits, with quick filters */
        get: operations["listBenefits"];
        put?: never;
        /**
         * Award one benefit beside the set
         * @description Either a credit (kind, amount) or a product (productId, licenses).
         */
        post: operations["awardBenefit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/benefits/{benefitId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a benefit: its walkthrough, and the actions now allowed */
        get: operations["getBenefit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/benefits/{benefitId}/assignment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Assign a credit to a user, and send the mail
         * @description Naming the present holder changes nothing. To take a monthly credit from another holder send its ETag in If-Match; it can be done five times.
         */
        put: operations["assignCredit"];
        post?: never;
        /**
         * Take a monthly credit from its holder
         * @description The link of the holder's mail stops working at once. No assignment is 204 as well.
         */
        delete: operations["unassignCredit"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/benefits/{benefitId}/assignment/send-mail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send the assignment's mail again */
        post: operations["sendAssignmentMail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/benefits/{benefitId}/assignments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who has held a credit
         * @description At most six: the first assignment and five reassignments.
         */
        get: operations["listAssignments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/benefits/{benefitId}/eligible-users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the users a credit could be assigned to, and why others cannot have it */
        get: operations["listEligibleUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/benefits/{benefitId}/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a credit's history: who did what when */
        get: operations["listLedger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/benefits/{benefitId}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Withdraw a benefit that nobody has been given */
        post: operations["revokeBenefit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/memberships": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a partner's memberships */
        get: operations["listMemberships"];
        put?: never;
        /**
         * Start a membership and award its type's set of benefits
         * @description A second start of the same type and date answers the first: a set is awarded once.
         */
        post: operations["startMembership"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/memberships/{membershipId}/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Renew a membership: its end moves on by a year and a new set is awarded
         * @description Possible before the end only. Credits of the earlier set run on to their own end.
         */
        post: operations["renewMembership"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search the partner's directory of users */
        get: operations["listUsers"];
        put?: never;
        /**
         * Add a user to the directory
         * @description Anybody well-formed may be in it; the domain rules bind at assignment.
         */
        post: operations["addUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/partners/{partnerId}/users/{userId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Erase a user's name and address
         * @description Histories keep the id. Erasing who is not there is 204 as well.
         */
        delete: operations["eraseUser"];
        options?: never;
        head?: never;
        /** Correct a user's address or name */
        patch: operations["changeUser"];
        trace?: never;
    };
    "/api/redemptions/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See what the mail's link is for
         * @description Changes nothing: mail scanners open links.
         */
        get: operations["getRedemption"];
        put?: never;
        /** Redeem the assigned credit on a new Azure subscription */
        post: operations["redeemCredit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Every refusal. Codes are part of the contract; messages are for people. */
        Error: {
            error: {
                /** @enum {string} */
                code: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion" | "MalformedProductKey" | "Unauthenticated" | "Forbidden" | "NotFound" | "UnknownProductKey" | "AlreadyAssigned" | "UserHasActiveCredit" | "ReassignmentNotAllowed" | "ReassignmentLimitReached" | "FreeEmailDomain" | "OutsideCompanyDomains" | "NotAssigned" | "AlreadyRedeemed" | "SubscriptionAlreadyUsed" | "BenefitExpired" | "KeyAlreadyRedeemed" | "WrongTenant" | "WrongProduct" | "ActivationDeadlinePassed" | "SubscriptionActive" | "NoActiveSubscription" | "ExtensionBeyondCap" | "ReplacementNotAllowed" | "PeriodClosed" | "EarlierPeriodOpen" | "UserExists" | "RepeatabilityConflict" | "ConcurrentChange" | "LinkNoLongerValid" | "PreconditionFailed" | "PayloadTooLarge" | "UnsupportedMediaType" | "TooManyRequests" | "InternalError" | "ServiceUnavailable";
                message: string;
                /** @description The field or thing it is about. */
                target?: string;
                /** @description Every bad field. */
                details?: {
                    code: string;
                    /** @description The field, as the caller wrote it. */
                    target?: string;
                    message: string;
                }[];
            };
        };
        PartnerInput: {
            displayName: string;
            /** @description Company domains; only their users can be given a credit (CR-04). */
            domains: string[];
            /** @description Entra tenants of the partner; its id is always among them. */
            tenantIds?: string[];
            mpnId?: string;
            /** @description Addresses that notices to the partner's admins go to. */
            contacts?: string[];
        };
        AwardInput: {
            /** Format: uuid */
            membershipId: string;
            /** @enum {string} */
            kind?: "azure-monthly" | "azure-bulk" | "copilot-for-security" | "github-copilot-enterprise" | "github-enterprise-metered";
            amount?: components["schemas"]["Money"];
            terms?: components["schemas"]["Terms"];
            productId?: string;
            licenses?: number;
            /**
             * Format: date
             * @example 2026-11-22
             */
            activateBy?: string;
        };
        /**
         * @example {
         *       "amount": "100.00",
         *       "currency": "USD"
         *     }
         */
        Money: {
            amount: string;
            currency: string;
        };
        /**
         * @description Edition of the programme's terms; maicpp unless given.
         * @enum {string}
         */
        Terms: "mpn" | "maicpp";
        /** @description Either userId or newUser. */
        AssignmentInput: {
            /** Format: uuid */
            userId?: string;
            newUser?: {
                /**
                 * Format: email
                 * @example ana@contoso.com
                 */
                email: string;
                displayName: string;
            };
        };
        MembershipInput: {
            /** @description A type of the catalogue. */
            type: string;
            /**
             * Format: date
             * @description Today or earlier, UTC.
             * @example 2026-11-22
             */
            startDate: string;
            terms?: components["schemas"]["Terms"];
        };
        UserInput: {
            /**
             * Format: email
             * @example ana@contoso.com
             */
            email: string;
            displayName: string;
        };
        UserPatch: {
            /**
             * Format: email
             * @example ana@contoso.com
             */
            email?: string;
            displayName?: string;
        };
        RedemptionInput: {
            /**
             * Format: uuid
             * @description A new Azure subscription, on which no credit was ever redeemed (CR-09).
             */
            azureSubscriptionId: string;
        };
        Catalogue: {
            membershipTypes: ({
                id: string;
                name: string;
                program: string;
            } & {
                [key: string]: unknown;
            })[];
            products: ({
                id: string;
                name: string;
            } & {
                [key: string]: unknown;
            })[];
            offers: ({
                /** @enum {string} */
                kind: "azure-monthly" | "azure-bulk" | "copilot-for-security" | "github-copilot-enterprise" | "github-enterprise-metered";
                name: string;
            } & {
                [key: string]: unknown;
            })[];
        };
        PartnerList: {
            value: components["schemas"]["PartnerListItem"][];
            /**
             * Format: uri
             * @description Absent on the last page.
             */
            nextLink?: string;
        };
        PartnerListItem: {
            /** Format: uuid */
            id: string;
            displayName: string;
            domains: string[];
        };
        Partner: {
            /** Format: uuid */
            id: string;
            displayName: string;
            domains: string[];
            tenantIds: string[];
            mpnId?: string;
            contacts: string[];
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            registeredAt: string;
        };
        BenefitList: {
            value: components["schemas"]["Benefit"][];
            /**
             * Format: uri
             * @description Absent on the last page.
             */
            nextLink?: string;
        };
        Benefit: components["schemas"]["CreditBenefit"] | components["schemas"]["ProductBenefit"];
        CreditBenefit: {
            /** Format: uuid */
            id: string;
            name: string;
            program: string;
            /** Format: uuid */
            membershipId: string;
            /** @enum {string} */
            terms: "mpn" | "maicpp";
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            provisionedAt: string;
            /** @description Steps to activate it. */
            walkthrough: string[];
            actions: components["schemas"]["Action"][];
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            revokedAt?: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            category: "azure-credit";
            /** @enum {string} */
            status: "available" | "assigned" | "redeemed" | "expired";
            /** @enum {string} */
            kind: "azure-monthly" | "azure-bulk" | "copilot-for-security" | "github-copilot-enterprise" | "github-enterprise-metered";
            amount: components["schemas"]["Money"];
            /**
             * Format: date
             * @description Exclusive: never redeemed, it expires at 00:00Z.
             * @example 2026-11-22
             */
            redeemBy: string;
            /**
             * Format: date
             * @example 2026-11-22
             */
            startDate?: string;
            /**
             * Format: date
             * @description Exclusive.
             * @example 2026-11-22
             */
            endDate?: string;
            /**
             * Format: date-time
             * @description When it ends as things stand now.
             * @example 2026-11-22T08:00:00Z
             */
            expiresAt: string;
            assignment: components["schemas"]["Assignment"] | null;
            reassignments: {
                used: number;
                limit: number;
                remaining: number;
            };
            azureSubscription: {
                /** Format: uuid */
                id: string;
                /** @enum {string} */
                spendingLimit: "on" | "off";
                /** @enum {string} */
                state: "active" | "disabled" | "pay-as-you-go";
            } | null;
        };
        Action: {
            name: string;
            allowed: boolean;
            /** @description Why it is not allowed; empty when it is. */
            reasons: {
                code: string;
                message: string;
            }[];
        };
        Assignment: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            userId: string;
            email: string;
            displayName: string;
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            assignedAt: string;
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            redeemedAt?: string;
            mail: components["schemas"]["MailState"];
        };
        MailState: {
            /** @enum {string} */
            status: "pending" | "accepted" | "delivered" | "bounced" | "failed";
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            at?: string;
            detail?: string;
        };
        ProductBenefit: {
            /** Format: uuid */
            id: string;
            name: string;
            program: string;
            /** Format: uuid */
            membershipId: string;
            /** @enum {string} */
            terms: "mpn" | "maicpp";
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            provisionedAt: string;
            /** @description Steps to activate it. */
            walkthrough: string[];
            actions: components["schemas"]["Action"][];
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            revokedAt?: string;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            category: "cloud-service";
            /** @enum {string} */
            status: "available" | "redeemed" | "expired";
            productId: string;
            productName: string;
            membershipType: string;
            licenses: number;
            /**
             * Format: date
             * @description Exclusive: the key must be redeemed before.
             * @example 2026-11-22
             */
            activateBy: string;
            /**
             * Format: date
             * @example 2026-11-22
             */
            usageRightsUntil: string;
            /** @enum {string} */
            keyStatus: "not-issued" | "issued" | "redeemed" | "replaced" | "expired";
            /** @enum {string} */
            subscriptionStatus: "Active" | "Expired" | "No active subscription";
        };
        AssignmentList: {
            value: components["schemas"]["PastAssignment"][];
            /**
             * Format: uri
             * @description Absent on the last page.
             */
            nextLink?: string;
        };
        PastAssignment: {
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            userId: string;
            /** @description Blank once the user is erased. */
            email: string;
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            assignedAt: string;
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            redeemedAt?: string;
            /** Format: uuid */
            azureSubscriptionId?: string;
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            removedAt?: string;
            removedBy?: {
                type: string;
            } & {
                [key: string]: unknown;
            };
        };
        EligibleUserList: {
            value: components["schemas"]["EligibleUser"][];
            /**
             * Format: uri
             * @description Absent on the last page.
             */
            nextLink?: string;
        };
        EligibleUser: {
            /** Format: uuid */
            id: string;
            email: string;
            displayName: string;
            eligible: boolean;
            reasons: {
                code: string;
                message: string;
            }[];
        };
        Ledger: {
            value: components["schemas"]["LedgerEntry"][];
            /**
             * Format: uri
             * @description Absent on the last page.
             */
            nextLink?: string;
        };
        LedgerEntry: {
            sequence: number;
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            at: string;
            type: string;
            /** @description Negative amounts undo part of an earlier entry. */
            amount?: components["schemas"]["Money"];
            /** @description YYYY-MM that the amount counts for. */
            month?: string;
            actor: {
                type: string;
            } & {
                [key: string]: unknown;
            };
            /** Format: uuid */
            assignmentId?: string;
            /** Format: uuid */
            userId?: string;
            /** Format: uuid */
            azureSubscriptionId?: string;
        };
        MembershipList: {
            value: components["schemas"]["Membership"][];
            /**
             * Format: uri
             * @description Absent on the last page.
             */
            nextLink?: string;
        };
        Membership: {
            /** Format: uuid */
            id: string;
            type: string;
            program: string;
            terms: components["schemas"]["Terms"];
            /**
             * Format: date
             * @example 2026-11-22
             */
            startDate: string;
            /**
             * Format: date
             * @description Exclusive: it ends at 00:00Z of this day.
             * @example 2026-11-22
             */
            endDate: string;
            /** @description The benefits awarded. */
            benefitIds: string[];
        };
        UserList: {
            value: components["schemas"]["User"][];
            /**
             * Format: uri
             * @description Absent on the last page.
             */
            nextLink?: string;
        };
        User: {
            /** Format: uuid */
            id: string;
            email: string;
            displayName: string;
        };
        Redemption: {
            benefit: {
                /** @enum {string} */
                kind: "azure-monthly" | "azure-bulk" | "copilot-for-security" | "github-copilot-enterprise" | "github-enterprise-metered";
                name: string;
                amount: components["schemas"]["Money"];
            };
            assignedTo: {
                email: string;
                displayName: string;
            };
            steps: string[];
            /** Format: uri */
            offerUrl: string;
            /** @enum {string} */
            status: "assigned" | "redeemed" | "expired";
            /**
             * Format: date
             * @example 2026-11-22
             */
            redeemBy: string;
            /**
             * Format: date-time
             * @example 2026-11-22T08:00:00Z
             */
            redeemedAt?: string;
            /** Format: uuid */
            azureSubscriptionId?: string;
        };
    };
    responses: {
        /** @description The resource is still at the ETag of If-None-Match. */
        NotModified: {
            headers: {
                ETag: components["headers"]["ETag"];
                "x-ms-request-id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Refused: `InvalidRequest`. */
        InvalidRequest: {
            headers: {
                "x-ms-request-id": components["headers"]["RequestId"];
                "x-ms-error-code": components["headers"]["ErrorCode"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error?: {
                        /** @enum {string} */
                        code?: "InvalidRequest";
                    };
                } & components["schemas"]["Error"];
            };
        };
        /** @description Refused: `Unauthenticated`. */
        Unauthenticated: {
            headers: {
                "x-ms-request-id": components["headers"]["RequestId"];
                "x-ms-error-code": components["headers"]["ErrorCode"];
                "WWW-Authenticate": components["headers"]["Challenge"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error?: {
                        /** @enum {string} */
                        code?: "Unauthenticated";
                    };
                } & components["schemas"]["Error"];
            };
        };
        /** @description Refused: `Forbidden`. */
        Forbidden: {
            headers: {
                "x-ms-request-id": components["headers"]["RequestId"];
                "x-ms-error-code": components["headers"]["ErrorCode"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error?: {
                        /** @enum {string} */
                        code?: "Forbidden";
                    };
                } & components["schemas"]["Error"];
            };
        };
        /** @description Refused: `NotFound`. */
        NotFound: {
            headers: {
                "x-ms-request-id": components["headers"]["RequestId"];
                "x-ms-error-code": components["headers"]["ErrorCode"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error?: {
                        /** @enum {string} */
                        code?: "NotFound";
                    };
                } & components["schemas"]["Error"];
            };
        };
        /** @description Refused: `LinkNoLongerValid`. */
        LinkNoLongerValid: {
            headers: {
                "x-ms-request-id": components["headers"]["RequestId"];
                "x-ms-error-code": components["headers"]["ErrorCode"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error?: {
                        /** @enum {string} */
                        code?: "LinkNoLongerValid";
                    };
                } & components["schemas"]["Error"];
            };
        };
        /** @description Refused: `PreconditionFailed`. */
        PreconditionFailed: {
            headers: {
                "x-ms-request-id": components["headers"]["RequestId"];
                "x-ms-error-code": components["headers"]["ErrorCode"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error?: {
                        /** @enum {string} */
                        code?: "PreconditionFailed";
                    };
                } & components["schemas"]["Error"];
            };
        };
        /** @description Refused: `PayloadTooLarge`. */
        PayloadTooLarge: {
            headers: {
                "x-ms-request-id": components["headers"]["RequestId"];
                "x-ms-error-code": components["headers"]["ErrorCode"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error?: {
                        /** @enum {string} */
                        code?: "PayloadTooLarge";
                    };
                } & components["schemas"]["Error"];
            };
        };
        /** @description Refused: `UnsupportedMediaType`. */
        UnsupportedMediaType: {
            headers: {
                "x-ms-request-id": components["headers"]["RequestId"];
                "x-ms-error-code": components["headers"]["ErrorCode"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error?: {
                        /** @enum {string} */
                        code?: "UnsupportedMediaType";
                    };
                } & components["schemas"]["Error"];
            };
        };
        /** @description Refused: `InternalError`. */
        InternalError: {
            headers: {
                "x-ms-request-id": components["headers"]["RequestId"];
                "x-ms-error-code": components["headers"]["ErrorCode"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error?: {
                        /** @enum {string} */
                        code?: "InternalError";
                    };
                } & components["schemas"]["Error"];
            };
        };
        /** @description Refused: `ServiceUnavailable`. */
        ServiceUnavailable: {
            headers: {
                "x-ms-request-id": components["headers"]["RequestId"];
                "x-ms-error-code": components["headers"]["ErrorCode"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    error?: {
                        /** @enum {string} */
                        code?: "ServiceUnavailable";
                    };
                } & components["schemas"]["Error"];
            };
        };
    };
    parameters: {
        /** @description The version of the API. */
        ApiVersion: "2026-12-01";
        /** @description Carry this out only if the resource is still at this ETag, as it was answered. */
        IfMatch: string;
        /** @description Answer 304 without a body if the resource is still at this ETag. */
        IfNoneMatch: string;
        /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
        RepeatabilityRequestId: string;
        /** @description When the request was first sent, as a date of HTTP. */
        RepeatabilityFirstSent: string;
        /** @description The caller’s trace (W3C Trace Context). */
        TraceParent: string;
    };
    requestBodies: never;
    headers: {
        /** @description The id to quote when asking about this request. */
        RequestId: string;
        /** @description The error’s code, as in the body. */
        ErrorCode: string;
        /** @description The resource’s version, to be sent back in If-Match; absent on lists. */
        ETag: string;
        /** @description Where what was created is found. */
        Location: string;
        /** @description `accepted`, where the request named itself. */
        RepeatabilityResult: "accepted";
        /** @description How to sign in: `Bearer`. */
        Challenge: string;
        /** @description After how many seconds to try again. */
        RetryAfter: number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    deleteAzureSubscriptionClaim: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                azureSubscriptionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to answer. */
            204: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `SubscriptionAlreadyUsed`, `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "SubscriptionAlreadyUsed" | "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getCatalogue: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Answer 304 without a body if the resource is still at this ETag. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Catalogue"];
                };
            };
            304: components["responses"]["NotModified"];
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: {
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        status: "ok";
                    };
                };
            };
            400: components["responses"]["InvalidRequest"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listPartners: {
        parameters: {
            query: {
                /** @description Part of a name, address or domain, in any letter case. */
                search?: string;
                /** @description At most so many items in one answer; 100 unless given. */
                maxpagesize?: number;
                /** @description Where to read on; take it from nextLink. */
                continuationToken?: string;
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Answer 304 without a body if the resource is still at this ETag. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PartnerList"];
                };
            };
            304: components["responses"]["NotModified"];
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getPartner: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Answer 304 without a body if the resource is still at this ETag. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Partner"];
                };
            };
            304: components["responses"]["NotModified"];
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    putPartner: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Carry this out only if the resource is still at this ETag, as it was answered. */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PartnerInput"];
            };
        };
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Partner"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Partner"];
                };
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listBenefits: {
        parameters: {
            query: {
                category?: "azure-credit" | "cloud-service";
                kind?: "azure-monthly" | "azure-bulk" | "copilot-for-security" | "github-copilot-enterprise" | "github-enterprise-metered";
                status?: "available" | "assigned" | "redeemed" | "expired";
                /** @description Only benefits that are (or are not yet) redeemed. */
                redeemed?: "true" | "false";
                /** @description A user id or a mail address. */
                assignedTo?: string;
                /** @description Only benefits that end before this date. */
                expiresBefore?: string;
                /** @description At most so many items in one answer; 100 unless given. */
                maxpagesize?: number;
                /** @description Where to read on; take it from nextLink. */
                continuationToken?: string;
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Answer 304 without a body if the resource is still at this ETag. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BenefitList"];
                };
            };
            304: components["responses"]["NotModified"];
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    awardBenefit: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AwardInput"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Benefit"];
                };
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `BenefitExpired`, `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "BenefitExpired" | "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getBenefit: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Answer 304 without a body if the resource is still at this ETag. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
                benefitId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Benefit"];
                };
            };
            304: components["responses"]["NotModified"];
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    assignCredit: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Carry this out only if the resource is still at this ETag, as it was answered. */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
                benefitId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssignmentInput"];
            };
        };
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Benefit"];
                };
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `AlreadyAssigned`, `UserHasActiveCredit`, `ReassignmentNotAllowed`, `ReassignmentLimitReached`, `FreeEmailDomain`, `OutsideCompanyDomains`, `BenefitExpired`, `UserExists`, `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "AlreadyAssigned" | "UserHasActiveCredit" | "ReassignmentNotAllowed" | "ReassignmentLimitReached" | "FreeEmailDomain" | "OutsideCompanyDomains" | "BenefitExpired" | "UserExists" | "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    unassignCredit: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Carry this out only if the resource is still at this ETag, as it was answered. */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
                benefitId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to answer. */
            204: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `ReassignmentNotAllowed`, `BenefitExpired`, `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "ReassignmentNotAllowed" | "BenefitExpired" | "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    sendAssignmentMail: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Carry this out only if the resource is still at this ETag, as it was answered. */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
                benefitId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Benefit"];
                };
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `NotAssigned`, `BenefitExpired`, `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "NotAssigned" | "BenefitExpired" | "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listAssignments: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Answer 304 without a body if the resource is still at this ETag. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
                benefitId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssignmentList"];
                };
            };
            304: components["responses"]["NotModified"];
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listEligibleUsers: {
        parameters: {
            query: {
                /** @description Part of a name, address or domain, in any letter case. */
                search?: string;
                /** @description At most so many items in one answer; 100 unless given. */
                maxpagesize?: number;
                /** @description Where to read on; take it from nextLink. */
                continuationToken?: string;
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Answer 304 without a body if the resource is still at this ETag. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
                benefitId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EligibleUserList"];
                };
            };
            304: components["responses"]["NotModified"];
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listLedger: {
        parameters: {
            query: {
                /** @description At most so many items in one answer; 100 unless given. */
                maxpagesize?: number;
                /** @description Where to read on; take it from nextLink. */
                continuationToken?: string;
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Answer 304 without a body if the resource is still at this ETag. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
                benefitId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ledger"];
                };
            };
            304: components["responses"]["NotModified"];
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    revokeBenefit: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Carry this out only if the resource is still at this ETag, as it was answered. */
                "If-Match"?: components["parameters"]["IfMatch"];
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
                benefitId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Benefit"];
                };
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `AlreadyAssigned`, `BenefitExpired`, `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "AlreadyAssigned" | "BenefitExpired" | "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listMemberships: {
        parameters: {
            query: {
                /** @description At most so many items in one answer; 100 unless given. */
                maxpagesize?: number;
                /** @description Where to read on; take it from nextLink. */
                continuationToken?: string;
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Answer 304 without a body if the resource is still at this ETag. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MembershipList"];
                };
            };
            304: components["responses"]["NotModified"];
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    startMembership: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MembershipInput"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"];
                };
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    renewMembership: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
                membershipId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Membership"];
                };
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `BenefitExpired`, `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "BenefitExpired" | "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listUsers: {
        parameters: {
            query: {
                /** @description Part of a name, address or domain, in any letter case. */
                search?: string;
                /** @description At most so many items in one answer; 100 unless given. */
                maxpagesize?: number;
                /** @description Where to read on; take it from nextLink. */
                continuationToken?: string;
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Answer 304 without a body if the resource is still at this ETag. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserList"];
                };
            };
            304: components["responses"]["NotModified"];
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    addUser: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserInput"];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `UserExists`, `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "UserExists" | "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    eraseUser: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
                userId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to answer. */
            204: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    changeUser: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The partner: its Entra tenant id. */
                partnerId: string;
                userId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserPatch"];
            };
        };
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Refused: `FreeEmailDomain`, `OutsideCompanyDomains`, `UserExists`, `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "FreeEmailDomain" | "OutsideCompanyDomains" | "UserExists" | "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getRedemption: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description Answer 304 without a body if the resource is still at this ETag. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The token of the mail's link. */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redemption"];
                };
            };
            304: components["responses"]["NotModified"];
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            404: components["responses"]["NotFound"];
            410: components["responses"]["LinkNoLongerValid"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    redeemCredit: {
        parameters: {
            query: {
                /** @description The version of the API. */
                "api-version": components["parameters"]["ApiVersion"];
            };
            header?: {
                /** @description The request’s own id. Sent again with it within a day, the request is not carried out again and gets its answer again. Goes with Repeatability-First-Sent. */
                "Repeatability-Request-ID"?: components["parameters"]["RepeatabilityRequestId"];
                /** @description When the request was first sent, as a date of HTTP. */
                "Repeatability-First-Sent"?: components["parameters"]["RepeatabilityFirstSent"];
                /** @description The caller’s trace (W3C Trace Context). */
                traceparent?: components["parameters"]["TraceParent"];
            };
            path: {
                /** @description The token of the mail's link. */
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedemptionInput"];
            };
        };
        responses: {
            /** @description Done; the answer is in the body. */
            200: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    "Repeatability-Result": components["headers"]["RepeatabilityResult"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redemption"];
                };
            };
            /** @description Refused: `InvalidRequest`, `MissingApiVersionParameter`, `UnsupportedApiVersion`. */
            400: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "InvalidRequest" | "MissingApiVersionParameter" | "UnsupportedApiVersion";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            404: components["responses"]["NotFound"];
            /** @description Refused: `AlreadyRedeemed`, `SubscriptionAlreadyUsed`, `RepeatabilityConflict`, `ConcurrentChange`. */
            409: {
                headers: {
                    "x-ms-request-id": components["headers"]["RequestId"];
                    "x-ms-error-code": components["headers"]["ErrorCode"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        error?: {
                            /** @enum {string} */
                            code?: "AlreadyRedeemed" | "SubscriptionAlreadyUsed" | "RepeatabilityConflict" | "ConcurrentChange";
                        };
                    } & components["schemas"]["Error"];
                };
            };
            410: components["responses"]["LinkNoLongerValid"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
}
