/**
 * Runs an action on each item, at most `limit` at once, and yields the results in the order of the items. Stopping early
 * starts no further action; those under way end unheard.
 */
export async function* pipeline<T, R>(
  items: Iterable<T>,
  limit: number,
  action: (item: T) => Promise<R>,
): AsyncGenerator<R, void, void> {
  const underWay: Promise<R>[] = [];
  const iterator = items[Symbol.iterator]();
  const startNext = () => {
    const { done, value } = iterator.next();
    if (done) return false;
    const result = action(value);
    result.catch(() => {}); // reported when its turn comes, if it comes
    underWay.push(result);
    return true;
  };
  while (underWay.length < limit && startNext());
  for (let next = underWay.shift(); next !== undefined; next = underWay.shift()) {
    const result = await next;
    startNext();
    yield result;
  }
}
