/** The things of the base world by name, for commands that are written out. */
import type { ProductRow } from '../../../src/cloud-services/rows.ts';
import type { CreditRow } from '../../../src/credits/rows.ts';
import type { Membership, Partner, User } from '../../../src/partners/rows.ts';
import { createTableServer } from '../engine/table-server.ts';
import { valueOf, type Snapshot } from '../world/system.ts';

/** A partner of the base world: its users by name, its benefits by membership type, credits and products apart. */
export type Place = {
  id: string;
  user(name: string): User;
  membership(type: string): Membership;
  /** The credits of a membership's set. */
  credit(type: string, index?: number): CreditRow;
  product(type: string): ProductRow;
};

export type Stage = { contoso: Place; fabrikam: Place; tailspin: Place };

/** Finds the partners of the base world. */
export function stageOf({ tables, time }: Snapshot): Stage {
  const server = createTableServer(() => time, tables);

  function place(name: string): Place {
    const rows = <T>(id: string, prefix: string) =>
      server.rowsOf('partners', id, prefix).map((stored) => valueOf<T>(stored));
    const id = server
      .partitionsOf('partners')
      .find((one) => rows<Partner>(one, 'partner')[0]?.displayName === name)!;
    const membership = (type: string) =>
      rows<Membership>(id, 'membership|').find((one) => one.type === type)!;
    const benefits = (type: string) =>
      membership(type).terms[0]!.benefitIds.map(
        (one) => rows<CreditRow | ProductRow>(id, `benefit|${one}`)[0]!,
      );
    return {
      id,
      membership,
      user: (local) => rows<User>(id, 'user|').find((one) => one.email.startsWith(`${local}@`))!,
      credit: (type, index = 0) =>
        benefits(type).filter((one): one is CreditRow => one.category === 'azure-credit')[index]!,
      product: (type) =>
        benefits(type).find((one): one is ProductRow => one.category === 'cloud-service')!,
    };
  }

  return {
    contoso: place('Contoso'),
    fabrikam: place('Fabrikam'),
    tailspin: place('Tailspin'),
  };
}
