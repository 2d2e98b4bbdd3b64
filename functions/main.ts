/**
 * The app's entry: registers every function. Settings and catalogue are checked first, so that an app that could not
 * work does not start, and says why.
 */
import { app } from '@azure/functions';
import { processConfig } from '../src/platform/config.ts';
import { loadCatalogue } from '../src/partners/catalogue.ts';
import { guardHttpFunctions } from '../src/platform/http/guard.ts';
import './events/record-delivery.ts';
import './http/add-user.ts';
import './http/assign-credit.ts';
import './http/award-benefit.ts';
import './http/change-user.ts';
import './http/close-billing-period.ts';
import './http/delete-azure-subscription-claim.ts';
import './http/erase-user.ts';
import './http/get-balance.ts';
import './http/get-benefit.ts';
import './http/get-billing-period.ts';
import './http/get-catalogue.ts';
import './http/get-customer.ts';
import './http/get-docs-asset.ts';
import './http/get-docs.ts';
import './http/get-earned-credit.ts';
import './http/get-health.ts';
import './http/get-invoice.ts';
import './http/get-openapi.ts';
import './http/get-partner.ts';
import './http/get-product-key.ts';
import './http/get-redemption.ts';
import './http/get-settlement.ts';
import './http/get-subscription.ts';
import './http/import-usage.ts';
import './http/list-assignments.ts';
import './http/list-benefits.ts';
import './http/list-credit-offer-balances.ts';
import './http/list-daily-usage.ts';
import './http/list-eligible-users.ts';
import './http/list-ledger.ts';
import './http/list-memberships.ts';
import './http/list-partners.ts';
import './http/list-reconciliation.ts';
import './http/list-subscriptions.ts';
import './http/list-users.ts';
import './http/plan-subscription.ts';
import './http/put-credit-offer.ts';
import './http/put-customer.ts';
import './http/put-partner.ts';
import './http/put-price-list.ts';
import './http/redeem-by-form.ts';
import './http/redeem-credit.ts';
import './http/redeem-product-key.ts';
import './http/redemption-page.ts';
import './http/remove-spending-limit-by-link.ts';
import './http/remove-spending-limit.ts';
import './http/renew-membership.ts';
import './http/replace-product-key.ts';
import './http/report-usage.ts';
import './http/retry-stuck.ts';
import './http/revoke-benefit.ts';
import './http/send-assignment-mail.ts';
import './http/start-membership.ts';
import './http/unassign-credit.ts';
import './http/validate-product-key.ts';
import './queues/record-queued-delivery.ts';
import './queues/send-notice.ts';
import './queues/send-reminder.ts';
import './queues/settle-shard.ts';
import './timers/expire-benefits.ts';
import './timers/forget-operations.ts';
import './timers/lapse-monthly-credits.ts';
import './timers/redeliver-notices.ts';

// Usage files come in, and reports go out, larger than what should be held in memory.
app.setup({ enableHttpStream: true });
guardHttpFunctions();

await loadCatalogue(processConfig().catalogueFile);
