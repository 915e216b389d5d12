import { assertEquals } from "@std/assert";
import { ByteBudget } from "../../../server/filesystem/byte_budget.ts";

Deno.test("acquire() grants at once while there is room", () => {
  const budget = new ByteBudget(10);
  assertEquals(budget.acquire(6), undefined);
  assertEquals(budget.acquire(4), undefined);
});

Deno.test("acquire() admits in order, also small requests behind large ones", async () => {
  const budget = new ByteBudget(10);
  const order: string[] = [];
  assertEquals(budget.acquire(8), undefined);
  const large = budget.acquire(9)?.then(() => order.push("large"));
  const small = budget.acquire(1)?.then(() => order.push("small"));
  budget.release(8);
  await Promise.all([large, small]);
  assertEquals(order, ["large", "small"]);
});

Deno.test("acquire() lets one request beyond the limit through alone", async () => {
  const budget = new ByteBudget(10);
  assertEquals(budget.acquire(50), undefined);
  const next = budget.acquire(1);
  budget.release(50);
  await next;
});
