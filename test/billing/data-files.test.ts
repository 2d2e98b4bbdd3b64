import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { offerBalanceColumns } from '../../src/billing/credit-offer.ts';
import { dailyUsageColumns } from '../../src/billing/data/daily-usage-columns.ts';
import { pecAzureRoles } from '../../src/billing/data/pec-azure-roles.ts';
import { reconciliationColumns } from '../../src/billing/data/reconciliation-columns.ts';
import { isEligibleRole } from '../../src/billing/roles.ts';

function linesOf(name: string): string[] {
  const file = new URL(`../../src/billing/data/${name}`, import.meta.url);
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}

test('PEC-03 the role table is that of the programme, role by role', () => {
  const [header, ...roles] = linesOf('pec-azure-roles.csv');
  expect(header).toBe('role,pecEligible');
  expect(pecAzureRoles.map((role) => role.join(','))).toEqual(roles);
  expect(new Set(pecAzureRoles.map(([role]) => role.toLowerCase())).size).toBe(122);
});

test('PEC-03 roles are known in any letter case, others are unknown', () => {
  expect(isEligibleRole(' virtual machine CONTRIBUTOR ')).toBe(true);
  expect(isEligibleRole('Support Request Contributor')).toBe(true);
  expect(isEligibleRole('Reader')).toBe(false);
  expect(isEligibleRole('Cognitive Services User')).toBe(false);
  expect(isEligibleRole('Contoso Operator')).toBeUndefined();
  expect(isEligibleRole('')).toBeUndefined();
});

test('PEC-07 the daily file has its 55 columns in order', () => {
  expect(dailyUsageColumns).toEqual(linesOf('daily-rated-usage-columns.txt'));
  expect(dailyUsageColumns).toHaveLength(55);
});

test('PEC-08 the reconciliation file has its 46 columns in order', () => {
  expect(reconciliationColumns).toEqual(linesOf('reconciliation-columns.txt'));
  expect(reconciliationColumns).toHaveLength(46);
});

test('ACO-02 the balance report has its 11 columns in order', () => {
  expect(offerBalanceColumns.join()).toBe(
    'PartnerID,CustomerID,InvoiceMonth,CreditName,CreditAmount,Status,BalanceAmount,CurrencyCode,AgreementID,EffectiveDate,ExpiryDate',
  );
});
